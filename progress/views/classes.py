"""The pages about a class and the people in it, for those who teach it."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from certportal.accounts.http import UserRequest
from certportal.accounts.models import Classroom, Membership
from certportal.accounts.services.auditing import person_target, record
from certportal.accounts.services.classes import class_target
from progress.exports.gradebook import gradebook_lines
from progress.forms.class_filters import page_number, read_filters
from progress.selectors.class_assignment import assignment_page
from progress.selectors.class_assignments import assignments_page
from progress.selectors.class_dashboard import dashboard
from progress.selectors.class_people import students_of
from progress.selectors.class_seen import class_seen
from progress.selectors.class_student import student_page
from progress.selectors.gradebook import gradebook, whole_gradebook
from progress.views.assignment_access import assignment_to_see, may_change
from progress.views.class_access import class_to_see, render_in_zone


@require_safe
@vary_on_headers("HX-Request")
def class_dashboard(request: UserRequest, slug: str) -> HttpResponse:
    """The whole page, or only its table where a script asks for that."""
    try:
        classroom = class_seen(slug, request.user)
    except Classroom.DoesNotExist as error:
        raise Http404 from error
    filters = read_filters(request.GET)
    context = {
        "page": dashboard(classroom, filters, now=timezone.now()),
        "class_url": reverse("progress:class-dashboard", args=[slug]),
        "filters": filters,
        "tab": "overview",
    }
    is_part = "HX-Request" in request.headers
    template = "progress/teach/_students.html" if is_part else "progress/teach/class.html"
    return render_in_zone(request, template, classroom, context)


@require_safe
def class_student(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """What the class may see of one current student; looking is written down."""
    classroom = class_to_see(request, slug)
    member: Membership = get_object_or_404(students_of(classroom), person__public_id=public_id)
    record(
        "student-viewed",
        actor=request.user,
        target=person_target(member.person),
        after={"class": class_target(classroom)},
        request=request,
    )
    page = student_page(classroom, member, now=timezone.now())
    context = {"page": page, "tab": "overview"}
    return render_in_zone(request, "progress/teach/student.html", classroom, context)


@require_safe
def class_assignments(request: UserRequest, slug: str) -> HttpResponse:
    """All that the class was given."""
    classroom = class_to_see(request, slug)
    page = assignments_page(classroom, number=page_number(request.GET), now=timezone.now())
    context = {"page": page, "tab": "assignments"}
    return render_in_zone(request, "progress/teach/assignments.html", classroom, context)


@require_safe
def class_assignment(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """Who has done what of one assignment."""
    assignment = assignment_to_see(request, slug, public_id)
    page = assignment_page(assignment, number=page_number(request.GET), now=timezone.now())
    context = {"page": page, "tab": "assignments", "may_change": may_change(request, assignment)}
    return render_in_zone(request, "progress/teach/assignment.html", assignment.classroom, context)


@require_safe
def class_gradebook(request: UserRequest, slug: str) -> HttpResponse:
    """All marks of the class."""
    classroom = class_to_see(request, slug)
    page = gradebook(classroom, number=page_number(request.GET), now=timezone.now())
    context = {"page": page, "tab": "gradebook"}
    return render_in_zone(request, "progress/teach/gradebook.html", classroom, context)


@require_safe
def class_gradebook_file(request: UserRequest, slug: str) -> StreamingHttpResponse:
    """The same as CSV; that somebody took it away is written down."""
    classroom = class_to_see(request, slug)
    book = whole_gradebook(classroom, now=timezone.now())
    _note_export(request, classroom, len(book.students))
    lines = gradebook_lines(book, zone=classroom.zone, language=get_language() or "en")
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"gradebook-{classroom.slug}-{timezone.localdate(timezone=classroom.zone)}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _note_export(request: UserRequest, classroom: Classroom, students: int) -> None:
    record(
        "gradebook-exported",
        actor=request.user,
        target=class_target(classroom),
        after={"students": students},
        request=request,
    )
