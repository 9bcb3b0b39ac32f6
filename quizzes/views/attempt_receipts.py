"""What arrived of a sitting, for its student: also while it runs."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certportal.accounts.http import UserRequest
from quizzes.models import Attempt
from quizzes.selectors.receipts import receipts
from quizzes.selectors.sittings import Sitting, sitting


@never_cache
@require_safe
def attempt_receipts(request: UserRequest, public_id: UUID) -> HttpResponse:
    """Line by line, the newest first; looking ends nothing."""
    found = own_sitting(request, public_id)
    page = receipts(found.attempt, number=request.GET.get("page", "1"))
    context = {"sitting": found, "page": page}
    return render(request, "quizzes/attempt/receipts.html", context)


def own_sitting(request: UserRequest, public_id: UUID) -> Sitting:
    try:
        return sitting(public_id, request.user)
    except Attempt.DoesNotExist as error:
        raise Http404 from error
