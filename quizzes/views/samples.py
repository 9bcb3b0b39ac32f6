"""Sample questions for anybody: answered and explained, nothing stored."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from certportal.lib.translated import reader_language
from quizzes.engine.kinds.base import Answer, RefusedAnswer
from quizzes.engine.kinds.registry import get_kind
from quizzes.models import Question
from quizzes.selectors.samples import Sample, sample, sample_rows


@require_safe
def sample_list(request: HttpRequest) -> HttpResponse:
    """The samples, and what one gets back for an answer."""
    rows = sample_rows(reader_language())
    return render(request, "quizzes/samples/list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def sample_detail(request: HttpRequest, number: int) -> HttpResponse:
    """One sample to answer; the answer is graded at once and not kept."""
    try:
        found = sample(number, with_key=request.method == "POST")
    except Question.DoesNotExist as error:
        raise Http404 from error
    if request.method == "POST":
        return _answer(request, found)
    return _render_question(request, found, None)


def _answer(request: HttpRequest, found: Sample) -> HttpResponse:
    body = found.revision.body
    kind = get_kind(body["kind"])
    try:
        answer = kind.answer_from_form(body, dict(request.POST.lists()))
    except RefusedAnswer as error:
        return _render_question(request, found, None, error=_refusal(error, body))
    if not kind.is_complete(body, answer):
        return _render_question(request, found, answer, error=_unfinished(body))
    context = {
        "sample": found,
        "card": found.card(reader_language(), answer),
        "feedback": found.feedback(answer, reader_language()),
        "provenance": found.provenance,
    }
    return render(request, "quizzes/samples/feedback.html", context)


def _render_question(
    request: HttpRequest, found: Sample, answer: Answer | None, *, error: str = ""
) -> HttpResponse:
    context = {"sample": found, "card": found.card(reader_language(), answer), "error": error}
    status = 422 if error else 200
    return render(request, "quizzes/samples/question.html", context, status=status)


def _refusal(error: RefusedAnswer, body: dict[str, Any]) -> str:
    if error.reason == "too_many_choices":
        return _choose_exactly(body)
    return _("This answer could not be read. Please answer again.")


def _unfinished(body: dict[str, Any]) -> str:
    if body.get("choose", 1) > 1:
        return _choose_exactly(body)
    return _("Answer every part of the question first.")


def _choose_exactly(body: dict[str, Any]) -> str:
    count = body["choose"]
    return ngettext(
        "Choose exactly %(count)d option.", "Choose exactly %(count)d options.", count
    ) % {"count": count}
