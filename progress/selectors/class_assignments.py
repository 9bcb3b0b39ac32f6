"""All that a class was given, also what was withdrawn: its dates, and how many are done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Classroom
from progress.selectors.class_work import NO_TASK, TaskWork, class_work
from quizzes.models import Assignment

ASSIGNMENTS_A_PAGE = 50

_STATES: dict[str, Promise] = {
    "withdrawn": _("Withdrawn"),
    "not_open": _("Not open yet"),
    "closed": _("Closed"),
    "open": _("Open"),
}


@dataclass(frozen=True, slots=True)
class AssignmentLine:
    assignment: Assignment
    state: str
    """withdrawn, not_open, closed or open, for those who have no dates of their own."""
    work: TaskWork

    @property
    def state_word(self) -> Promise:
        return _STATES[self.state]


def assignments_page(classroom: Classroom, *, number: int, now: datetime) -> Page[AssignmentLine]:
    """What is due last stands first. Three statements at any size."""
    rows = (
        Assignment.objects.filter(classroom=classroom)
        .order_by(Coalesce("due_at", "closes_at", "created_at").desc(), "-pk")
        .defer("instructions", "password")
    )
    page = Paginator(rows, ASSIGNMENTS_A_PAGE).get_page(number)
    work = class_work([classroom.pk], now=now).tasks
    lines = [
        AssignmentLine(it, _state(it, now), work.get(it.pk, NO_TASK)) for it in page.object_list
    ]
    return Page(lines, page.number, page.paginator)  # type: ignore[arg-type]


def _state(assignment: Assignment, now: datetime) -> str:
    if assignment.is_withdrawn:
        return "withdrawn"
    if assignment.opens_at and assignment.opens_at > now:
        return "not_open"
    if assignment.closes_at and assignment.closes_at <= now:
        return "closed"
    return "open"
