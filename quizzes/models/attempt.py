"""One student's sitting of an exam or a practice, and the paper it was given."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from certportal.catalog.models import ExamDomain, ExamGuide
from quizzes.engine.sitting import SittingClock
from quizzes.models.assignment import Assignment
from quizzes.models.exam import Exam
from quizzes.models.question import Question, QuestionRevision

if TYPE_CHECKING:
    from certportal.accounts.models import User


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def for_student(self, user: User) -> AttemptQuerySet:
        return self.filter(student=user)

    def open(self) -> AttemptQuerySet:
        return self.filter(status=Attempt.Status.OPEN)

    def closed(self) -> AttemptQuerySet:
        return self.exclude(status=Attempt.Status.OPEN)

    def counted(self) -> AttemptQuerySet:
        """All but what was declared void."""
        return self.exclude(status=Attempt.Status.VOIDED)

    def timed(self) -> AttemptQuerySet:
        return self.filter(mode=Attempt.Mode.MOCK)

    def overdue(self, now: datetime, *, margin: timedelta = timedelta(0)) -> AttemptQuerySet:
        """Open attempts whose deadline, grace and `margin` have all passed."""
        return self.open().filter(deadline_at__lt=Value(now) - F("grace") - Value(margin))


class Attempt(models.Model):
    """Freezes its paper, option order and terms when it starts."""

    class Mode(models.TextChoices):
        MOCK = "mock", _("Mock exam")
        PRACTICE = "practice", _("Practice")
        REVIEW = "review", _("Review")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SUBMITTED = "submitted", _("Submitted")
        EXPIRED = "expired", _("Time ran out")
        VOIDED = "voided", _("Voided")

    class Opener(models.TextChoices):
        START = "start"
        FORM = "form"
        TAKE_OVER = "take-over"

    public_id = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, verbose_name=_("public id")
    )
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="attempts",
        verbose_name=_("student"),
    )
    mode = models.CharField(max_length=8, choices=Mode, verbose_name=_("mode"))
    exam = models.ForeignKey(
        Exam,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attempts",
        verbose_name=_("mock exam"),
    )
    # Null for what a student started without being asked.
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attempts",
        verbose_name=_("assignment"),
    )
    guide = models.ForeignKey(
        ExamGuide, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("exam guide")
    )
    status = models.CharField(
        max_length=9, choices=Status, default=Status.OPEN, verbose_name=_("status")
    )
    started_at = models.DateTimeField(verbose_name=_("started at"))
    # Stored, not derived: a later change of the exam's time must not move the
    # deadline of somebody who is sitting it.
    deadline_at = models.DateTimeField(null=True, blank=True, verbose_name=_("deadline"))
    grace = models.DurationField(
        default=timedelta(seconds=settings.EXAM_GRACE_SECONDS), verbose_name=_("grace")
    )
    epoch = models.PositiveIntegerField(default=1, verbose_name=_("writer number"))
    epoch_opened_by = models.CharField(
        max_length=9, choices=Opener, default=Opener.START, verbose_name=_("writer came by")
    )
    ended_at = models.DateTimeField(null=True, blank=True, verbose_name=_("ended at"))
    processed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("closed at"))
    # The effective rules of this sitting, each value with its origin.
    terms = models.JSONField(default=dict, verbose_name=_("terms"))
    seed = models.BigIntegerField(verbose_name=_("seed"))
    relaxations = models.JSONField(default=list, blank=True, verbose_name=_("relaxed rules"))
    # The frozen sections in order, each {"key", "title"}; empty: the paper is one piece.
    sections = models.JSONField(default=list, blank=True, verbose_name=_("sections"))
    # The key of the section that may be answered now; it only moves forward.
    section = models.CharField(max_length=40, blank=True, verbose_name=_("open section"))
    # Set on a sitting that goes on where a closed one ended.
    continuation = models.OneToOneField(
        "quizzes.Continuation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successor",
        verbose_name=_("continuation"),
    )

    objects = AttemptQuerySet.as_manager()

    # What statements written out by hand select, in the order of the fields above,
    # which is the order that `from_db` needs.
    ROW_COLUMNS = (
        "id",
        "public_id",
        "student_id",
        "mode",
        "exam_id",
        "assignment_id",
        "guide_id",
        "status",
        "started_at",
        "deadline_at",
        "grace",
        "epoch",
        "epoch_opened_by",
        "ended_at",
        "processed_at",
        "section",
    )

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.CheckConstraint(
                name="attempt_open_has_no_end",
                condition=Q(status="open", ended_at=None, processed_at=None)
                | (~Q(status="open") & Q(ended_at__isnull=False, processed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="attempt_mock_is_timed",
                condition=Q(mode="mock", deadline_at__isnull=False, exam__isnull=False)
                | (~Q(mode="mock") & Q(deadline_at=None, exam=None)),
            ),
            models.CheckConstraint(
                name="attempt_deadline_after_start",
                condition=Q(deadline_at=None) | Q(deadline_at__gt=F("started_at")),
            ),
            models.CheckConstraint(name="attempt_epoch_from_1", condition=Q(epoch__gte=1)),
            models.CheckConstraint(
                name="attempt_status_known",
                condition=Q(status__in=["open", "submitted", "expired", "voided"]),
            ),
            models.UniqueConstraint(
                name="attempt_one_open_per_exam",
                fields=["student", "exam", "assignment"],
                condition=Q(status="open", exam__isnull=False),
                # Of those without an assignment there is one, too.
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="attempt_assigned_is_a_mock", condition=Q(assignment=None) | Q(mode="mock")
            ),
        ]
        indexes = [
            # Serves the sweeper; partial, so it stays tiny.
            models.Index(
                name="attempt_open_by_deadline",
                fields=["deadline_at"],
                condition=Q(status="open"),
            ),
            models.Index(name="attempt_of_student", fields=["student", "-started_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.public_id}"

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Attempt:
        """The attempt of a row of `ROW_COLUMNS`; other fields are read when asked for."""
        return cls.from_db(connection.alias, cls.ROW_COLUMNS, row)

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_timed(self) -> bool:
        return self.deadline_at is not None

    @property
    def clock(self) -> SittingClock:
        return SittingClock(deadline_at=self.deadline_at, grace=self.grace, ended_at=self.ended_at)


class AttemptItem(models.Model):
    """One question on the paper, with the revision and the order it was drawn with."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="attempt_items")
    revision = models.ForeignKey(QuestionRevision, on_delete=models.PROTECT, related_name="+")
    domain = models.ForeignKey(ExamDomain, on_delete=models.PROTECT, related_name="+")
    section = models.CharField(max_length=40, blank=True)
    block = models.CharField(max_length=40, blank=True)
    presentation_order = models.JSONField(default=dict, blank=True)
    is_scored = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                name="attempt_item_position_once", fields=["attempt", "position"]
            ),
            models.UniqueConstraint(
                name="attempt_item_question_once", fields=["attempt", "question"]
            ),
            models.CheckConstraint(name="attempt_item_from_1", condition=Q(position__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}#{self.position}"
