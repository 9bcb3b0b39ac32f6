"""One sitting of a class: what happened in it, more time, and what came too late."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certportal.accounts.http import UserRequest
from certportal.accounts.models import Classroom
from certportal.accounts.services.auditing import record
from certportal.accounts.services.classes import class_target
from progress.forms.sittings import DecisionForm, GrantForm
from progress.selectors.class_sitting import sitting_of_class, sitting_page
from progress.views.assignment_access import class_to_change
from progress.views.class_access import class_to_see, render_in_zone
from quizzes.models import Attempt
from quizzes.services.deciding import CannotDecideError, decide_late
from quizzes.services.granting import CannotGrantError, attempt_target, grant_time


@require_safe
def class_sitting(request: UserRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Everything that staff may know of it; looking is written down and ends nothing."""
    classroom = class_to_see(request, slug)
    attempt = _found(classroom, public_id)
    record(
        "sitting-viewed",
        actor=request.user,
        target=attempt_target(attempt),
        after={"class": class_target(classroom)},
        request=request,
    )
    return _page(request, classroom, attempt)


@require_POST
def class_sitting_grant(request: UserRequest, slug: str, public_id: UUID) -> HttpResponse:
    """More time, for instructors of a class that goes on."""
    attempt = _found(class_to_change(request, slug), public_id)
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _page(request, class_to_see(request, slug), attempt, grant_form=form)
    try:
        grant_time(attempt, by=request.user, request=request, **form.cleaned_data)
    except CannotGrantError:
        messages.error(request, _("This sitting is over. No more time can be given."))
    else:
        messages.success(request, _("The time is given. The student's page shows it by itself."))
    return redirect("progress:class-sitting", slug, public_id)


@require_POST
def class_sitting_decide(request: UserRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Accept or decline what came too late, for instructors of a class that goes on."""
    attempt = _found(class_to_change(request, slug), public_id)
    page = sitting_page(attempt, number=1)
    form = DecisionForm(request.POST, late=page.late)
    if not form.is_valid():
        return _page(request, class_to_see(request, slug), attempt, decision_form=form)
    try:
        score = decide_late(
            attempt,
            by=request.user,
            event_ids=form.cleaned_data["events"],
            accept=form.cleaned_data["do"] == "accept",
            reason=form.cleaned_data["reason"],
            request=request,
        )
    except CannotDecideError:
        messages.info(request, _("This was decided so already. Nothing has changed."))
    else:
        messages.success(request, _DECIDED[score is not None]())
    return redirect("progress:class-sitting", slug, public_id)


_DECIDED = {
    True: lambda: _("The decision is kept, and the score was worked out again."),
    False: lambda: _("The decision is kept. The score stays as it is."),
}


def _found(classroom: Classroom, public_id: UUID) -> Attempt:
    try:
        return sitting_of_class(classroom, public_id)
    except Attempt.DoesNotExist as error:
        raise Http404 from error


def _page(
    request: UserRequest, classroom: Any, attempt: Attempt, **forms: GrantForm | DecisionForm
) -> HttpResponse:
    page = sitting_page(attempt, number=request.GET.get("page", "1"))
    context: dict[str, Any] = {
        "page": page,
        "may_act": classroom.may_manage and not classroom.archived_at,
        "grant_form": GrantForm(),
        "decision_form": DecisionForm(late=page.late),
        **forms,
    }
    response = render_in_zone(request, "progress/teach/sitting.html", classroom, context)
    response.status_code = 422 if forms else 200
    return response
