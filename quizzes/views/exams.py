"""Mock exams: the list, the rules of one, and its start."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from certportal.accounts.http import UserRequest
from certportal.lib.clock import db_now
from quizzes.models import Exam
from quizzes.selectors import exam_list as selectors
from quizzes.selectors.exam_rules import exam_rules
from quizzes.selectors.my_assignments import assigned_mocks
from quizzes.services.continuing import sittings_to_continue
from quizzes.services.errors import CannotStartError
from quizzes.services.starting import start_mock

_REFUSALS = {
    "retired": _("This certification is retired. No new mock exam starts; practice stays open."),
    "no_domains": _("No mock exam starts: the vendor has not published domains and weights."),
    "no_weights": _("No mock exam starts: the weights of the domains are not settled yet."),
    "no_length": _("No mock exam starts: the length of the real exam is not known."),
    "too_few": _("No mock exam starts: the bank has too few questions for one."),
    "not_durable": _(
        "No mock exam starts: the database of this portal is set up so that it could lose "
        "answers. Tell whoever runs it; practice works meanwhile."
    ),
}


@require_safe
def exam_list(request: UserRequest) -> HttpResponse:
    """Mock exams on offer, the open sitting, and how the earlier ones went."""
    context = {
        "sittings": sittings_to_continue(request.user),
        "assigned": assigned_mocks(request.user, now=db_now()),
        "exams": selectors.exam_list(),
        "history": selectors.past_attempts(request.user, page=request.GET.get("page", "1")),
    }
    return render(request, "quizzes/exams/list.html", context)


@require_safe
def exam_detail(request: UserRequest, slug: str) -> HttpResponse:
    """The rules of one mock exam, each with its origin, and the start."""
    exam = _exam(slug)
    sittings = sittings_to_continue(request.user)
    rules = exam_rules(exam, request.user, sittings)
    return render(request, "quizzes/exams/detail.html", {"rules": rules})


@require_POST
def exam_start(request: UserRequest, slug: str) -> HttpResponse:
    """Start the mock, or go on with the one that is open."""
    try:
        attempt = start_mock(student=request.user, exam=_exam(slug))
    except CannotStartError as error:
        messages.error(request, _REFUSALS[error.code])
        return redirect("quizzes:exam-detail", slug)
    return redirect("quizzes:attempt-question", attempt.public_id, 1)


def _exam(slug: str) -> Exam:
    try:
        return selectors.exam_by_slug(slug)
    except Exam.DoesNotExist as error:
        raise Http404 from error
