"""Mock exams in the administration: the list, and the way to the pages of each."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quizzes.admin import exam_page
from quizzes.admin.scoped import ScopedAdmin, editor_of
from quizzes.models import Exam
from quizzes.permissions import may_edit_exam
from quizzes.selectors.exam_check import undrawable


class WhoseFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("Mine")), ("shared", _("Shared")), ("catalogue", _("Catalogue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Exam]) -> QuerySet[Exam]:
        match self.value():
            case "mine":
                return queryset.filter(owner=editor_of(request))
            case "shared":
                return queryset.exclude(owner=None).exclude(owner=editor_of(request))
            case "catalogue":
                return queryset.filter(owner=None)
        return queryset


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("draft", _("Draft")),
            ("published", _("Published")),
            ("archived", _("Archived")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Exam]) -> QuerySet[Exam]:
        own = Q(owner__isnull=False)
        match self.value():
            case "draft":
                return queryset.filter(own, published_at=None, archived_at=None)
            case "published":
                return queryset.filter(own, published_at__isnull=False, archived_at=None)
            case "archived":
                return queryset.filter(archived_at__isnull=False)
        return queryset


class ExamList(ChangeList):
    """Knows of the exams on its page which cannot be drawn now."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        exams = list(self.result_list)
        prefetch_related_objects(exams, "guide__domains", "weights__domain", "sources", "sections")
        self.result_list = exams
        lacking = undrawable(exams)
        for exam in exams:
            exam.is_lacking = exam.pk in lacking


@admin.register(Exam)
class ExamAdmin(ScopedAdmin[Exam]):
    list_display = ("name", "guide_code", "state", "times_assigned", "owner")
    list_filter = (WhoseFilter, StateFilter)
    list_per_page = 25
    search_fields = ("title", "slug", "guide__certification__search_text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exam]:
        rows = super().get_queryset(request)
        return rows.select_related("guide__certification", "owner").annotate(
            assignment_count=Count("assignments", distinct=True)
        )

    def get_ordering(self, request: HttpRequest) -> Any:
        """What people made comes before the long list of the catalogue."""
        return (F("owner").asc(nulls_last=True), "title", "slug")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ExamList

    @admin.display(description=_("exam"), ordering="title")
    def name(self, exam: Exam) -> str:
        return exam_page.title_of(exam)

    @admin.display(description=_("exam guide"), ordering="guide__certification__code")
    def guide_code(self, exam: Exam) -> str:
        return exam.guide.certification.code

    @admin.display(description=_("state"))
    def state(self, exam: Exam) -> str:
        words = state_words(exam)
        if getattr(exam, "is_lacking", False):
            return gettext("%(state)s: cannot be drawn") % {"state": words}
        return words

    @admin.display(description=_("times assigned"), ordering="assignment_count")
    def times_assigned(self, exam: Exam) -> int:
        return int(exam.assignment_count)  # type: ignore[attr-defined]

    def has_change_permission(self, request: HttpRequest, obj: Exam | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_edit_exam(editor_of(request), obj))

    def may_manage(self, request: HttpRequest, exam: Exam) -> bool:
        """Whether this person may publish, archive and restore it."""
        return super().has_change_permission(request) and exam.may_be_changed_by(editor_of(request))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        acts = [
            path(
                f"<path:object_id>/{name}/",
                view(self.act_view),
                {"name": name},
                name=f"quizzes_exam_{name}",
            )
            for name in exam_page.ACTS
        ]
        look = path(
            "<path:object_id>/preview/", view(self.preview_view), name="quizzes_exam_preview"
        )
        return [*acts, look, *super().get_urls()]

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return exam_page.add(self, request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        exam = self._exam(request, object_id)
        return exam_page.change(self, request, exam)

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return exam_page.preview(self, request, self._exam(request, object_id))

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        exam = self._exam(request, object_id)
        if name == "copy":
            if not self.has_add_permission(request):
                raise PermissionDenied
            return exam_page.copy(self, request, exam)
        return exam_page.act(self, request, exam, name)

    def _exam(self, request: HttpRequest, object_id: str) -> Exam:
        exam = self.get_object(request, unquote(object_id))
        if exam is None:
            raise Http404
        if not self.has_view_or_change_permission(request, exam):
            raise PermissionDenied
        return exam


def state_words(exam: Exam) -> str:
    if exam.archived_at is not None:
        return gettext("Archived")
    if exam.is_shipped:
        return gettext("Catalogue")
    return gettext("Published") if exam.published_at else gettext("Draft")
