"""Mock exams: those of the catalogue, and those that instructors make."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models.user import validate_one_line
from certportal.catalog.models import ExamDomain, ExamGuide
from quizzes.models.question_set import QuestionSet

if TYPE_CHECKING:
    from certportal.accounts.models import User

LARGEST_EXAM = 200
LONGEST_MINUTES = 600


class Feedback(models.TextChoices):
    """What a student may see of a sitting, and when."""

    AFTER_END = "after_end", _("Everything as soon as the student has ended it")
    AFTER_CLOSE = "after_close", _("The score at the end; questions and reasons after it closed")
    SCORE_ONLY = "score_only", _("The score and the domains only, never the questions")


class ExamQuerySet(models.QuerySet["Exam"]):
    def for_everybody(self) -> ExamQuerySet:
        """The mocks of the catalogue, which any student may start."""
        return self.filter(owner=None)

    def published(self) -> ExamQuerySet:
        """Those of the catalogue always are."""
        return self.filter(Q(owner=None) | Q(published_at__isnull=False), archived_at=None)

    def for_editor(self, user: User) -> ExamQuerySet:
        """The exams that this person may open in the administration."""
        if user.is_superuser:
            return self
        shared = Exam.editors.through.objects.filter(user=user).values("exam")
        return self.filter(Q(owner=user) | Q(pk__in=shared) | Q(owner=None))

    def assignable_by(self, user: User) -> ExamQuerySet:
        """The exams that this person may give to a class."""
        return self.for_editor(user).published()


class Exam(models.Model):
    """A mock exam of a guide.

    One of the catalogue has no owner: size and time follow the guide and the bank at the
    start. One of an instructor is sat only where it is assigned; what it leaves empty
    comes from the guide.
    """

    slug = models.SlugField(_("short name for addresses"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=120, blank=True, validators=[validate_one_line])
    guide = models.ForeignKey(
        ExamGuide, verbose_name=_("exam guide"), on_delete=models.PROTECT, related_name="exams"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_exams",
    )
    editors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("editors"),
        blank=True,
        related_name="shared_exams",
    )
    sources = models.ManyToManyField(
        QuestionSet,
        verbose_name=_("question sets"),
        blank=True,
        related_name="exams",
        help_text=_("The questions are drawn from these sets. Empty: from the shared bank."),
    )
    size = models.PositiveSmallIntegerField(
        _("questions"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LARGEST_EXAM)],
        help_text=_("Empty: as many as the real exam has."),
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MINUTES)],
        help_text=_("Empty: at the pace of the real exam."),
    )
    cut_fraction = models.DecimalField(
        _("pass mark"),
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(1)],
        help_text=_("Share of the points, such as 0.72. Empty: that of the guide."),
    )
    pilots = models.PositiveSmallIntegerField(
        _("questions on trial"),
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_("Added to the paper and never counted; students are told afterwards."),
    )
    feedback = models.CharField(
        _("feedback"), max_length=12, choices=Feedback, default=Feedback.AFTER_END
    )
    instructions = models.TextField(_("instructions"), max_length=4000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("created at"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)

    objects = ExamQuerySet.as_manager()

    class Meta:
        verbose_name = _("mock exam")
        verbose_name_plural = _("mock exams")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="exam_of_an_instructor_has_a_title",
                condition=Q(owner=None) | ~Q(title=""),
            ),
            models.CheckConstraint(
                name="exam_of_the_catalogue_follows_it",
                condition=Q(owner__isnull=False)
                | Q(size=None, minutes=None, cut_fraction=None, pilots=0, feedback="after_end"),
            ),
            models.CheckConstraint(
                name="exam_numbers_in_range",
                condition=(Q(size=None) | Q(size__gte=1, size__lte=LARGEST_EXAM))
                & (Q(minutes=None) | Q(minutes__gte=1, minutes__lte=LONGEST_MINUTES))
                & (Q(cut_fraction=None) | Q(cut_fraction__gt=0, cut_fraction__lte=1)),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.slug

    @property
    def is_shipped(self) -> bool:
        return self.owner_id is None

    @property
    def is_published(self) -> bool:
        return (self.is_shipped or self.published_at is not None) and self.archived_at is None

    def may_be_changed_by(self, user: User) -> bool:
        """Whether `user` may edit it; nobody may edit a mock of the catalogue."""
        if self.is_shipped:
            return False
        return (
            user.is_superuser
            or self.owner_id == user.pk
            or self.editors.filter(pk=user.pk).exists()
        )


class ExamWeight(models.Model):
    """The weight of one domain in an instructor's exam; without any the guide's count."""

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="weights")
    domain = models.ForeignKey(
        ExamDomain, verbose_name=_("domain"), on_delete=models.PROTECT, related_name="+"
    )
    weight = models.DecimalField(
        _("weight"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        verbose_name = _("weight of a domain")
        verbose_name_plural = _("weights of the domains")
        ordering = ["domain__position"]
        constraints = [
            models.UniqueConstraint(name="exam_weight_once", fields=["exam", "domain"]),
            models.CheckConstraint(
                name="exam_weight_0_to_100", condition=Q(weight__gte=0, weight__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam_id}: {self.domain_id}"


class ExamSection(models.Model):
    """A part of an instructor's exam that is left for good; without any the paper is one piece."""

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(_("place"))
    title = models.CharField(_("title"), max_length=80, validators=[validate_one_line])
    size = models.PositiveSmallIntegerField(
        _("questions"), validators=[MinValueValidator(1), MaxValueValidator(LARGEST_EXAM)]
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="exam_section_place_once", fields=["exam", "position"]),
            models.CheckConstraint(
                name="exam_section_numbers",
                condition=Q(position__gte=1, size__gte=1, size__lte=LARGEST_EXAM),
            ),
            models.CheckConstraint(name="exam_section_has_a_title", condition=~Q(title="")),
        ]

    def __str__(self) -> str:
        return f"{self.exam_id}: {self.title}"
