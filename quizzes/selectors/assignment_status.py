"""How far each person is with each assignment, and what counts of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import OuterRef, Subquery

from certportal.accounts.models import Membership
from quizzes.engine.terms import EffectiveTerms, late_terms
from quizzes.models import Assignment, Attempt, Score
from quizzes.models.assignment import Counting
from quizzes.selectors.assignment_terms import dates_of

Key = tuple[int, int]
"""Assignment id, person id."""


@dataclass(frozen=True, slots=True)
class CountedMark:
    """The sitting that counts, with what it counts for."""

    attempt: Attempt
    points: Decimal
    max_points: int
    share: Fraction
    """Of the points, after a deduction for lateness."""
    deduction: int
    """Percent of the share that lateness took; 0 for none."""
    is_late: bool
    passed: bool | None
    """By the pass mark of the sitting; lateness takes nothing of it."""


@dataclass(frozen=True, slots=True)
class WorkStatus:
    """One person's work on one assignment, as it stands now."""

    state: str
    """`not_open`, `not_started`, `in_progress`, `done`, `overdue` or `missed`."""
    is_late: bool
    """Whether what counts, or what is being done, is late."""
    attempts_used: int
    attempts_left: int | None
    """None: as many as one likes."""
    counted: CountedMark | None
    answered: int
    """Questions answered for a practice goal."""
    goal: int
    """0 for a mock exam."""
    opens_at: datetime | None
    due_at: datetime | None
    """For this person, with extra time; so is `closes_at`."""
    closes_at: datetime | None
    running: Attempt | None
    """The sitting that is open."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done."""
        return self.state in {"done", "missed"}


class _Answered(NamedTuple):
    """Questions of a practice goal: all within the person's window, and those in time."""

    all: int = 0
    in_time: int = 0


def statuses(
    assignments: Iterable[Assignment],
    memberships: Iterable[Membership],
    *,
    now: datetime,
    terms: Mapping[Key, EffectiveTerms] | None = None,
) -> dict[Key, WorkStatus]:
    """The work of everybody, by (assignment id, person id), of those each is for.

    At most twelve statements, whatever the numbers: two beside those of `dates_of`, and none
    of those where `terms` is handed in. Voided sittings are nowhere.
    """
    asked, people = list(assignments), list(memberships)
    terms = dates_of(asked, people) if terms is None else terms
    sittings = sittings_of(asked, people)
    answered = _answered(asked, people, terms)
    by_id = {assignment.pk: assignment for assignment in asked}
    return {
        key: _mock_status(by_id[key[0]], found, sittings.get(key, ()), now)
        if by_id[key[0]].is_mock
        else _goal_status(by_id[key[0]], found, answered.get(key, _Answered()), now)
        for key, found in terms.items()
    }


def sittings_of(
    assignments: Collection[Assignment], memberships: Collection[Membership]
) -> Mapping[Key, Sequence[Any]]:
    """Sittings with their newest score, the earliest first: one statement."""
    mocks = [assignment.pk for assignment in assignments if assignment.is_mock]
    newest = Score.objects.filter(attempt=OuterRef("pk")).order_by("-number")
    rows = (
        Attempt.objects.counted()
        .filter(assignment__in=mocks, student__in={member.person_id for member in memberships})
        .annotate(
            points=Subquery(newest.values("points")[:1]),
            max_points=Subquery(newest.values("max_points")[:1]),
            passed=Subquery(newest.values("passed")[:1]),
        )
        .defer("relaxations")
        .order_by("started_at", "pk")
    )
    found: dict[Key, list[Any]] = defaultdict(list)
    for attempt in rows if mocks else ():
        found[attempt.assignment_id or 0, attempt.student_id].append(attempt)
    return found


def counted_mark(counting: str, sittings: Iterable[Any]) -> CountedMark | None:
    """Of the closed sittings in the order of their start the one that counts."""
    marks = [mark_of(sitting) for sitting in sittings if not sitting.is_open]
    if not marks:
        return None
    if counting == Counting.BEST:
        # Of equal ones the first.
        return max(marks, key=lambda mark: mark.share)
    return marks[0] if counting == Counting.FIRST else marks[-1]


def mark_of(attempt: Any) -> CountedMark:
    """What one closed sitting counts for, by the rules that it began with."""
    late = late_terms(attempt.terms)
    is_late = attempt.ended_at is not None and late.is_late(attempt.ended_at)
    deduction = late.deduction if is_late else 0
    points, out_of = attempt.points or Decimal(0), attempt.max_points or 0
    share = Fraction(points) / out_of if out_of else Fraction(0)
    return CountedMark(
        attempt=attempt,
        points=points,
        max_points=out_of,
        share=share * (100 - deduction) / 100,
        deduction=deduction,
        is_late=is_late,
        passed=attempt.passed,
    )


