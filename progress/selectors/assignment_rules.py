"""The rules of an assignment for everybody: what each student gets and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator

from certportal.accounts.models import ClassLabel, Membership, User
from progress.selectors.assignment_exceptions import base_exam_rules
from quizzes.engine.terms import (
    EffectiveTerms,
    ExamRules,
    Origin,
    Term,
    effective_terms,
)
from quizzes.models import Assignment, AssignmentOverride
from quizzes.selectors.assignment_terms import assignment_rules, terms_by_person

STUDENTS_PER_PAGE = 200
_EXCEPTIONAL = {Origin.LABEL, Origin.PERSON}


@dataclass(frozen=True, slots=True)
class Cell:
    """One rule of one student, with the terms that made it differ from the assignment's."""

    value: Any
    exception: Term[Any] | None
    """Where the rule comes from, if not from the assignment."""
    extra_time: Term[Any] | None
    """What moved it further, if anything did."""


@dataclass(frozen=True, slots=True)
class StudentRules:
    """The rules as they are for one student, extra time added."""

    member: Membership
    has_own: bool
    """Whether there is an exception for this person."""
    terms: EffectiveTerms

    @property
    def person(self) -> User:
        return self.member.person

    @property
    def opens(self) -> Cell:
        return _cell(self.terms.opens_at.value, self.terms.opens_at)

    @property
    def due(self) -> Cell:
        return self._moved(self.terms.own_due, self.terms.due_at)

    @property
    def closes(self) -> Cell:
        return self._moved(self.terms.own_close, self.terms.closes_at)

    @property
    def minutes(self) -> Cell:
        return self._moved(self.terms.duration.total_seconds() / 60, self.terms.minutes)

    @property
    def attempts(self) -> Cell:
        return _cell(self.terms.attempts.value, self.terms.attempts)

    @property
    def late(self) -> Cell:
        return _cell(self.terms.late.value, self.terms.late)

    @property
    def cells(self) -> tuple[Cell, ...]:
        return (self.opens, self.due, self.closes, self.minutes, self.attempts, self.late)

    @property
    def is_different(self) -> bool:
        """Whether anything differs from what the assignment says."""
        return any(cell.exception or cell.extra_time for cell in self.cells)

    def _moved(self, value: datetime | float | None, term: Term[Any]) -> Cell:
        moved = value is not None and self.terms.extra.total_seconds() > 0
        return _cell(value, term, extra_time=self.terms.extra_time if moved else None)


@dataclass(frozen=True, slots=True)
class AssignmentRulesPage:
    """Everything on the page of the rules."""

    assignment: Assignment
    base: EffectiveTerms
    """What the assignment says to everybody."""
    label_exceptions: tuple[AssignmentOverride, ...]
    """In the order in which they decide."""
    person_exceptions: tuple[AssignmentOverride, ...]
    students: Page[StudentRules]
    """Whom it is for, by name; those with the chosen label."""
    different: int
    """How many of them have other rules than the assignment says."""
    labels: tuple[ClassLabel, ...]
    """Of the class, to choose from."""
    label: str
    """The name of the one that was chosen."""

    @property
    def zone(self) -> str:
        return self.assignment.classroom.time_zone.replace("_", " ")

    @property
    def targets(self) -> tuple[str, ...]:
        """The labels and people that it is for; none: the whole class."""
        return tuple(str(it.label or it.person) for it in self.assignment.targets.all())


def assignment_rules_page(
    assignment: Assignment, *, label: str = "", page: str = "1"
) -> AssignmentRulesPage:
    """A fixed number of statements, however many students there are."""
    overrides = list(assignment.overrides.select_related("label", "person"))
    labels = tuple(assignment.classroom.labels.all())
    chosen = next((it for it in labels if it.name == label), None)
    students = _students(assignment, chosen, {it.person_id for it in overrides})
    return AssignmentRulesPage(
        assignment=assignment,
        base=base_terms(assignment, base_exam_rules(assignment)),
        label_exceptions=tuple(it for it in overrides if it.label_id),
        person_exceptions=tuple(
            sorted((it for it in overrides if it.person_id), key=lambda it: str(it.person))
        ),
        students=Paginator(students, STUDENTS_PER_PAGE).get_page(page),
        different=sum(student.is_different for student in students),
        labels=labels,
        label=chosen.name if chosen else "",
    )


def base_terms(assignment: Assignment, exam: ExamRules) -> EffectiveTerms:
    """The rules of somebody without exceptions and without extra time."""
    return effective_terms(assignment=assignment_rules(assignment), exam=exam)


def _students(
    assignment: Assignment, label: ClassLabel | None, with_own: Iterable[int | None]
) -> tuple[StudentRules, ...]:
    members = Membership.objects.current().students().filter(classroom=assignment.classroom)
    if label:
        members = members.filter(labels=label)
    found = list(
        members.select_related("person")
        .prefetch_related("labels")
        .order_by("person__display_name", "pk")
    )
    own = set(with_own)
    terms = terms_by_person(assignment, found)
    return tuple(
        StudentRules(member, member.person_id in own, terms[member.person_id])
        for member in found
        if member.person_id in terms
    )


def _cell(value: Any, term: Term[Any], *, extra_time: Term[Any] | None = None) -> Cell:
    return Cell(value, term if term.origin in _EXCEPTIONAL else None, extra_time)
