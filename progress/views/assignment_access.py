"""Who may look at an assignment of a class, and who may change it; strangers find nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from certportal.accounts.http import UserRequest
from certportal.accounts.models import Classroom
from certportal.accounts.models.classroom import ClassroomQuerySet
from quizzes.models import Assignment, AssignmentOverride
from quizzes.services.errors import ClosedAssignmentError

View = TypeVar("View", bound=Callable[..., HttpResponse])

_WHAT_PAGES_READ = (
    "classroom",
    "exam__guide__certification",
    "guide__certification",
)


def closed_is_not_found(view: View) -> View:
    """Answer 404 also when the assignment was withdrawn after it had been looked up."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except ClosedAssignmentError as error:
            raise Http404 from error

    return cast(View, answer)


def class_to_change(request: UserRequest, slug: str) -> Classroom:
    """A class that goes on, for its instructors."""
    return get_object_or_404(Classroom.objects.managed_by(request.user).current(), slug=slug)


def assignment_to_see(request: UserRequest, slug: str, public_id: uuid.UUID) -> Assignment:
    """Also a withdrawn one of an archived class, for all who teach it."""
    classes = Classroom.objects.taught_by(request.user).filter(slug=slug)
    return _find(classes, public_id, is_current=False)


def assignment_to_change(request: UserRequest, slug: str, public_id: uuid.UUID) -> Assignment:
    classes = Classroom.objects.managed_by(request.user).filter(slug=slug)
    return _find(classes, public_id, is_current=True)


def exception_to_change(assignment: Assignment, public_id: uuid.UUID) -> AssignmentOverride:
    rows = assignment.overrides.select_related("label", "person")
    override: AssignmentOverride = get_object_or_404(rows, public_id=public_id)
    return override


def may_change(request: UserRequest, assignment: Assignment) -> bool:
    """Whether the reader of a page finds ways to change the assignment on it."""
    if assignment.is_withdrawn or assignment.classroom.archived_at is not None:
        return False
    classes = Classroom.objects.managed_by(request.user)
    return classes.filter(pk=assignment.classroom_id).exists()


def _find(classes: ClassroomQuerySet, public_id: uuid.UUID, *, is_current: bool) -> Assignment:
    rows = Assignment.objects.filter(classroom__in=classes).select_related(*_WHAT_PAGES_READ)
    return get_object_or_404(rows.current() if is_current else rows, public_id=public_id)
