"""Question sets in the administration: a set opens as one page with its questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from certportal.lib.translated import reader_language
from quizzes.admin.scoped import ScopedAdmin, editor_of
from quizzes.forms.kinds.registry import KIND_FORMS
from quizzes.forms.question_set import QuestionSetForm
from quizzes.models import QuestionSet, SetEntry
from quizzes.permissions import may_edit_set, may_share_set
from quizzes.selectors.set_page import page_of_entry, set_page
from quizzes.services.authoring import move_entry


@admin.register(QuestionSet)
class QuestionSetAdmin(ScopedAdmin[QuestionSet]):
    form = QuestionSetForm
    fields = ("title", "use", "description", "slug", "editors")
    list_display = ("title", "use", "owner", "question_count", "is_shipped")
    list_filter = ("is_shipped", "use")
    list_select_related = ("owner",)
    search_fields = ("title", "slug")
    change_form_template = "admin/quizzes/questionset/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionSet]:
        return super().get_queryset(request).annotate(entry_count=Count("entries"))

    @admin.display(description=_("questions"), ordering="entry_count")
    def question_count(self, question_set: QuestionSet) -> int:
        return int(question_set.entry_count)  # type: ignore[attr-defined]

    def has_change_permission(self, request: HttpRequest, obj: QuestionSet | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_edit_set(editor_of(request), obj))

    def get_form(
        self,
        request: HttpRequest,
        obj: QuestionSet | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> type[forms.ModelForm[QuestionSet]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        # A class of its own: get_form makes one a request.
        form.person = editor_of(request)  # type: ignore[attr-defined]
        form.may_share = obj is None or may_share_set(editor_of(request), obj)  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: QuestionSet, form: Any, change: bool) -> None:
        if not change:
            obj.owner = editor_of(request)
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: QuestionSet, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, _("The set is made. Add its first question below."))
        return redirect("admin:quizzes_questionset_change", obj.pk)

    def response_change(self, request: HttpRequest, obj: QuestionSet) -> HttpResponse:
        messages.success(request, _("The settings are saved."))
        return redirect("admin:quizzes_questionset_change", obj.pk)

    def get_urls(self) -> list[URLPattern]:
        move = self.admin_site.admin_view(self.move_view)
        return [
            path("<path:object_id>/move/", move, name="quizzes_questionset_move"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        question_set = self.get_object(request, unquote(object_id))
        if question_set is None:
            raise Http404
        shown = set_page(
            question_set,
            reader=editor_of(request),
            number=request.GET.get("page"),
            language=reader_language(),
        )
        context = {"shown": shown, "kinds": KIND_FORMS.values(), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Move a question of the set: `up` or `down` names its entry."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        question_set = self.get_object(request, unquote(object_id))
        if question_set is None or not self.has_change_permission(request, question_set):
            raise Http404
        direction = "up" if "up" in request.POST else "down"
        entry = _entry(question_set, request.POST.get(direction, ""))
        move_entry(entry, by=-1 if direction == "up" else 1)
        entry.refresh_from_db()
        return redirect(card_address(entry))


def _entry(question_set: QuestionSet, name: str) -> SetEntry:
    found = (
        question_set.entries.filter(pk=int(name)).first()
        if name.isascii() and name.isdecimal() and len(name) < 19  # noqa: PLR2004 - a bigint
        else None
    )
    if found is None:
        raise Http404
    return found


def card_address(entry: SetEntry) -> str:
    """Where the card of a question stands on the page of its set."""
    address = reverse("admin:quizzes_questionset_change", args=[entry.question_set_id])
    return f"{address}?page={page_of_entry(entry)}#card-{entry.pk}"
