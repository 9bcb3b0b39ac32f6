"""What an exception from an assignment starts from, and for whom one can be made."""

from __future__ import annotations

from dataclasses import dataclass

from certportal.accounts.models import ClassLabel, Membership, User
from progress.selectors.assignment_choices import class_students
from quizzes.engine.terms import NO_EXAM, EffectiveTerms, ExamRules, effective_terms
from quizzes.models import Assignment
from quizzes.selectors.assignment_terms import assignment_rules, exam_rules_of, exception_rules


@dataclass(frozen=True, slots=True)
class ExceptionChoices:
    """What the form of an exception offers and inherits."""

    labels: tuple[ClassLabel, ...]
    students: tuple[User, ...]
    next_position: int
    """For the exception of one more label: after all others."""
    inherited: EffectiveTerms
    """The rules without this exception and without extra time."""


def exception_choices(assignment: Assignment, *, person: User | None = None) -> ExceptionChoices:
    """Those who have no exception yet; `person` inherits from labels, too."""
    overrides = list(assignment.overrides.all())
    labels = {it.label_id for it in overrides}
    people = {it.person_id for it in overrides}
    return ExceptionChoices(
        labels=tuple(it for it in assignment.classroom.labels.all() if it.pk not in labels),
        students=tuple(it for it in class_students(assignment.classroom) if it.pk not in people),
        next_position=max((it.position for it in overrides), default=0) + 1,
        inherited=inherited_terms(assignment, person=person),
    )


def inherited_terms(assignment: Assignment, *, person: User | None = None) -> EffectiveTerms:
    """The rules of the assignment, or what a person gets of it by their labels."""
    applying = []
    if person:
        members = Membership.objects.current().filter(classroom=assignment.classroom)
        mine = ClassLabel.objects.filter(memberships__in=members.filter(person=person))
        applying = list(assignment.overrides.filter(label__in=mine).select_related("label"))
    return effective_terms(
        assignment=assignment_rules(assignment),
        exam=base_exam_rules(assignment),
        exceptions=[exception_rules(it, it.label) for it in applying],
    )


def base_exam_rules(assignment: Assignment) -> ExamRules:
    """What the exam asks for before anybody's exceptions."""
    exam = assignment.exam
    return exam_rules_of([exam])[exam.pk] if exam else NO_EXAM
