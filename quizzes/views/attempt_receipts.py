"""What arrived of a sitting, for its student: also while it runs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certportal.accounts.http import UserRequest
from quizzes.forms.unsent import UnsentForm
from quizzes.models import Attempt
from quizzes.selectors.receipts import receipts
from quizzes.selectors.sittings import Sitting, sitting
from quizzes.services.errors import TooMuchEvidenceError
from quizzes.services.unsent import take_unsent


@never_cache
@require_safe
def attempt_receipts(request: UserRequest, public_id: UUID) -> HttpResponse:
    """Line by line, the newest first; looking ends nothing."""
    found = _own_sitting(request, public_id)
    page = receipts(found.attempt, number=request.GET.get("page", "1"))
    context = {"sitting": found, "page": page}
    return render(request, "quizzes/attempt/receipts.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def attempt_unsent(request: UserRequest, public_id: UUID) -> HttpResponse:
    """Take a file of answers that a page could not send; sending it twice changes nothing."""
    found = _own_sitting(request, public_id)
    is_sent = request.method == "POST"
    data, files = (request.POST, request.FILES) if is_sent else (None, None)
    form = UnsentForm(data, files, attempt=str(public_id))
    context: dict[str, Any] = {"sitting": found, "form": form}
    if form.is_valid():
        try:
            context["replies"] = take_unsent(
                public_id=public_id, student=request.user, entries=form.cleaned_data["file"]
            )
        except TooMuchEvidenceError:
            form.add_error("file", _("More has arrived of this sitting than the portal keeps."))
    status = 422 if is_sent and form.errors else 200
    return render(request, "quizzes/attempt/unsent.html", context, status=status)


def _own_sitting(request: UserRequest, public_id: UUID) -> Sitting:
    try:
        return sitting(public_id, request.user)
    except Attempt.DoesNotExist as error:
        raise Http404 from error
