"""What the class has been given: assignments in every state, with exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from certportal.accounts.models import User
from certportal.catalog.models import ExamGuide
from progress.demo.people import DemoClass
from progress.demo.pricing import OwnExams
from quizzes.models import Assignment, Exam
from quizzes.models.assignment import LatePolicy
from quizzes.services.assigning import create_assignment, set_override, withdraw_assignment
from quizzes.services.assignment_checks import AssignmentDetails, OverrideDetails

_GIVEN_BEFORE_OPENING = timedelta(days=2)
Kind = Assignment.Kind


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days from now at an hour of the class."""

    now: datetime
    zone: ZoneInfo

    def at(self, days: int, hour: int = 20) -> datetime:
        day = self.now.astimezone(self.zone).date() + timedelta(days=days)
        return datetime.combine(day, time(hour), tzinfo=self.zone)

    def soon(self) -> datetime:
        """A full hour within a day: the next reminder speaks of it."""
        due = self.now.astimezone(self.zone) + timedelta(hours=21)
        return due.replace(minute=0, second=0, microsecond=0)


def give_work(
    demo: DemoClass,
    *,
    by: User,
    guide: ExamGuide,
    catalogue: Exam,
    own: OwnExams,
    now: datetime,
) -> dict[str, Assignment]:
    """Assignments by a short name; each was made a while before it opened."""
    calendar = Calendar(now, demo.classroom.zone)
    details = _details(demo, guide=guide, catalogue=catalogue, own=own, calendar=calendar)
    given = {
        name: create_assignment(demo.classroom, by=by, details=it) for name, it in details.items()
    }
    _make_exceptions(demo, given, by=by, calendar=calendar)
    withdraw_assignment(given["drill"], by=by)
    Assignment.objects.filter(pk=given["drill"].pk).update(withdrawn_at=calendar.at(-14, 9))
    for assignment in given.values():
        _backdate(assignment, now)
    return given


def _backdate(assignment: Assignment, now: datetime) -> None:
    opened = assignment.opens_at or now
    assignment.created_at = min(opened, now) - _GIVEN_BEFORE_OPENING
    assignment.save(update_fields=["created_at"])


def _details(
    demo: DemoClass, *, guide: ExamGuide, catalogue: Exam, own: OwnExams, calendar: Calendar
) -> Mapping[str, AssignmentDetails]:
    domains = {domain.key: domain for domain in guide.domains.all()}
    at = calendar.at
    return {
        "warm-up": AssignmentDetails(
            kind=Kind.PRACTICE,
            title="Week 1: cloud concepts",
            guide=guide,
            domains=[domains["D1"]],
            goal=20,
            opens_at=at(-54, 8),
            due_at=at(-47),
            closes_at=at(-40),
        ),
        "first": AssignmentDetails(
            kind=Kind.MOCK,
            title="First mock exam",
            instructions="Sit it in one go and without notes. It shows where you stand.",
            exam=catalogue,
            opens_at=at(-38, 8),
            due_at=at(-31),
            closes_at=at(-27),
            attempts_allowed=1,
            late_policy=LatePolicy.DEDUCT,
            late_deduction=20,
        ),
        "check": AssignmentDetails(
            kind=Kind.MOCK,
            title="Evening group: short check",
            exam=own.check,
            labels=[demo.labels.evening],
            opens_at=at(-24, 8),
            due_at=at(-20, 22),
            closes_at=at(-20, 22),
            attempts_allowed=1,
            late_policy=LatePolicy.REFUSE,
        ),
        "drill": AssignmentDetails(
            kind=Kind.PRACTICE,
            title="Drill: security services",
            guide=guide,
            domains=[domains["D2"]],
            goal=40,
            opens_at=at(-17, 8),
            due_at=at(-10),
        ),
        "pricing": AssignmentDetails(
            kind=Kind.MOCK,
            title="Week 6: pricing models",
            exam=own.pricing,
            opens_at=at(-12, 8),
            due_at=at(-3),
            closes_at=at(4),
            attempts_allowed=1,
        ),
        "second": AssignmentDetails(
            kind=Kind.MOCK,
            title="Second mock exam",
            instructions="As the real exam: one sitting, no notes. The better of two counts.",
            exam=catalogue,
            opens_at=at(-4, 8),
            due_at=calendar.soon(),
            closes_at=at(4),
            attempts_allowed=2,
        ),
        "billing": AssignmentDetails(
            kind=Kind.PRACTICE,
            title="Thirty questions on billing",
            guide=guide,
            domains=[domains["D4"]],
            goal=30,
            opens_at=at(-5, 8),
            due_at=at(6),
        ),
        "rehearsal": AssignmentDetails(
            kind=Kind.MOCK,
            title="Final rehearsal",
            instructions="In room 2.14. You get the password there.",
            exam=own.rehearsal,
            opens_at=at(5, 9),
            due_at=at(9),
            closes_at=at(10),
            attempts_allowed=1,
            password="rehearsal",  # noqa: S106 - of a demonstration
        ),
    }


def _make_exceptions(
    demo: DemoClass, given: Mapping[str, Assignment], *, by: User, calendar: Calendar
) -> None:
    set_override(
        given["second"],
        by=by,
        details=OverrideDetails(
            label=demo.labels.evening,
            due_at=calendar.at(2, 22),
            reason="The evening group meets a day later",
        ),
    )
    for member in demo.students[6:7]:
        set_override(
            given["first"],
            by=by,
            details=OverrideDetails(
                person=member.person,
                due_at=calendar.at(-25),
                closes_at=calendar.at(-23),
                reason="Was ill; a certificate was handed in",
            ),
        )
