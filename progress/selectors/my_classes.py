"""The classes of a person: those one learns in and teaches, invitations, and what is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from certportal.accounts.models import (
    CalendarAddress,
    Classroom,
    Invitation,
    JoinCode,
    Membership,
    User,
)
from progress.models import ClassGoal
from progress.selectors.due_work import DueWork, due_work
from quizzes.selectors.open_sittings import OpenSitting


@dataclass(frozen=True, slots=True)
class MyClass:
    """A class that goes on, with its work for a student."""

    membership: Membership
    goal: ClassGoal | None
    work: tuple[DueWork, ...] = ()

    @property
    def classroom(self) -> Classroom:
        return self.membership.classroom

    @property
    def to_do(self) -> tuple[DueWork, ...]:
        return tuple(it for it in self.work if not it.status.is_over)

    @property
    def over(self) -> tuple[DueWork, ...]:
        return tuple(it for it in self.work if it.status.is_over)


@dataclass(frozen=True, slots=True)
class MyClasses:
    loose: tuple[OpenSitting, ...]
    """Open sittings of work that was withdrawn, or is no longer for this student."""
    learning: tuple[MyClass, ...]
    teaching: tuple[MyClass, ...]
    over: tuple[Membership, ...]
    """One's stays in classes that were left or archived, the latest of each."""
    has_calendar: bool

    @property
    def is_empty(self) -> bool:
        return not (self.learning or self.teaching)


@dataclass(frozen=True, slots=True)
class ClassToJoin:
    """What somebody learns of a class before joining it."""

    classroom: Classroom
    instructors: tuple[str, ...]
    goal: ClassGoal | None
    role: str
    invited_by: str = ""

    @property
    def is_student(self) -> bool:
        return self.role == Membership.Role.STUDENT


def my_classes(person: User, *, sittings: Iterable[OpenSitting], now: datetime) -> MyClasses:
    """Three statements and those of `due_work`, whatever the number of classes."""
    running = {it.attempt.assignment_id: it for it in sittings if it.attempt.assignment_id}
    memberships = list(
        Membership.objects.filter(person=person)
        .select_related("classroom")
        .order_by("classroom__name", "classroom", "-joined_at")
    )
    current = [it for it in memberships if it.is_current and it.classroom.archived_at is None]
    goals = _goals(current)
    work: dict[int, list[DueWork]] = defaultdict(list)
    for it in due_work(person, now=now):
        if sitting := running.pop(it.assignment.pk, None):
            it = replace(it, next_position=sitting.next_position)  # noqa: PLW2901
        work[it.assignment.classroom_id].append(it)
    mine = [MyClass(it, goals.get(it.classroom_id), tuple(work[it.classroom_id])) for it in current]
    return MyClasses(
        loose=tuple(running.values()),
        learning=tuple(it for it in mine if it.membership.role == Membership.Role.STUDENT),
        teaching=tuple(it for it in mine if it.membership.role != Membership.Role.STUDENT),
        over=_over(memberships, {it.classroom_id for it in current}),
        has_calendar=CalendarAddress.objects.filter(person=person).exists(),
    )


def class_behind_code(code: JoinCode) -> ClassToJoin:
    return _class_to_join(code.classroom, Membership.Role.STUDENT)


def class_behind_invitation(invitation: Invitation) -> ClassToJoin:
    return _class_to_join(invitation.classroom, invitation.role, by=invitation.invited_by)


def own_membership(person: User, slug: str) -> Membership:
    """Raises Membership.DoesNotExist for classes that one is not in."""
    return (
        Membership.objects.current()
        .select_related("classroom")
        .get(person=person, classroom__slug=slug)
    )


def goal_of(classroom: Classroom) -> ClassGoal | None:
    return _goals_of([classroom.pk]).first()


def _class_to_join(classroom: Classroom, role: str, by: User | None = None) -> ClassToJoin:
    staff = (
        Membership.objects.current()
        .filter(classroom=classroom, role=Membership.Role.INSTRUCTOR, person__is_active=True)
        .select_related("person")
        .order_by("person__display_name", "pk")
    )
    return ClassToJoin(
        classroom=classroom,
        instructors=tuple(_name(it.person) for it in staff),
        goal=goal_of(classroom),
        role=role,
        invited_by=_name(by) if by else "",
    )


def _name(person: User) -> str:
    """Their name, never their address: whoever holds a code is a stranger yet."""
    return person.display_name


def _goals(memberships: list[Membership]) -> dict[int, ClassGoal]:
    return {it.classroom_id: it for it in _goals_of(it.classroom_id for it in memberships)}


def _goals_of(classrooms: Iterable[int]) -> QuerySet[ClassGoal]:
    return ClassGoal.objects.filter(classroom__in=list(classrooms)).select_related(
        "guide__certification"
    )


def _over(memberships: list[Membership], current: set[int]) -> tuple[Membership, ...]:
    latest: dict[int, Membership] = {}
    for it in memberships:
        if it.classroom_id not in current:
            latest.setdefault(it.classroom_id, it)
    return tuple(latest.values())
