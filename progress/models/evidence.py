"""What the answers tell, one row an answer, and its sums for the classes that may see them.

Everything here is derived: `rebuild_progress` makes it again from the attempts.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from certportal.accounts.models import Membership
from certportal.catalog.models import ExamDomain, ExamGuide
from quizzes.models import Attempt, AttemptItem, Question


class Evidence(models.Model):
    """One finally answered question: at the close of a mock, or when practice showed its key."""

    item = models.OneToOneField(
        AttemptItem, on_delete=models.PROTECT, primary_key=True, related_name="evidence"
    )
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="evidence"
    )
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    measure = models.PositiveIntegerField()
    guide = models.ForeignKey(ExamGuide, on_delete=models.PROTECT, related_name="+")
    domain = models.ForeignKey(ExamDomain, on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=8, choices=Attempt.Mode)
    # 1: this person had neither answered the question before nor been shown its key.
    exposure = models.PositiveIntegerField()
    # Wholly right, as an exam marks it.
    is_right = models.BooleanField()
    certainty = models.PositiveSmallIntegerField(null=True)
    answered_at = models.DateTimeField()
    # The person's own day, which begins at 04:00 in their zone.
    study_day = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="evidence_exposure_from_1", condition=Q(exposure__gte=1)),
        ]
        indexes = [
            models.Index(name="evidence_of_person", fields=["person", "guide", "answered_at"]),
            models.Index(name="evidence_by_day", fields=["person", "study_day"]),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.item_id}"


class MembershipWeek(models.Model):
    """What one member did in one domain in one week, as far as the class may see it.

    Only answers in the guide of the class between joining and leaving; so a dashboard
    reads a few rows a student, whatever the number of answers.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="weeks")
    domain = models.ForeignKey(ExamDomain, on_delete=models.PROTECT, related_name="+")
    # The Monday of the study days.
    week = models.DateField()
    answers = models.PositiveIntegerField()
    # Of questions that this person met for the first time; repeated ones say little.
    first_answers = models.PositiveIntegerField()
    first_right = models.PositiveIntegerField()
    last_answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="membership_week_once", fields=["membership", "domain", "week"]
            ),
            models.CheckConstraint(
                name="membership_week_adds_up",
                condition=Q(first_right__lte=F("first_answers"))
                & Q(first_answers__lte=F("answers")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id}: {self.week}"
