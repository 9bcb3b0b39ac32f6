"""Which of my classes needs me: one line a class, with the reason in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import F

from certportal.accounts.models import Classroom, Membership, User
from progress.selectors.class_work import NO_TASK, ClassWork, TaskWork, class_work
from quizzes.models import Assignment

ACTIVE_DAYS = 7
OTHERS_A_PAGE = 25

_PEOPLE = """
    SELECT member.classroom_id, count(*),
           count(*) FILTER (WHERE seen.at > %(active_after)s), max(seen.at),
           array_agg(member.id)
    FROM accounts_membership AS member
    LEFT JOIN LATERAL (
        SELECT max(last_answered_at) AS at FROM progress_membershipweek
        WHERE membership_id = member.id) AS seen ON true
    WHERE member.classroom_id = ANY(%(classes)s)
      AND member.role = 'student' AND member.left_at IS NULL
    GROUP BY member.classroom_id
"""


@dataclass(frozen=True, slots=True)
class NextDue:
    """The assignment that is due next."""

    assignment: Assignment
    work: TaskWork

    @property
    def missing(self) -> int:
        return self.work.given - self.work.done


@dataclass(frozen=True, slots=True)
class ClassRow:
    classroom: Classroom
    role: str
    """Empty for an administrator who is not in the class."""
    students: int
    active: int
    last_answer: datetime | None
    overdue: int
    """Students with something overdue."""
    next_due: NextDue | None

    @property
    def quiet(self) -> int:
        """Students who answered nothing in the last days."""
        return self.students - self.active

    @property
    def needs_me(self) -> bool:
        return bool(self.overdue or self.quiet)


@dataclass(frozen=True, slots=True)
class Teaching:
    current: tuple[ClassRow, ...]
    archived: tuple[Classroom, ...]
    others: Page[Classroom] | None
    """For an administrator: the classes that they do not teach."""


def teaching(user: User, *, number: int = 1, now: datetime) -> Teaching:
    """Four statements, whatever the number of classes and students, and two for administrators.

    An administrator may look at every class: those that they do not teach stand apart.
    """
    roles = _roles(user)
    classes = [it.classroom for it in roles]
    current = [it for it in classes if it.archived_at is None]
    people = _people(current, now)
    work = class_work([it.pk for it in current], now=now)
    due = _next_due(current, now)
    role_of = {it.classroom_id: str(it.get_role_display()) for it in roles}
    rows = [_row(it, role_of[it.pk], people, work, due) for it in current]
    rows.sort(key=lambda it: (-it.overdue, -it.quiet, it.classroom.name.casefold()))
    return Teaching(
        tuple(rows),
        tuple(it for it in classes if it.archived_at is not None),
        _others(classes, number) if user.is_superuser else None,
    )


def _others(classes: Sequence[Classroom], number: int) -> Page[Classroom]:
    """Those that go on first."""
    rows = Classroom.objects.exclude(pk__in=[it.pk for it in classes])
    order = (F("archived_at").asc(nulls_first=True), "name", "pk")
    return Paginator(rows.order_by(*order), OTHERS_A_PAGE).get_page(number)


def _roles(user: User) -> list[Membership]:
    return list(
        Membership.objects.current()
        .staff()
        .filter(person=user)
        .select_related("classroom__goal__guide__certification")
        .order_by("classroom__name")
    )


def _people(classes: Sequence[Classroom], now: datetime) -> dict[int, tuple[Any, ...]]:
    values: dict[str, Any] = {
        "classes": [it.pk for it in classes],
        "active_after": now - timedelta(days=ACTIVE_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, values)
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _next_due(classes: Sequence[Classroom], now: datetime) -> dict[int, Assignment]:
    """The first assignment of each class that is not due yet."""
    rows = (
        Assignment.objects.current()
        .filter(classroom__in=classes, due_at__gt=now)
        .order_by("classroom_id", "due_at")
        .distinct("classroom_id")
        .only("classroom_id", "title", "due_at", "public_id")
    )
    return {it.classroom_id: it for it in rows}


def _row(
    classroom: Classroom,
    role: str,
    people: Mapping[int, tuple[Any, ...]],
    work: ClassWork,
    due: Mapping[int, Assignment],
) -> ClassRow:
    students, active, last, members = people.get(classroom.pk, (0, 0, None, ()))
    task = due.get(classroom.pk)
    return ClassRow(
        classroom=classroom,
        role=role,
        students=students,
        active=active,
        last_answer=last,
        overdue=sum(1 for pk in members if pk in work.members and work.members[pk].overdue),
        next_due=NextDue(task, work.tasks.get(task.pk, NO_TASK)) if task else None,
    )
