"""Questions, where they count, and their immutable revisions."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certportal.catalog.models import ExamDomain, ExamGuide, Objective
from certportal.lib.append_only import refuse_truncate
from quizzes.models.question_set import QuestionSet, SetEntry

if TYPE_CHECKING:
    from certportal.accounts.models import User


class QuestionQuerySet(models.QuerySet["Question"]):
    def ready(self) -> QuestionQuerySet:
        return self.filter(status=Question.Status.READY, home_set__archived_at=None)

    def for_practice(self) -> QuestionQuerySet:
        """Questions that a student may practise at any time; those on trial never."""
        return self.ready().filter(is_pilot=False).exclude(home_set__use=QuestionSet.Use.EXAM_ONLY)

    def for_mocks(self) -> QuestionQuerySet:
        """Questions of the shared bank for mock exams; public samples never.

        Among them those on trial, for the places that do not count.
        """
        return self.ready().filter(home_set__use=QuestionSet.Use.BOTH, is_sample=False)

    def to_review(self) -> QuestionQuerySet:
        """Questions that wait for somebody to check them."""
        return self.exclude(status=Question.Status.RETIRED).filter(
            Q(verification=Question.Verification.UNVERIFIED)
            | Q(status=Question.Status.IN_REVIEW)
            | Q(review_by__lt=Now())
        )

    def for_editor(self, user: User) -> QuestionQuerySet:
        """The questions that this person may open in the administration."""
        if user.is_superuser:
            return self
        return self.filter(home_set__in=QuestionSet.objects.for_editor(user))


class Question(models.Model):
    """The identity of a question: it lives in one home set and is never deleted."""

    class KindName(models.TextChoices):
        SINGLE = "single", _("Single choice")
        MULTIPLE = "multiple", _("Multiple response")
        TRUE_FALSE = "true_false", _("True or false")
        ORDERING = "ordering", _("Ordering")
        MATCHING = "matching", _("Matching")
        NUMERIC = "numeric", _("Number")
        SHORT_TEXT = "short_text", _("Short text")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        READY = "ready", _("Ready")
        RETIRED = "retired", pgettext_lazy("question", "Retired")

    class Verification(models.TextChoices):
        SOURCED = "sourced", _("Checked against a source")
        EXECUTED = "executed", _("Run and observed")
        UNVERIFIED = "unverified", _("Not yet checked against a source")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    home_set = models.ForeignKey(
        QuestionSet,
        verbose_name=_("home set"),
        on_delete=models.PROTECT,
        related_name="home_questions",
    )
    # Identifies the question across imports; unique within its home set.
    external_id = models.CharField(_("external id"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=KindName)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text=_("1 is easy, 5 is hard."),
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    enemy_group = models.CharField(
        _("enemy group"),
        max_length=80,
        blank=True,
        help_text=_("Questions of one group never stand in the same exam."),
    )
    block = models.CharField(
        _("block"),
        max_length=40,
        blank=True,
        help_text=_("Questions of one block are drawn together or not at all."),
    )
    is_pilot = models.BooleanField(
        _("on trial"),
        default=False,
        help_text=_("Drawn only for places of an exam that do not count."),
    )
    verification = models.CharField(
        _("verification"),
        max_length=10,
        choices=Verification,
        default=Verification.UNVERIFIED,
    )
    evidence = models.JSONField(_("evidence"), default=list, blank=True)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)
    review_by = models.DateField(_("review by"), null=True, blank=True)
    is_sample = models.BooleanField(
        _("public sample"), default=False, help_text=_("Shown to visitors; never drawn into mocks.")
    )
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("created at"))

    sets = models.ManyToManyField(QuestionSet, through=SetEntry, related_name="questions")

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["home_set", "external_id"]
        constraints = [
            models.UniqueConstraint(
                name="question_external_id_once_per_set", fields=["home_set", "external_id"]
            ),
            models.CheckConstraint(
                name="question_difficulty_1_to_5", condition=Q(difficulty__gte=1, difficulty__lte=5)
            ),
        ]
        indexes = [models.Index(name="question_by_status", fields=["status", "home_set"])]

    def __str__(self) -> str:
        return self.external_id

    @property
    def is_unverified(self) -> bool:
        """Whether nobody has checked its key against a source yet."""
        return self.verification == self.Verification.UNVERIFIED


class PlacementQuerySet(models.QuerySet["Placement"]):
    def for_practice(self) -> PlacementQuerySet:
        """Places of questions that a student may practise at any time."""
        return self.filter(question__in=Question.objects.for_practice())


class Placement(models.Model):
    """Where a question counts: a domain of an exam guide, at most one per guide."""

    class Fit(models.TextChoices):
        GOOD = "good", _("Good")
        WEAK = "weak", _("Weak")

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="placements")
    guide = models.ForeignKey(ExamGuide, on_delete=models.PROTECT, related_name="placements")
    domain = models.ForeignKey(ExamDomain, on_delete=models.PROTECT, related_name="placements")
    fit = models.CharField(_("fit"), max_length=4, choices=Fit, default=Fit.GOOD)
    objectives = models.ManyToManyField(
        Objective, through="quizzes.PlacementObjective", related_name="placements"
    )

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        constraints = [
            models.UniqueConstraint(name="placement_once_per_guide", fields=["question", "guide"])
        ]

    def __str__(self) -> str:
        return f"{self.question_id} in {self.domain_id}"


class PlacementObjective(models.Model):
    """An objective that a placed question tests; position 1 is the main one."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="aims")
    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                name="placement_objective_once", fields=["placement", "objective"]
            ),
            models.UniqueConstraint(
                name="placement_objective_order", fields=["placement", "position"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.placement_id}: {self.objective_id}"


class QuestionRevisionQuerySet(models.QuerySet["QuestionRevision"]):
    def newest(self) -> QuestionRevisionQuerySet:
        """One row a question: its newest revision."""
        return self.order_by("question_id", "-number").distinct("question_id")


class QuestionRevision(models.Model):
    """What a question said at one time. Immutable: the database refuses changes.

    `body` is what may be shown while an exam runs, `key` is what may not
    (right answers, rationales, explanation). Pages of a running attempt never load `key`.
    """

    class Change(models.TextChoices):
        NEW = "new", _("New question")
        TYPO = "typo", _("Typing error")
        EXPLANATION = "explanation", _("Explanation")
        TRANSLATION = "translation", _("Translation")
        KEY = "key", _("Key")
        CONTENT = "content", _("Content")

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    # Statistics group by (question, measure); key and content changes raise it.
    measure = models.PositiveIntegerField(_("measure"), default=1)
    body = models.JSONField(_("text"))
    key = models.JSONField(_("key"))
    change = models.CharField(_("change"), max_length=12, choices=Change, default=Change.NEW)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = QuestionRevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["question", "-number"]
        constraints = [
            models.UniqueConstraint(name="revision_number_once", fields=["question", "number"])
        ]
        triggers = [
            pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete),
            refuse_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} r{self.number}"
