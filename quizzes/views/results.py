"""The questions of a result, each on a page of its own."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certportal.accounts.http import UserRequest
from certportal.lib.translated import reader_language
from quizzes.models import Attempt, AttemptItem
from quizzes.selectors.result_question import result_question
from quizzes.selectors.sittings import sitting


@never_cache
@require_safe
def attempt_result_question(request: UserRequest, public_id: UUID, position: int) -> HttpResponse:
    """One question with its reasons; not there before they may be seen."""
    try:
        found = sitting(public_id, request.user)
        page = result_question(
            found,
            request.user,
            position,
            show=request.GET.get("show", "all"),
            language=reader_language(),
        )
    except (Attempt.DoesNotExist, AttemptItem.DoesNotExist) as error:
        raise Http404 from error
    context = {"page": page, "sitting": found, "card": page.card}
    if found.attempt.mode != Attempt.Mode.MOCK:
        context["section"] = "practice"
    return render(request, "quizzes/attempt/result_question.html", context)
