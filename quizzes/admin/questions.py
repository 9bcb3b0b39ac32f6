"""Questions in the administration: list, review queue, and the desk where one is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from certportal.lib.translated import reader_language
from quizzes.admin import question_page
from quizzes.admin.scoped import ScopedAdmin, ScopedRelatedFilter, editor_of
from quizzes.models import Question, QuestionRevision
from quizzes.permissions import may_edit_question
from quizzes.selectors.cards import plain_words
from quizzes.services.authoring import set_status
from quizzes.services.question_checks import RefusedQuestionError

Status = Question.Status


class ReviewFilter(admin.SimpleListFilter):
    """The review queue."""

    title = _("review")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("review", _("To review"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        if self.value() != "review":
            return queryset
        return queryset.filter(pk__in=Question.objects.to_review().values("pk"))


@admin.register(Question)
class QuestionAdmin(ScopedAdmin[Question]):
    list_display = (
        "external_id",
        "excerpt",
        "kind",
        "home_set",
        "status",
        "verification",
    )
    list_filter = (
        ReviewFilter,
        "status",
        "kind",
        "verification",
        ("home_set", ScopedRelatedFilter),
    )
    list_select_related = ("home_set",)
    list_per_page = 50
    search_fields = (
        "external_id",
        "revisions__body__stem__en",
        "revisions__body__stem__zh-hans",
    )
    actions = ("send_to_review", "make_ready", "make_draft", "retire")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        newest = QuestionRevision.objects.filter(question=OuterRef("pk")).order_by("-number")
        stem = Subquery(newest.values(stem=F("body__stem"))[:1])
        return super().get_queryset(request).annotate(newest_stem=stem)

    @admin.display(description=_("question"))
    def excerpt(self, question: Question) -> str:
        stem: dict[str, str] = question.newest_stem or {}  # type: ignore[attr-defined]
        return Truncator(plain_words(stem, reader_language())).chars(90)

    def has_change_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_edit_question(editor_of(request), obj))

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return question_page.add(self, request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        question = self.get_object(request, unquote(object_id))
        if question is None:
            raise Http404
        if not self.has_view_or_change_permission(request, question):
            raise PermissionDenied
        return question_page.change(self, request, question)

    # ---- Actions ----------------------------------------------------------------------------

    @admin.action(description=_("Send to review"), permissions=["change"])
    def send_to_review(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        self._set_status(request, questions, Status.IN_REVIEW)

    @admin.action(description=_("Mark as ready"), permissions=["change"])
    def make_ready(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        self._set_status(request, questions, Status.READY)

    @admin.action(description=_("Back to draft"), permissions=["change"])
    def make_draft(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        self._set_status(request, questions, Status.DRAFT)

    @admin.action(description=_("Retire"), permissions=["change"])
    def retire(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        self._set_status(request, questions, Status.RETIRED)

    def _set_status(self, request: HttpRequest, questions: QuerySet[Question], status: str) -> None:
        """Move what this person may edit; say how many stayed and why."""
        chosen = list(questions.select_related("home_set"))
        own = [it for it in chosen if may_edit_question(editor_of(request), it)]
        moved = sum(_moved(question, status) for question in own)
        nowhere, foreign = len(own) - moved, len(chosen) - len(own)
        self._tell(request, moved=moved, nowhere=nowhere, foreign=foreign)

    def _tell(self, request: HttpRequest, *, moved: int, nowhere: int, foreign: int) -> None:
        sentences: Sequence[tuple[int, int, str]] = (
            (
                moved,
                messages.SUCCESS,
                ngettext("%(n)d question changed.", "%(n)d questions changed.", moved),
            ),
            (
                nowhere,
                messages.WARNING,
                ngettext(
                    "%(n)d question counts nowhere yet and stayed as it was.",
                    "%(n)d questions count nowhere yet and stayed as they were.",
                    nowhere,
                ),
            ),
            (
                foreign,
                messages.WARNING,
                ngettext(
                    "%(n)d question is read-only for you and stayed as it was.",
                    "%(n)d questions are read-only for you and stayed as they were.",
                    foreign,
                ),
            ),
        )
        for count, level, sentence in sentences:
            if count:
                self.message_user(request, sentence % {"n": count}, level)


def _moved(question: Question, status: str) -> bool:
    try:
        set_status(question, status=status)
    except RefusedQuestionError:
        return False
    return True
