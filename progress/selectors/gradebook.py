"""All marks of a class: a page of students, or all of them a part at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise

from certportal.accounts.models import Classroom, Membership
from progress.selectors.class_dashboard import assignments_of
from progress.selectors.class_people import students_of
from progress.selectors.work_words import STATES
from quizzes.models import Assignment
from quizzes.selectors.assignment_status import WorkStatus, statuses

STUDENTS_A_PAGE = 50
STUDENTS_AT_ONCE = 250
"""Of the file; more would only need more memory."""


@dataclass(frozen=True, slots=True)
class GradeCell:
    """One student's work on one assignment; without a status it is not for them."""

    status: WorkStatus | None

    @property
    def word(self) -> Promise | str:
        return STATES[self.status.state] if self.status else ""


@dataclass(frozen=True, slots=True)
class GradeRow:
    member: Membership
    cells: tuple[GradeCell, ...]

    @property
    def missing(self) -> int:
        """Assignments that are overdue or can no longer be done."""
        states = [cell.status.state for cell in self.cells if cell.status]
        return states.count("overdue") + states.count("missed")


@dataclass(frozen=True, slots=True)
class Gradebook:
    assignments: tuple[Assignment, ...]
    rows: Page[GradeRow]


def gradebook(classroom: Classroom, *, number: int, now: datetime) -> Gradebook:
    """A fixed number of statements."""
    tasks = _oldest_first(classroom)
    page = Paginator(students_of(classroom), STUDENTS_A_PAGE).get_page(number)
    rows = _rows(tasks, list(page.object_list), now)
    return Gradebook(tasks, Page(rows, page.number, page.paginator))  # type: ignore[arg-type]


def _oldest_first(classroom: Classroom) -> tuple[Assignment, ...]:
    return tuple(reversed(assignments_of(classroom)))


def _rows(
    tasks: Sequence[Assignment], members: Sequence[Membership], now: datetime
) -> list[GradeRow]:
    found = statuses(tasks, members, now=now)
    return [
        GradeRow(member, tuple(GradeCell(found.get((task.pk, member.person_id))) for task in tasks))
        for member in members
    ]


@dataclass(frozen=True, slots=True)
class WholeGradebook:
    """Everybody's rows, read while they are written down."""

    assignments: tuple[Assignment, ...]
    students: tuple[int, ...]
    """Memberships by id."""
    now: datetime

    def rows(self) -> Iterator[GradeRow]:
        """A fixed number of statements for every part, and never more than that in memory."""
        for start in range(0, len(self.students), STUDENTS_AT_ONCE):
            part = self.students[start : start + STUDENTS_AT_ONCE]
            found = Membership.objects.select_related("person").in_bulk(part)
            members = [found[pk] for pk in part if pk in found]
            yield from _rows(self.assignments, members, self.now)


def whole_gradebook(classroom: Classroom, *, now: datetime) -> WholeGradebook:
    students = tuple(students_of(classroom).values_list("pk", flat=True))
    return WholeGradebook(_oldest_first(classroom), students, now)
