"""The desk of one question: what a request asks for, and the page that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from certportal.lib.translated import reader_language
from quizzes.admin.question_sets import card_address
from quizzes.admin.scoped import editor_of
from quizzes.engine.kinds.base import Document
from quizzes.forms.kinds.registry import KIND_FORMS
from quizzes.forms.question import UNSAVED_BUTTONS, QuestionDesk
from quizzes.models import AttemptItem, Question, QuestionRevision, QuestionSet, SetEntry
from quizzes.permissions import may_edit_question, may_edit_set
from quizzes.selectors.cards import QuestionCard, question_card
from quizzes.selectors.feedback import Feedback, feedback
from quizzes.services.authoring import create_question, save_question
from quizzes.services.question_checks import RefusedQuestionError

if TYPE_CHECKING:
    from quizzes.admin.questions import QuestionAdmin

REFUSED = 422


@dataclass(frozen=True, slots=True)
class Preview:
    """A question in one language, as a student meets it and as the answer explains it."""

    language: str
    card: QuestionCard
    feedback: Feedback


def add(model_admin: QuestionAdmin, request: HttpRequest) -> HttpResponse:
    """A new question of `kind` in `set`; without them, the choice of both."""
    kind, slug = request.GET.get("kind", ""), request.GET.get("set", "")
    if kind not in KIND_FORMS or not slug:
        return _chooser(model_admin, request, slug)
    question_set = _own_set(request, slug)
    desk = QuestionDesk(request.POST or None, kind=kind, question_set=question_set)
    question = _create(desk, request, question_set) if _is_to_save(request) else None
    if question is not None:
        model_admin.log_addition(request, question, [{"added": {}}])
        messages.success(request, _("The question is saved."))
        return _onward(request, question)
    title = _("New question: %(kind)s") % {"kind": KIND_FORMS[kind].name}
    return _page(model_admin, request, desk, question_set, title)


def change(model_admin: QuestionAdmin, request: HttpRequest, question: Question) -> HttpResponse:
    """The desk of a question that exists; for those who may not edit it, a page to read."""
    may_edit = may_edit_question(editor_of(request), question)
    if not may_edit or question.kind not in KIND_FORMS:
        if request.method == "POST":
            raise Http404
        return _reading_page(model_admin, request, question, may_edit=may_edit)
    used = AttemptItem.objects.filter(question=question).count()
    desk = QuestionDesk(
        request.POST or None,
        kind=question.kind,
        question_set=question.home_set,
        question=question,
        is_used=used > 0,
    )
    revision = _save(desk, request, question) if _is_to_save(request) else None
    if revision is not None:
        note = _("Saved; version %(number)d") % {"number": revision.number}
        model_admin.log_change(request, question, note)
        messages.success(request, _("The question is saved."))
        return _onward(request, question)
    return _page(model_admin, request, desk, question.home_set, question.external_id, used=used)


def _is_to_save(request: HttpRequest) -> bool:
    return request.method == "POST" and not any(it in request.POST for it in UNSAVED_BUTTONS)


def _own_set(request: HttpRequest, slug: str) -> QuestionSet:
    user = editor_of(request)
    question_set = QuestionSet.objects.for_editor(user).filter(slug=slug).first()
    if question_set is None or not may_edit_set(user, question_set):
        raise Http404
    return question_set


def _create(desk: QuestionDesk, request: HttpRequest, question_set: QuestionSet) -> Question | None:
    if not desk.is_valid():
        return None
    body, key = desk.body_and_key
    values = desk.facts.cleaned_data
    try:
        return create_question(
            home_set=question_set,
            external_id=values["external_id"],
            body=body,
            key=key,
            by=editor_of(request),
            placements=desk.places.places(),
            status=values["status"],
            **desk.facts.facts(None),
        )
    except RefusedQuestionError as error:
        _show(desk, error)
        return None


def _save(desk: QuestionDesk, request: HttpRequest, question: Question) -> QuestionRevision | None:
    if not desk.is_valid():
        return None
    body, key = desk.body_and_key
    try:
        return save_question(
            question,
            body=body,
            key=key,
            change=desk.change,
            by=editor_of(request),
            placements=desk.places.places(),
            status=desk.facts.cleaned_data["status"],
            **desk.facts.facts(question),
        )
    except RefusedQuestionError as error:
        _show(desk, error)
        return None


def _show(desk: QuestionDesk, error: RefusedQuestionError) -> None:
    for problem in error.problems:
        desk.show(problem)


def _onward(request: HttpRequest, question: Question) -> HttpResponse:
    """Where the pressed button leads after saving."""
    if "_continue" in request.POST:
        return redirect("admin:quizzes_question_change", question.pk)
    if "_addanother" in request.POST:
        query = urlencode({"set": question.home_set.slug, "kind": question.kind})
        return redirect(f"{reverse('admin:quizzes_question_add')}?{query}")
    home = SetEntry.objects.get(question=question, question_set=question.home_set_id)
    return redirect(card_address(home))


# ---- Pages ----------------------------------------------------------------------------------


def _page(
    model_admin: QuestionAdmin,
    request: HttpRequest,
    desk: QuestionDesk,
    question_set: QuestionSet,
    title: str,
    used: int = 0,
) -> HttpResponse:
    if request.method == "POST" and not _is_to_save(request):
        desk.hush()
    is_refused = _is_to_save(request)
    context = {
        **_common(model_admin, request, question_set, title),
        "desk": desk,
        "question": desk.question,
        "used": used,
        "is_refused": is_refused,
        "previews": _previews_of(desk),
        "revisions": _revisions(desk.question),
    }
    template = "admin/quizzes/question/desk.html"
    return TemplateResponse(request, template, context, status=REFUSED if is_refused else 200)


def _reading_page(
    model_admin: QuestionAdmin, request: HttpRequest, question: Question, *, may_edit: bool
) -> HttpResponse:
    newest = question.revisions.order_by("-number")[0]
    context = {
        **_common(model_admin, request, question.home_set, question.external_id),
        "question": question,
        "may_edit": may_edit,
        "previews": _previews(newest.body, newest.key),
        "revisions": _revisions(question),
        "placements": question.placements.select_related("guide__certification", "domain"),
    }
    return TemplateResponse(request, "admin/quizzes/question/read.html", context)


def _chooser(model_admin: QuestionAdmin, request: HttpRequest, slug: str) -> HttpResponse:
    user = editor_of(request)
    candidates = QuestionSet.objects.for_editor(user).in_use().filter(is_shipped=False)
    context = {
        **_common(model_admin, request, None, _("New question")),
        "sets": candidates,
        "chosen": slug,
        "kinds": KIND_FORMS.values(),
    }
    return TemplateResponse(request, "admin/quizzes/question/choose.html", context)


def _common(
    model_admin: QuestionAdmin, request: HttpRequest, question_set: QuestionSet | None, title: str
) -> dict[str, Any]:
    return {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
        "question_set": question_set,
    }


def _revisions(question: Question | None) -> list[QuestionRevision]:
    if question is None:
        return []
    rows = question.revisions.select_related("created_by").defer("body", "key")
    return list(rows.order_by("-number"))


def _previews_of(desk: QuestionDesk) -> list[Preview]:
    """Of what was typed, else of what is stored."""
    if desk.text.typed is not None:
        return _previews(*desk.text.typed)
    return _previews(desk.newest.body, desk.newest.key) if desk.newest else []


def _previews(body: Document, key: Document) -> list[Preview]:
    """One for every language that the question has, the reader's first."""
    reader = reader_language()
    languages = sorted(body["stem"], key=lambda code: (code != reader, code))
    return [
        Preview(
            language=code,
            card=question_card(body=body, order={}, answer=None, language=code),
            feedback=feedback(
                body=body, key=key, order={}, answer=None, share=Fraction(0), language=code
            ),
        )
        for code in languages
    ]