def _mock_status(
    assignment: Assignment, terms: EffectiveTerms, sittings: Sequence[Any], now: datetime
) -> WorkStatus:
    running = next((sitting for sitting in sittings if sitting.is_open), None)
    counted = counted_mark(assignment.counting, sittings)
    allowed = terms.attempts.value
    state = "in_progress" if running else "done" if counted else _state_of_nothing(terms, now)
    return WorkStatus(
        state=state,
        is_late=_is_late(running, counted, now),
        attempts_used=len(sittings),
        attempts_left=None if allowed is None else max(0, allowed - len(sittings)),
        counted=counted,
        answered=0,
        goal=0,
        opens_at=terms.opens_at.value,
        due_at=terms.own_due,
        closes_at=terms.own_close,
        running=running,
    )


def _is_late(running: Any, counted: CountedMark | None, now: datetime) -> bool:
    if running:
        return late_terms(running.terms).is_late(now)
    return counted is not None and counted.is_late


def _goal_status(
    assignment: Assignment, terms: EffectiveTerms, answered: _Answered, now: datetime
) -> WorkStatus:
    goal = assignment.goal or 0
    counts = answered.in_time if terms.late.value.policy == "refuse" else answered.all
    state = _state_of_nothing(terms, now)
    if counts >= goal:
        state = "done"
    elif counts and state == "not_started":
        state = "in_progress"
    return WorkStatus(
        state=state,
        is_late=state == "done" and answered.in_time < goal,
        attempts_used=0,
        attempts_left=None,
        counted=None,
        answered=counts,
        goal=goal,
        opens_at=terms.opens_at.value,
        due_at=terms.own_due,
        closes_at=terms.own_close,
        running=None,
    )


def _state_of_nothing(terms: EffectiveTerms, now: datetime) -> str:
    """Where somebody stands who has not done it."""
    if terms.opens_at.value and now < terms.opens_at.value:
        return "not_open"
    if terms.own_close and now >= terms.own_close:
        return "missed"
    if terms.own_due and now > terms.own_due:
        return "missed" if terms.late.value.policy == "refuse" else "overdue"
    return "not_started"


# Written out: every goal has its own guide and domains, every person their own window, and
# the answers of a large class are gone through once, not once a goal.
_ANSWERED = """
    WITH asked AS MATERIALIZED (
        SELECT it.*, goal.guide_id,
               (SELECT array_agg(domain.examdomain_id) FROM quizzes_assignment_domains AS domain
                WHERE domain.assignment_id = it.assignment_id) AS domains
        FROM unnest(%s::bigint[], %s::bigint[],
                    %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
             AS it(assignment_id, person_id, since, until, due)
        JOIN quizzes_assignment AS goal ON goal.id = it.assignment_id
    ), answered AS MATERIALIZED (
        SELECT attempt.student_id, attempt.guide_id, item.domain_id, answer.final_at
        FROM (SELECT person_id, guide_id, min(since) AS since
              FROM asked GROUP BY person_id, guide_id) AS wanted
        JOIN quizzes_attempt AS attempt
          ON attempt.student_id = wanted.person_id AND attempt.guide_id = wanted.guide_id
         AND attempt.mode = 'practice' AND attempt.status <> 'voided'
        JOIN quizzes_answer AS answer
          ON answer.attempt_id = attempt.id AND answer.payload IS NOT NULL
         AND answer.final_at >= wanted.since
        JOIN quizzes_attemptitem AS item ON item.id = answer.item_id
    )
    SELECT asked.assignment_id, asked.person_id, count(*),
           count(*) FILTER (WHERE asked.due IS NULL OR answered.final_at <= asked.due)
    FROM asked
    JOIN answered
      ON answered.student_id = asked.person_id AND answered.guide_id = asked.guide_id
     AND answered.final_at >= asked.since
     AND (asked.until IS NULL OR answered.final_at < asked.until)
     AND (asked.domains IS NULL OR answered.domain_id = ANY(asked.domains))
    GROUP BY asked.assignment_id, asked.person_id
"""


def _answered(
    assignments: Iterable[Assignment],
    memberships: Iterable[Membership],
    terms: Mapping[Key, EffectiveTerms],
) -> dict[Key, _Answered]:
    """What was finally answered for practice goals while they were open: one statement.

    Nothing counts from before the goal was set or the person joined, nor after they left.
    """
    goals = {assignment.pk: assignment for assignment in assignments if not assignment.is_mock}
    members = {(it.classroom_id, it.person_id): it for it in memberships}
    windows = [
        (*key, *_window(goals[key[0]], members[goals[key[0]].classroom_id, key[1]], found))
        for key, found in terms.items()
        if key[0] in goals
    ]
    if not windows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [list(column) for column in zip(*windows, strict=True)])
        return {(row[0], row[1]): _Answered(row[2], row[3]) for row in cursor.fetchall()}


def _window(
    goal: Assignment, member: Membership, terms: EffectiveTerms
) -> tuple[datetime, datetime | None, datetime | None]:
    since = max(terms.opens_at.value or goal.created_at, member.joined_at)
    ends = [it for it in (terms.own_close, member.left_at, goal.withdrawn_at) if it]
    return since, min(ends, default=None), terms.own_due
