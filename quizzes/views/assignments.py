"""The page of an assignment for its student, and the start of its sittings."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from certportal.accounts.http import UserRequest
from certportal.accounts.models import Membership
from certportal.lib.clock import db_now
from quizzes.forms.assignment_start import PasswordForm
from quizzes.models import Assignment
from quizzes.selectors.assignment_page import assignment_page, given_assignment
from quizzes.services.continuing import sittings_to_continue
from quizzes.services.errors import CannotStartError
from quizzes.services.starting import start_assigned

_PASSWORD_ERRORS = {
    "wrong_password": _("This is not the password. Check its spelling, also small and capital."),
    "too_many_passwords": _("Too many wrong passwords. Wait ten minutes, then try again."),
}


@never_cache
@require_safe
def assignment_detail(request: UserRequest, public_id: UUID) -> HttpResponse:
    """Every rule of an assignment before the start, and the sittings so far."""
    assignment, member = _given(request, public_id)
    return _render(request, assignment, member, form=PasswordForm())


@require_POST
def assignment_start(request: UserRequest, public_id: UUID) -> HttpResponse:
    """Start a sitting, or go on with the one that is open."""
    assignment, member = _given(request, public_id)
    form = PasswordForm(request.POST)
    password = form.cleaned_data.get("password", "") if form.is_valid() else ""
    try:
        attempt = start_assigned(student=request.user, assignment=assignment, password=password)
    except CannotStartError as error:
        if error.code in _PASSWORD_ERRORS:
            if form.is_valid():
                form.add_error("password", _PASSWORD_ERRORS[error.code])
            return _render(request, assignment, member, form=form, status=422)
        if error.code == "not_durable":
            messages.error(request, _NOT_DURABLE)
        # Every other reason stands on the page itself.
        return redirect("quizzes:assignment-detail", public_id)
    return redirect("quizzes:attempt-question", attempt.public_id, 1)


_NOT_DURABLE = _(
    "No exam starts: the database of this portal is set up so that it could lose answers. "
    "Tell whoever runs it, and your class."
)


def _given(request: UserRequest, public_id: UUID) -> tuple[Assignment, Membership]:
    try:
        return given_assignment(public_id, request.user)
    except Assignment.DoesNotExist as error:
        raise Http404 from error


def _render(
    request: UserRequest,
    assignment: Assignment,
    member: Membership,
    *,
    form: PasswordForm,
    status: int = 200,
) -> HttpResponse:
    sittings = sittings_to_continue(request.user)
    page = assignment_page(assignment, member, sittings=sittings, now=db_now())
    context = {"page": page, "form": form}
    return render(request, "quizzes/assignments/detail.html", context, status=status)
