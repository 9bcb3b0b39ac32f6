"""Question sets and the questions they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from certportal.accounts.models import User


class QuestionSetQuerySet(models.QuerySet["QuestionSet"]):
    def in_use(self) -> QuestionSetQuerySet:
        return self.filter(archived_at=None)

    def for_editor(self, user: User) -> QuestionSetQuerySet:
        """The sets that this person may open in the administration."""
        if user.is_superuser:
            return self
        return self.filter(
            Q(owner=user)
            | Q(pk__in=QuestionSet.editors.through.objects.filter(user=user).values("questionset"))
            | Q(is_shipped=True)
        )


class QuestionSet(models.Model):
    """A named collection of questions with an owner."""

    class Use(models.TextChoices):
        BOTH = "both", _("Practice and mock exams")
        PRACTICE = "practice", _("Practice only")
        EXAM_ONLY = "exam_only", _("Assigned exams only")

    slug = models.SlugField(_("short name for addresses"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("description"), blank=True)
    use = models.CharField(_("use"), max_length=10, choices=Use, default=Use.BOTH)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_question_sets",
    )
    editors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("editors"),
        blank=True,
        related_name="shared_question_sets",
    )
    # Shipped sets are kept by the loader; people copy them or report a question.
    is_shipped = models.BooleanField(_("shipped with the portal"), default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("created at"))
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    objects = QuestionSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("question set")
        verbose_name_plural = _("question sets")
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                name="question_set_shipped_or_owned",
                condition=Q(is_shipped=True, owner=None) | Q(is_shipped=False, owner__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def may_be_changed_by(self, user: User) -> bool:
        """Whether `user` may write questions here; nobody may in a shipped set."""
        if self.is_shipped:
            return False
        return (
            user.is_superuser
            or self.owner_id == user.pk
            or self.editors.filter(pk=user.pk).exists()
        )


class SetEntry(models.Model):
    """One question's place in a set; the home set has one, other sets may refer to it."""

    question_set = models.ForeignKey(QuestionSet, on_delete=models.PROTECT, related_name="entries")
    question = models.ForeignKey(
        "quizzes.Question", on_delete=models.PROTECT, related_name="entries"
    )
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        verbose_name = _("set entry")
        verbose_name_plural = _("set entries")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                name="set_entry_once_per_set", fields=["question_set", "question"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.question_set_id}: {self.position}"
