"""What a class is given: a mock exam or a practice goal, and who gets other rules."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import ClassLabel, Classroom, Membership
from certportal.accounts.models.user import validate_one_line
from certportal.catalog.models import ExamDomain, ExamGuide
from quizzes.models.exam import Exam, Feedback

if TYPE_CHECKING:
    from certportal.accounts.models import User


class Counting(models.TextChoices):
    """Which of several sittings counts."""

    BEST = "best", _("The best one")
    FIRST = "first", _("The first one")
    LAST = "last", _("The last one")


class LatePolicy(models.TextChoices):
    """What happens to work that ends after it was due."""

    ACCEPT = "accept", _("Counts in full and is marked late")
    DEDUCT = "deduct", _("Counts less")
    REFUSE = "refuse", _("Nothing begins after it was due")


def _attempts_allowed() -> models.PositiveSmallIntegerField[Any, Any]:
    return models.PositiveSmallIntegerField(
        _("attempts"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("Empty: as many as one likes."),
    )


def _late_deduction() -> models.PositiveSmallIntegerField[Any, Any]:
    return models.PositiveSmallIntegerField(
        _("deduction"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Percent of the score that late work loses."),
    )


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def current(self) -> AssignmentQuerySet:
        """Those that were not withdrawn, in classes that go on."""
        return self.filter(withdrawn_at=None, classroom__archived_at=None)

    def given_to(self, user: User) -> AssignmentQuerySet:
        """Those that a student has been given: as a class, by a label or by name."""
        mine = Membership.objects.current().students().filter(person=user)
        my_labels = ClassLabel.objects.filter(memberships__in=mine)
        # A second look at the table: with joins of its own the rows would repeat.
        mine_too = Assignment.objects.filter(
            Q(targets=None) | Q(targets__person=user) | Q(targets__label__in=my_labels)
        )
        return self.filter(pk__in=mine_too.values("pk"), classroom__in=mine.values("classroom"))

    def for_editor(self, user: User) -> AssignmentQuerySet:
        return self.filter(classroom__in=Classroom.objects.taught_by(user))


class Assignment(models.Model):
    """A mock exam to sit or a number of questions to practise, with its dates.

    Without targets it is for the whole class. Withdrawing it lets running sittings end.
    """

    class Kind(models.TextChoices):
        MOCK = "mock", _("Mock exam")
        PRACTICE = "practice", _("Practice goal")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    classroom = models.ForeignKey(Classroom, on_delete=models.PROTECT, related_name="assignments")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    title = models.CharField(_("title"), max_length=120, validators=[validate_one_line])
    instructions = models.TextField(_("instructions"), max_length=4000, blank=True)

    exam = models.ForeignKey(
        Exam,
        verbose_name=_("mock exam"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
    )
    # A practice goal: so many questions of a guide, or of some of its domains.
    guide = models.ForeignKey(
        ExamGuide,
        verbose_name=_("exam guide"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    domains = models.ManyToManyField(
        ExamDomain, verbose_name=_("domains"), blank=True, related_name="+"
    )
    goal = models.PositiveSmallIntegerField(
        _("questions to answer"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )

    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    attempts_allowed = _attempts_allowed()
    counting = models.CharField(
        _("which attempt counts"), max_length=5, choices=Counting, default=Counting.BEST
    )
    late_policy = models.CharField(
        _("late work"), max_length=6, choices=LatePolicy, default=LatePolicy.ACCEPT
    )
    late_deduction = _late_deduction()
    # Hashed as any password; empty: none is asked for.
    password = models.CharField(_("password"), max_length=128, blank=True)
    # Empty: that of the exam.
    feedback = models.CharField(_("feedback"), max_length=12, choices=Feedback, blank=True)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="assignment_asks_for_one_thing",
                condition=Q(kind="mock", exam__isnull=False, guide=None, goal=None)
                | Q(kind="practice", exam=None, guide__isnull=False, goal__isnull=False),
            ),
            models.CheckConstraint(
                name="assignment_dates_in_order",
                condition=(Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")))
                & (Q(opens_at=None) | Q(due_at=None) | Q(opens_at__lt=F("due_at")))
                & (Q(due_at=None) | Q(closes_at=None) | Q(due_at__lte=F("closes_at"))),
            ),
            models.CheckConstraint(
                name="assignment_deduction_with_its_policy",
                condition=Q(late_policy="deduct", late_deduction__isnull=False)
                | (~Q(late_policy="deduct") & Q(late_deduction=None)),
            ),
        ]
        indexes = [models.Index(name="assignment_of_class", fields=["classroom", "due_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def is_mock(self) -> bool:
        return self.kind == self.Kind.MOCK

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None


class AssignmentTarget(models.Model):
    """A label or a person that an assignment is for."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="targets")
    label = models.ForeignKey(
        ClassLabel, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="target_is_a_label_or_a_person",
                condition=Q(label__isnull=False, person=None) | Q(label=None, person__isnull=False),
            ),
            models.UniqueConstraint(
                name="target_once",
                fields=["assignment", "label", "person"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}: {self.label_id or self.person_id}"


class AssignmentOverride(models.Model):
    """Other rules for a label or a person. A field left empty is inherited.

    A person's comes before a label's; of several labels the one with the lowest position
    decides each field that it names.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="overrides")
    label = models.ForeignKey(
        ClassLabel, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    position = models.PositiveSmallIntegerField(default=1)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    attempts_allowed = _attempts_allowed()
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("Before extra time."),
    )
    late_policy = models.CharField(
        _("late work"), max_length=6, choices=LatePolicy, blank=True, default=""
    )
    late_deduction = _late_deduction()
    reason = models.CharField(_("reason"), max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="override_is_for_a_label_or_a_person",
                condition=Q(label__isnull=False, person=None) | Q(label=None, person__isnull=False),
            ),
            models.UniqueConstraint(
                name="override_once",
                fields=["assignment", "label", "person"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="override_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="override_deduction_with_its_policy",
                condition=Q(late_policy="deduct", late_deduction__isnull=False)
                | (~Q(late_policy="deduct") & Q(late_deduction=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}: {self.label_id or self.person_id}"
