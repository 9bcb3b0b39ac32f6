"""An instructor gives an exam or a practice goal to a class, changes it, or takes it back."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from certportal.accounts.http import UserRequest
from certportal.accounts.models import Classroom
from certportal.lib.zoned import wall_time
from progress.forms.assignments import AssignmentForm
from progress.forms.offered import unavailable_exams
from progress.selectors.assignment_choices import (
    Sittings,
    assignment_choices,
    reached_students,
    sittings_of,
)
from progress.selectors.assignment_rules import assignment_rules_page
from progress.views.assignment_access import (
    assignment_to_change,
    assignment_to_see,
    class_to_change,
    closed_is_not_found,
    may_change,
)
from quizzes.models import Assignment
from quizzes.services.assigning import change_assignment, create_assignment, withdraw_assignment
from quizzes.services.assignment_checks import (
    AssignmentDetails,
    RefusedAssignmentError,
    check_assignment,
)

_PAGES = ["GET", "HEAD", "POST"]
_NO_SITTINGS = Sittings(running=0, ended=0)


@require_http_methods(_PAGES)
@closed_is_not_found
def assignment_new(request: UserRequest, slug: str) -> HttpResponse:
    """One page: what, for whom, when; the rest has sensible values already."""
    classroom = class_to_change(request, slug)
    return _assignment_page(request, classroom, None, _NO_SITTINGS)


@require_http_methods(_PAGES)
@closed_is_not_found
def assignment_edit(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """The same page, filled; it says how many sittings go on under the old rules."""
    assignment = assignment_to_change(request, slug, public_id)
    return _assignment_page(request, assignment.classroom, assignment, sittings_of(assignment))


@require_http_methods(_PAGES)
@closed_is_not_found
def assignment_withdraw(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """Ask first: nothing new begins, and what runs goes on to its end."""
    assignment = assignment_to_change(request, slug, public_id)
    if request.method == "POST":
        withdraw_assignment(assignment, by=request.user, request=request)
        messages.success(request, _("The assignment is withdrawn. Nothing of it begins any more."))
        return redirect("progress:class-assignment", slug, public_id)
    context = {
        "classroom": assignment.classroom,
        "assignment": assignment,
        "sittings": sittings_of(assignment),
    }
    return render(request, "progress/teach/assign_withdraw.html", context)


@require_safe
def assignment_terms(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """The rules of everybody, with where every value comes from."""
    assignment = assignment_to_see(request, slug, public_id)
    context = {
        "classroom": assignment.classroom,
        "assignment": assignment,
        "page": assignment_rules_page(
            assignment,
            label=request.GET.get("label", ""),
            page=request.GET.get("page", "1"),
        ),
        "may_change": may_change(request, assignment),
    }
    return render(request, "progress/teach/assign_terms.html", context)


def _assignment_page(
    request: UserRequest, classroom: Classroom, assignment: Assignment | None, sittings: Sittings
) -> HttpResponse:
    form = AssignmentForm(
        request.POST if request.method == "POST" else None,
        classroom=classroom,
        offered=assignment_choices(classroom, by=request.user, kept=assignment),
        assignment=assignment,
        has_begun=sittings.has_begun,
        # The domains of another guide were asked for; nothing is judged yet.
        is_unfinished="show_domains" in request.POST,
    )
    context = {"classroom": classroom, "assignment": assignment, "form": form, "sittings": sittings}
    if form.is_bound and form.is_valid():
        try:
            return _save_or_preview(request, context)
        except RefusedAssignmentError as error:
            form.add_error(None, error)
    return _render(request, context, status=422 if form.is_bound else 200)


def _render(request: UserRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    form: AssignmentForm = context["form"]
    context["unavailable"] = unavailable_exams(form.offered)
    return render(request, "progress/teach/assign.html", context, status=status)


def _save_or_preview(request: UserRequest, context: dict[str, Any]) -> HttpResponse:
    form, classroom, assignment = context["form"], context["classroom"], context["assignment"]
    details: AssignmentDetails = form.details()
    told = _who_and_when(classroom, details)
    if "preview" in request.POST:
        check_assignment(details, classroom=classroom, by=request.user, before=assignment)
        return _render(request, {**context, "preview": told})
    if assignment is None:
        key = form.cleaned_data.get("key")
        saved = create_assignment(
            classroom, by=request.user, details=details, key=key, request=request
        )
    else:
        saved = change_assignment(assignment, by=request.user, details=details, request=request)
    messages.success(request, told)
    return redirect("progress:class-assignment", classroom.slug, saved.public_id)


def _who_and_when(classroom: Classroom, details: AssignmentDetails) -> str:
    """Say in one line how many students can begin, and from when on."""
    now = timezone.now()
    if details.closes_at and details.closes_at <= now:
        return _("It has closed already, so nobody can begin.")
    number = reached_students(classroom, labels=details.labels, people=details.people)
    if details.opens_at is None or details.opens_at <= now:
        text = ngettext(
            "%(number)s student can begin at once.",
            "%(number)s students can begin at once.",
            number,
        )
        return text % {"number": number}
    text = ngettext(
        "%(number)s student can begin on %(when)s (%(zone)s).",
        "%(number)s students can begin on %(when)s (%(zone)s).",
        number,
    )
    zone = classroom.time_zone.replace("_", " ")
    return text % {"number": number, "when": _shown(details.opens_at, classroom), "zone": zone}


def _shown(at: datetime, classroom: Classroom) -> str:
    # Translators: a weekday with date and time, in Django's letters for date parts
    return date_format(wall_time(at, classroom.zone), _("l, j F Y, H:i"))
