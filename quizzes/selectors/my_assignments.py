"""What a student's classes have given them, with their own dates and how far they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from django.db.models import QuerySet

from certportal.accounts.models import Classroom, Membership, User
from certportal.catalog.models import Certification, ExamGuide
from quizzes.engine.terms import EffectiveTerms, refusal
from quizzes.models import Assignment
from quizzes.selectors.assignment_status import Key, WorkStatus, statuses
from quizzes.selectors.assignment_terms import terms_of
from quizzes.selectors.withholding import concealed_attempts


@dataclass(frozen=True, slots=True)
class MyAssignment:
    """One assignment as one student stands in it."""

    assignment: Assignment
    membership: Membership
    terms: EffectiveTerms
    status: WorkStatus

    @property
    def classroom(self) -> Classroom:
        return self.assignment.classroom

    @property
    def guide(self) -> ExamGuide:
        exam = self.assignment.exam
        # One of both is set: a constraint of the table.
        return cast(ExamGuide, exam.guide if exam else self.assignment.guide)

    @property
    def certification(self) -> Certification:
        return self.guide.certification

    @property
    def next_date(self) -> datetime | None:
        """When it is due; without that, when it closes."""
        return self.status.due_at or self.status.closes_at

    @property
    def minutes(self) -> float:
        """Of a sitting, with extra time."""
        return self.terms.duration / timedelta(minutes=1)

    def may_begin(self, now: datetime) -> bool:
        """Whether dates and attempts allow a sitting now."""
        return not refusal(self.terms, now=now, used=self.status.attempts_used)


def my_assignments(student: User, *, now: datetime) -> tuple[MyAssignment, ...]:
    """What is to be done first, by its date; then what is over.

    At most ten statements, one for somebody who is in no class. Neither what was
    withdrawn nor what archived classes asked for.
    """
    members = list(_memberships(student))
    if not members:
        return ()
    asked = Assignment.objects.current().filter(
        classroom__in=[member.classroom_id for member in members]
    )
    return work_of(members, list(with_what_it_names(asked)), now=now)


def assigned_mocks(student: User, *, now: datetime) -> tuple[MyAssignment, ...]:
    """The exams of `my_assignments` that wait, run, or may be sat again."""
    return tuple(
        work
        for work in my_assignments(student, now=now)
        if work.assignment.is_mock and (not work.status.is_over or work.may_begin(now))
    )


def with_what_it_names(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """With everything that terms and pages follow."""
    return assignments.select_related(
        "classroom", "exam__guide__certification", "guide__certification"
    )


def work_of(
    members: Sequence[Membership], asked: Sequence[Assignment], *, now: datetime
) -> tuple[MyAssignment, ...]:
    """The work of one student from their memberships, in the order of `my_assignments`."""
    terms = terms_of(asked, members)
    found = _without_concealed(statuses(asked, members, now=now, terms=terms))
    by_class = {member.classroom_id: member for member in members}
    work = []
    for assignment in asked:
        member = by_class[assignment.classroom_id]
        key = (assignment.pk, member.person_id)
        if key in terms:
            work.append(MyAssignment(assignment, member, terms[key], found[key]))
    return tuple(sorted(work, key=_urgency))


def _without_concealed(found: Mapping[Key, WorkStatus]) -> dict[Key, WorkStatus]:
    """No mark that would tell its student answers of another exam that is open."""
    counted = [status.counted.attempt.pk for status in found.values() if status.counted]
    concealed = concealed_attempts(counted)
    return {
        key: replace(status, counted=None)
        if status.counted and status.counted.attempt.pk in concealed
        else status
        for key, status in found.items()
    }


def _memberships(student: User) -> Iterable[Membership]:
    return (
        Membership.objects.current()
        .students()
        .filter(person=student, classroom__archived_at=None)
        .select_related("person")
    )


_NEVER = datetime.max.replace(tzinfo=UTC)


def _urgency(work: MyAssignment) -> tuple[bool, datetime, int]:
    return work.status.is_over, work.next_date or _NEVER, work.assignment.pk
