"""What the classes of a student ask for, and how far the student is, in few statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from certportal.accounts.models import Classroom, Membership, User
from certportal.catalog.models import Certification, ExamGuide
from quizzes.models import Assignment, Attempt
from quizzes.selectors.assignment_status import WorkStatus, statuses
from quizzes.selectors.my_assignments import with_what_it_names

SOON = timedelta(days=7)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DueWork:
    """One assignment with its own dates of this student, and one thing to do about it."""

    assignment: Assignment
    status: WorkStatus
    next_position: int = 1
    """Where an open sitting goes on."""

    @property
    def classroom(self) -> Classroom:
        return self.assignment.classroom

    @property
    def certification(self) -> Certification:
        exam = self.assignment.exam
        # One of both is set: a constraint of the table.
        return cast(ExamGuide, exam.guide if exam else self.assignment.guide).certification

    @property
    def next_date(self) -> datetime | None:
        """When it is due; without that, when it closes."""
        return self.status.due_at or self.status.closes_at

    @property
    def can_be_done(self) -> bool:
        return self.status.state in {"not_started", "in_progress", "overdue"}

    @property
    def running(self) -> Attempt | None:
        return self.status.running

    @property
    def result(self) -> Attempt | None:
        """The sitting that counts, once nothing is left to do."""
        counted = self.status.counted
        return counted.attempt if counted and self.status.is_over else None

    def is_pressing(self, now: datetime) -> bool:
        """Whether it comes before what nobody waits for."""
        if not self.can_be_done:
            return False
        return self.next_date is not None and self.next_date <= now + SOON


def due_work(student: User, *, now: datetime) -> tuple[DueWork, ...]:
    """Everything that goes on, first what is to be done, by its date; then what is over.

    One statement for somebody in no class, at most seven where there is no extra time.
    """
    members = list(
        Membership.objects.current()
        .students()
        .filter(person=student, classroom__archived_at=None)
        .select_related("person")
    )
    if not members:
        return ()
    classrooms = [member.classroom_id for member in members]
    asked = list(with_what_it_names(Assignment.objects.current().filter(classroom__in=classrooms)))
    found = statuses(asked, members, now=now) if asked else {}
    work = [
        DueWork(assignment, found[assignment.pk, student.pk])
        for assignment in asked
        if (assignment.pk, student.pk) in found
    ]
    return tuple(sorted(work, key=_urgency))


def _urgency(work: DueWork) -> tuple[bool, datetime, int]:
    return work.status.is_over, work.next_date or _NEVER, work.assignment.pk
