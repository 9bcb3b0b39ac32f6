"""What a student is asked to do: the rules with their origins, the start, the sittings so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from certportal.accounts.models import Membership, User
from certportal.catalog.models import ExamDomain
from quizzes.engine.scoring import pass_line
from quizzes.engine.terms import EffectiveTerms, deadline, refusal
from quizzes.models import Assignment, Attempt
from quizzes.selectors.assignment_status import (
    CountedMark,
    WorkStatus,
    mark_of,
    sittings_of,
    statuses,
)
from quizzes.selectors.assignment_terms import (
    is_given,
    rules_of_blueprint,
    terms_if_given,
    terms_of,
)
from quizzes.selectors.exam_blueprint import Blueprint, SectionPlan, exam_blueprint
from quizzes.selectors.exam_check import exam_check
from quizzes.selectors.my_assignments import MyAssignment, with_what_it_names
from quizzes.selectors.open_sittings import OpenSitting
from quizzes.selectors.withholding import concealed_attempts

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SittingRow:
    """One sitting so far."""

    attempt: Attempt
    mark: CountedMark | None
    """None while it is open, and while its points would tell about another open exam."""
    is_counted: bool


@dataclass(frozen=True, slots=True)
class AssignmentPage:
    """One assignment before, between and after its sittings."""

    work: MyAssignment
    now: datetime
    refusal: str
    """Why nothing begins now; empty when it can."""
    problems: tuple[str, ...]
    """What the exam lacks, each in a sentence."""
    sittings: tuple[SittingRow, ...]
    running: OpenSitting | None
    domains: tuple[ExamDomain, ...]
    """Of a practice goal that keeps to some."""
    sections: tuple[SectionPlan, ...] = ()
    """Of an exam that is left part by part."""
    trials: int = 0
    """Questions on trial that are added to the paper and never count."""

    @property
    def assignment(self) -> Assignment:
        return self.work.assignment

    @property
    def terms(self) -> EffectiveTerms:
        return self.work.terms

    @property
    def status(self) -> WorkStatus:
        return self.work.status

    @property
    def zone(self) -> str:
        """The zone of the class, in which its dates are shown."""
        return self.work.classroom.time_zone

    @property
    def extra_percent(self) -> int:
        return int((self.terms.extra_time.value - 1) * 100)

    @property
    def minutes(self) -> float:
        """With extra time."""
        return self.terms.duration / _MINUTE

    @property
    def extra_minutes(self) -> float:
        return self.terms.extra / _MINUTE

    @property
    def line(self) -> int:
        """Points that pass."""
        return pass_line(self.terms.questions.value, self.terms.cut_fraction.value)

    @property
    def share(self) -> float:
        return float(self.terms.cut_fraction.value)

    @property
    def minutes_from_now(self) -> int:
        """Whole minutes that a sitting begun now would have."""
        return max(0, (deadline(self.now, self.terms) - self.now) // _MINUTE)

    @property
    def is_cut_short(self) -> bool:
        """Whether the closing takes time from a sitting that begins now."""
        last = self.terms.last_start
        return last is not None and self.now > last

    @property
    def is_late_now(self) -> bool:
        due = self.status.due_at
        return due is not None and self.now > due

    @property
    def left(self) -> int:
        """Questions that a practice goal still lacks."""
        return max(0, self.status.goal - self.status.answered)


def given_assignment(public_id: UUID, student: User) -> tuple[Assignment, Membership]:
    """An assignment and through which membership this student has it: three statements.

    Who has sat it may read it also when it is for others now.

    Raises:
        Assignment.DoesNotExist: it is not for them, or they or the class are gone.
    """
    assignment = (
        with_what_it_names(Assignment.objects.filter(classroom__archived_at=None))
        .prefetch_related("targets")
        .get(public_id=public_id)
    )
    member = (
        Membership.objects.current()
        .students()
        .filter(person=student, classroom=assignment.classroom)
        .select_related("person")
        .prefetch_related("labels")
        .first()
    )
    if member is None or not (is_given(assignment, member) or _has_sat(assignment, student)):
        raise Assignment.DoesNotExist
    return assignment, member


def _has_sat(assignment: Assignment, student: User) -> bool:
    return Attempt.objects.filter(assignment=assignment, student=student).exists()


def assignment_page(
    assignment: Assignment,
    member: Membership,
    *,
    sittings: Iterable[OpenSitting],
    now: datetime,
) -> AssignmentPage:
    """The page of what `given_assignment` found: a fixed number of statements."""
    key = (assignment.pk, member.person_id)
    terms, blueprint = _terms_and_blueprint(assignment, member)
    reason = blueprint.reason if blueprint else ""
    status = statuses([assignment], [member], now=now, terms={key: terms})[key]
    own = sittings_of([assignment], [member]).get(key, ())
    return AssignmentPage(
        work=MyAssignment(assignment, member, terms, status),
        now=now,
        refusal=(
            _refusal(assignment, terms, status, now) or reason
            if is_given(assignment, member)
            else "not_given"
        ),
        problems=exam_check(blueprint.exam, blueprint).problems if blueprint and reason else (),
        sittings=_rows(own, status),
        running=next((it for it in sittings if it.attempt.assignment_id == assignment.pk), None),
        domains=tuple(assignment.domains.all()) if not assignment.is_mock else (),
        sections=blueprint.sections if blueprint else (),
        trials=blueprint.trials if blueprint else 0,
    )


def _terms_and_blueprint(
    assignment: Assignment, member: Membership
) -> tuple[EffectiveTerms, Blueprint | None]:
    """The rules, and what the exam draws; nothing for a practice goal."""
    if assignment.exam is None:
        return terms_of([assignment], [member])[assignment.pk, member.person_id], None
    blueprint = exam_blueprint(assignment.exam)
    rules = rules_of_blueprint(blueprint)
    return terms_if_given(assignment, member, exam=rules), blueprint


def _refusal(
    assignment: Assignment, terms: EffectiveTerms, status: WorkStatus, now: datetime
) -> str:
    if assignment.is_withdrawn:
        return "withdrawn"
    code = refusal(terms, now=now, used=status.attempts_used)
    if code:
        return code
    exam = assignment.exam
    return "exam_unpublished" if exam and not exam.is_published else ""


def _rows(sittings: Sequence[Any], status: WorkStatus) -> tuple[SittingRow, ...]:
    concealed = concealed_attempts([it.pk for it in sittings if not it.is_open])
    counted = status.counted.attempt.pk if status.counted else None
    return tuple(
        SittingRow(
            attempt=attempt,
            mark=None if attempt.is_open or attempt.pk in concealed else mark_of(attempt),
            is_counted=attempt.pk == counted and not concealed,
        )
        for attempt in sittings
    )
