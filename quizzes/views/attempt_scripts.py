"""What the script of a question page asks: JSON in, JSON out, errors too."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.http import require_POST, require_safe

from certportal.accounts.http import UserRequest
from certportal.lib.http import answers_json, uncached
from quizzes.engine.saving import MAX_BODY_BYTES, Batch, MalformedBodyError, read_batch
from quizzes.engine.sitting import Phase
from quizzes.models import Attempt
from quizzes.selectors.attempt_paper import attempt_paper
from quizzes.selectors.attempt_state import attempt_state
from quizzes.selectors.sittings import sitting
from quizzes.services.answering import save_entries, take_over
from quizzes.services.closing import close_overdue_attempt
from quizzes.services.errors import TooMuchEvidenceError


@answers_json
@require_POST
def attempt_answers(request: UserRequest, public_id: UUID) -> JsonResponse:
    """Save a batch of entries; every entry gets its outcome."""
    try:
        reply = save_entries(public_id=public_id, student=request.user, batch=_batch(request))
    except RequestDataTooBig:
        return JsonResponse({"code": "too-large"}, status=413)
    except MalformedBodyError as error:
        return JsonResponse({"code": "malformed", "message": str(error)}, status=400)
    except Attempt.DoesNotExist:
        return JsonResponse({"code": "not-found"}, status=404)
    except TooMuchEvidenceError:
        return JsonResponse({"code": "too-much"}, status=429, headers={"Retry-After": "60"})
    return uncached(asdict(reply))


def _batch(request: UserRequest) -> Batch:
    try:
        body = request.body
    except RawPostDataException as error:
        # A form with files: the check of the token has read it already.
        raise MalformedBodyError("the body is not JSON") from error
    if len(body) > MAX_BODY_BYTES:
        raise RequestDataTooBig
    return read_batch(body)


@answers_json
@require_safe
def attempt_state_view(request: UserRequest, public_id: UUID) -> JsonResponse:
    """What the server holds, for a page that comes back."""
    try:
        close_overdue_attempt(public_id=public_id, student=request.user)
        state = attempt_state(sitting(public_id, request.user))
    except Attempt.DoesNotExist:
        return JsonResponse({"code": "not-found"}, status=404)
    return uncached({"user": str(request.user.public_id), **state})


@answers_json
@require_safe
def attempt_paper_view(request: UserRequest, public_id: UUID) -> JsonResponse:
    """The questions of the open section of a mock, for a page that moves without the network."""
    try:
        found = sitting(public_id, request.user)
    except Attempt.DoesNotExist:
        return JsonResponse({"code": "not-found"}, status=404)
    if found.attempt.mode != Attempt.Mode.MOCK:
        return JsonResponse({"code": "not-found"}, status=404)
    if found.phase is not Phase.OPEN:
        return uncached({"status": found.attempt.status, "remaining_ms": found.remaining_ms})
    return uncached(attempt_paper(found))


@answers_json
@require_POST
def attempt_take_over(request: UserRequest, public_id: UUID) -> JsonResponse:
    """Give the writing to the page that asks."""
    try:
        return uncached({"epoch": take_over(public_id=public_id, student=request.user)})
    except Attempt.DoesNotExist:
        return JsonResponse({"code": "not-found"}, status=404)
