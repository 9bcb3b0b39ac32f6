"""Exceptions from an assignment: other rules for a label or a student."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from certportal.accounts.http import UserRequest
from progress.forms.exceptions import ExceptionForm
from progress.selectors.assignment_choices import sittings_of
from progress.selectors.assignment_exceptions import exception_choices
from progress.views.assignment_access import (
    assignment_to_change,
    closed_is_not_found,
    exception_to_change,
)
from quizzes.models import Assignment, AssignmentOverride
from quizzes.services.assigning import remove_override, set_override
from quizzes.services.assignment_checks import RefusedAssignmentError
from quizzes.services.exception_order import move_exception

_PAGES = ["GET", "HEAD", "POST"]


@require_http_methods(_PAGES)
@closed_is_not_found
def exception_new(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """Other rules for a label or a student who has the rules of everybody as yet."""
    assignment = assignment_to_change(request, slug, public_id)
    return _exception_page(request, assignment, None)


@require_http_methods(_PAGES)
@closed_is_not_found
def exception_edit(
    request: UserRequest, slug: str, public_id: uuid.UUID, exception_id: uuid.UUID
) -> HttpResponse:
    """Whom it is for stays; everything else may change."""
    assignment = assignment_to_change(request, slug, public_id)
    return _exception_page(request, assignment, exception_to_change(assignment, exception_id))


@require_http_methods(_PAGES)
@closed_is_not_found
def exception_remove(
    request: UserRequest, slug: str, public_id: uuid.UUID, exception_id: uuid.UUID
) -> HttpResponse:
    """Ask first: they get the rules of everybody again, running sittings keep theirs."""
    assignment = assignment_to_change(request, slug, public_id)
    override = exception_to_change(assignment, exception_id)
    if request.method == "POST":
        remove_override(override, by=request.user, request=request)
        messages.success(request, _("The exception is removed."))
        return redirect("progress:class-assignment-terms", slug, public_id)
    context = {
        "classroom": assignment.classroom,
        "assignment": assignment,
        "override": override,
        "sittings": sittings_of(assignment),
    }
    return render(request, "progress/teach/assign_exception_remove.html", context)


@require_POST
@closed_is_not_found
def exception_move(
    request: UserRequest, slug: str, public_id: uuid.UUID, exception_id: uuid.UUID
) -> HttpResponse:
    """One place up or down among the exceptions of labels."""
    assignment = assignment_to_change(request, slug, public_id)
    override = exception_to_change(assignment, exception_id)
    move_exception(override, by=request.user, up="up" in request.POST, request=request)
    return redirect("progress:class-assignment-terms", slug, public_id)


def _exception_page(
    request: UserRequest, assignment: Assignment, override: AssignmentOverride | None
) -> HttpResponse:
    form = ExceptionForm(
        request.POST if request.method == "POST" else None,
        classroom=assignment.classroom,
        offered=exception_choices(assignment, person=override.person if override else None),
        override=override,
        whom=request.GET.get("whom", ""),
    )
    if form.is_valid():
        try:
            set_override(assignment, by=request.user, details=form.details(), request=request)
        except RefusedAssignmentError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The exception is saved."))
            slug = assignment.classroom.slug
            return redirect("progress:class-assignment-terms", slug, assignment.public_id)
    context = {
        "classroom": assignment.classroom,
        "assignment": assignment,
        "override": override,
        "form": form,
        "sittings": sittings_of(assignment),
    }
    status = 422 if form.is_bound else 200
    return render(request, "progress/teach/assign_exception.html", context, status=status)
