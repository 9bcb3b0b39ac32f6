"""One assignment of a class: who has done what of it, and how the results spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise

from certportal.accounts.models import Membership
from certportal.lib import class_charts
from progress.selectors.class_people import students_of
from progress.selectors.work_words import ORDER, STATES
from quizzes.models import Assignment
from quizzes.selectors.assignment_status import WorkStatus, statuses

STUDENTS_A_PAGE = 100
_NO_CUT = 1.0


@dataclass(frozen=True, slots=True)
class WorkRow:
    member: Membership
    status: WorkStatus

    @property
    def state_word(self) -> Promise:
        return STATES[self.status.state]


@dataclass(frozen=True, slots=True)
class StateCount:
    word: Promise
    n: int


@dataclass(frozen=True, slots=True)
class Results:
    """The marks that count, together."""

    n: int
    passed: int
    median: float
    dots: class_charts.Dots
    cut: float


@dataclass(frozen=True, slots=True)
class AssignmentPage:
    assignment: Assignment
    given: int
    counts: tuple[StateCount, ...]
    rows: Page[WorkRow]
    results: Results | None


def assignment_page(assignment: Assignment, *, number: int, now: datetime) -> AssignmentPage:
    """A fixed number of statements for an assignment that came with its exam and class."""
    members = list(students_of(assignment.classroom))
    found = statuses([assignment], members, now=now)
    rows = _rows(assignment, members, found)
    counted = Counter(row.status.state for row in rows)
    page = Paginator(rows, STUDENTS_A_PAGE).get_page(number)
    return AssignmentPage(
        assignment=assignment,
        given=len(rows),
        counts=tuple(StateCount(STATES[it], counted[it]) for it in STATES if counted[it]),
        rows=page,
        results=_results(assignment, rows),
    )


def _rows(
    assignment: Assignment,
    members: Sequence[Membership],
    found: Mapping[tuple[int, int], WorkStatus],
) -> list[WorkRow]:
    """Those it is for; what wants attention first stands first, then by name."""
    rows = [
        WorkRow(member, found[assignment.pk, member.person_id])
        for member in members
        if (assignment.pk, member.person_id) in found
    ]
    return sorted(rows, key=lambda row: ORDER[row.status.state])


def _results(assignment: Assignment, rows: Sequence[WorkRow]) -> Results | None:
    marks = [row.status.counted for row in rows if row.status.counted]
    if not marks:
        return None
    shares = tuple(sorted(float(mark.share) for mark in marks))
    middle = len(shares) // 2
    exam = assignment.exam
    cut = float(exam.cut_fraction or exam.guide.cut_fraction) if exam else _NO_CUT
    return Results(
        n=len(shares),
        passed=sum(1 for mark in marks if mark.passed),
        median=(shares[middle] + shares[~middle]) / 2,
        dots=class_charts.dots(shares, target=cut),
        cut=cut,
    )
