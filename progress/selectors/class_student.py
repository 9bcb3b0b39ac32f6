"""What a class may see of one of its students: nothing from before joining or of other guides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.functional import Promise

from certportal.accounts.models import Classroom, Membership
from certportal.catalog.models import ExamDomain
from certportal.lib import charts
from progress.models import ClassGoal, EarlierGoal, MembershipWeek
from progress.selectors.class_dashboard import assignments_of, goal_of
from progress.selectors.standing import NOTHING, Standing
from progress.selectors.work_words import STATES
from quizzes.models import Assignment, Attempt, Score
from quizzes.selectors.assignment_status import WorkStatus, statuses

MOST_SITTINGS = 20
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class DomainLine:
    domain: ExamDomain
    standing: Standing
    bar: charts.DomainBar


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One week over all domains."""

    week: date
    answers: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class WorkLine:
    assignment: Assignment
    status: WorkStatus

    @property
    def state_word(self) -> Promise:
        return STATES[self.status.state]


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A mock or a practice that has ended."""

    attempt: Attempt
    title: str
    """Of the assignment; empty for what the student started alone."""
    points: Decimal
    max_points: int
    passed: bool | None


@dataclass(frozen=True, slots=True)
class StudentPage:
    member: Membership
    goal: ClassGoal | None
    domains: tuple[DomainLine, ...]
    weeks: tuple[WeekLine, ...]
    work: tuple[WorkLine, ...]
    sittings: tuple[SittingLine, ...]

    @property
    def answers(self) -> int:
        return sum(week.answers for week in self.weeks)


def student_page(classroom: Classroom, member: Membership, *, now: datetime) -> StudentPage:
    """A fixed number of statements, for a class that came with its goal."""
    goal = goal_of(classroom)
    tasks = list(assignments_of(classroom))
    found = statuses(tasks, [member], now=now)
    return StudentPage(
        member=member,
        goal=goal,
        domains=_domains(member, goal) if goal else (),
        weeks=_weeks(member),
        work=tuple(
            WorkLine(task, found[task.pk, member.person_id])
            for task in tasks
            if (task.pk, member.person_id) in found
        ),
        sittings=_sittings(classroom, member, goal),
    )


def _domains(member: Membership, goal: ClassGoal) -> tuple[DomainLine, ...]:
    sums = (
        MembershipWeek.objects.filter(membership=member)
        .values("domain_id")
        .annotate(right=Sum("first_right"), n=Sum("first_answers"))
    )
    standings = {row["domain_id"]: Standing(row["right"], row["n"]) for row in sums}
    target = float(goal.guide.cut_fraction)
    return tuple(
        _domain_line(domain, standings.get(domain.pk, NOTHING), target)
        for domain in ExamDomain.objects.filter(guide=goal.guide, is_current=True)
    )


def _domain_line(domain: ExamDomain, standing: Standing, target: float) -> DomainLine:
    found = standing.interval
    share = min(found.high, max(found.low, standing.share))
    bar = charts.domain_bar(
        charts.Interval(share, found.low, found.high),
        weight=float(domain.weight) / _WHOLE,
        target=target,
        is_known=standing.is_known,
    )
    return DomainLine(domain, standing, bar)


def _weeks(member: Membership) -> tuple[WeekLine, ...]:
    rows = (
        MembershipWeek.objects.filter(membership=member)
        .values("week")
        .annotate(all=Sum("answers"), right=Sum("first_right"), n=Sum("first_answers"))
        .order_by("-week")
    )
    return tuple(
        WeekLine(row["week"], row["all"], Standing(row["right"], row["n"])) for row in rows
    )


def sittings_seen(
    classroom: Classroom, member: Membership, goal: ClassGoal | None
) -> QuerySet[Any]:
    """What the class may see: what it set, and what was begun in its guide after joining.

    Of its guide only while it was the goal, and nothing that ended after it was archived.
    """
    rows = (
        Attempt.objects.counted()
        .closed()
        .filter(student=member.person_id, started_at__gte=member.joined_at)
    )
    if member.left_at:
        rows = rows.filter(ended_at__lt=member.left_at)
    if goal is None:
        return rows.filter(assignment__classroom=classroom)
    in_guide = _while_it_was_the_goal(goal) & Q(guide=goal.guide_id)
    if classroom.archived_at:
        in_guide &= Q(ended_at__lt=classroom.archived_at)
    return rows.filter(Q(assignment__classroom=classroom) | in_guide)


def _while_it_was_the_goal(goal: ClassGoal) -> Q:
    """As `WEEKS_OF` in progress/services/tallying.py has it."""
    if goal.since is None:
        return Q()
    earlier = EarlierGoal.objects.filter(
        Q(since=None) | Q(since__lte=OuterRef("started_at")),
        classroom=goal.classroom_id,
        guide=goal.guide_id,
        until__gt=OuterRef("ended_at"),
    )
    return Q(started_at__gte=goal.since) | Q(Exists(earlier))


def _sittings(
    classroom: Classroom, member: Membership, goal: ClassGoal | None
) -> tuple[SittingLine, ...]:
    newest = Score.objects.filter(attempt=OuterRef("pk")).order_by("-number")
    rows: Sequence[Any] = (
        sittings_seen(classroom, member, goal)
        .annotate(
            title=F("assignment__title"),
            set_by=F("assignment__classroom"),
            points=Subquery(newest.values("points")[:1]),
            max_points=Subquery(newest.values("max_points")[:1]),
            passed=Subquery(newest.values("passed")[:1]),
        )
        .defer("terms", "relaxations")
        .order_by("-ended_at")[:MOST_SITTINGS]
    )
    return tuple(
        SittingLine(
            attempt=row,
            # What another class has set bears a name that is none of this one's business.
            title=row.title if row.set_by == classroom.pk else "",
            points=row.points or Decimal(0),
            max_points=row.max_points or 0,
            passed=row.passed,
        )
        for row in rows
    )
