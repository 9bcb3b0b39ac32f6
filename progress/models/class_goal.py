"""What a class learns for."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Classroom
from certportal.catalog.models import ExamGuide


class ClassGoal(models.Model):
    """The exam guide of a class. What its students do in it is what the class sees of them."""

    classroom = models.OneToOneField(Classroom, on_delete=models.PROTECT, related_name="goal")
    guide = models.ForeignKey(
        ExamGuide, verbose_name=_("exam guide"), on_delete=models.PROTECT, related_name="+"
    )
    # When the class chose it; empty for its first goal, which counts from joining.
    since = models.DateTimeField(null=True, editable=False)
    exam_on = models.DateField(_("day of the real exam"), null=True, blank=True)

    class Meta:
        verbose_name = _("goal of a class")
        verbose_name_plural = _("goals of classes")

    def __str__(self) -> str:
        return f"{self.classroom_id}: {self.guide_id}"


class EarlierGoal(models.Model):
    """A time in which a class learned for a guide; what was done in it stays seen."""

    classroom = models.ForeignKey(Classroom, on_delete=models.PROTECT, related_name="+")
    guide = models.ForeignKey(ExamGuide, on_delete=models.PROTECT, related_name="+")
    # Empty: from the beginning of the class.
    since = models.DateTimeField(null=True)
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="earlier_goal_ends_after_it_began",
                condition=Q(since=None) | Q(until__gte=F("since")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.classroom_id}: {self.guide_id}"
