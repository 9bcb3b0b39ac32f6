"""The effective rules of an assignment for each person, with where every one comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import prefetch_related_objects

from certportal.accounts.models import ClassLabel, Membership
from quizzes.engine.terms import (
    NO_EXAM,
    AssignmentRules,
    EffectiveTerms,
    ExamRules,
    ExceptionRules,
    ExtraTime,
    LateRule,
    Origin,
    Term,
    effective_terms,
)
from quizzes.models import (
    Assignment,
    AssignmentOverride,
    AssignmentTarget,
    Exam,
    Placement,
)
from quizzes.selectors.exam_blueprint import Blueprint, blueprint_of
from quizzes.selectors.mock_offers import mock_offers


def terms_by_person(
    assignment: Assignment, memberships: Iterable[Membership]
) -> dict[int, EffectiveTerms]:
    """The rules by person id, of those whom the assignment is for.

    A fixed number of statements, however many people there are.
    """
    return {person: terms for (_, person), terms in terms_of([assignment], memberships).items()}


def terms_of(
    assignments: Iterable[Assignment], memberships: Iterable[Membership]
) -> dict[tuple[int, int], EffectiveTerms]:
    """The rules by (assignment id, person id), of those whom each assignment is for.

    At most ten statements; fewer where the rows come with what they point at, that is
    `exam__guide__certification` and `person`.
    """
    asked, people = list(assignments), list(memberships)
    prefetch_related_objects(asked, "targets", "overrides", "exam__guide__certification")
    prefetch_related_objects(people, "labels", "person")
    return _terms_of(asked, people, exam_rules_of({it.exam for it in asked if it.exam}))


def dates_of(
    assignments: Iterable[Assignment], memberships: Iterable[Membership]
) -> dict[tuple[int, int], EffectiveTerms]:
    """As `terms_of`, but questions, minutes and pass mark may be missing.

    Where nobody has extra time no date depends on them, and they cost statements.
    """
    asked, people = list(assignments), list(memberships)
    prefetch_related_objects(people, "labels", "person")
    if any(it.factor > 1 for member in people for it in extra_times(member)):
        return terms_of(asked, people)
    prefetch_related_objects(asked, "targets", "overrides")
    return _terms_of(asked, people, {})


def _terms_of(
    assignments: Iterable[Assignment],
    memberships: Iterable[Membership],
    exams: Mapping[int, ExamRules],
) -> dict[tuple[int, int], EffectiveTerms]:
    people = [_Person.of(member) for member in memberships]
    found = {}
    for assignment in assignments:
        maker = _TermsMaker(assignment, exams.get(assignment.exam_id or 0, NO_EXAM))
        for person in people:
            if maker.is_for(person):
                found[assignment.pk, person.member.person_id] = maker.terms_for(person)
    return found


def terms_for(
    assignment: Assignment, member: Membership, *, exam: ExamRules
) -> EffectiveTerms | None:
    """The rules of one person, with an exam as it would be drawn now; None: not for them."""
    return _terms_of([assignment], [member], {assignment.exam_id or 0: exam}).get(
        (assignment.pk, member.person_id)
    )


def terms_if_given(
    assignment: Assignment, member: Membership, *, exam: ExamRules
) -> EffectiveTerms:
    """The rules that would be this person's, also when the assignment is not for them."""
    return _TermsMaker(assignment, exam).terms_for(_Person.of(member))


def is_given(assignment: Assignment, member: Membership) -> bool:
    """Whether the assignment is for this student; no statement where all is prefetched."""
    return _is_for(assignment, assignment.targets.all(), _Person.of(member))


@dataclass(frozen=True, slots=True)
class _Person:
    """A member with what is asked of each again and again."""

    member: Membership
    labels: tuple[ClassLabel, ...]
    more: tuple[ExtraTime, ...]
    """What gives this person more time."""

    @classmethod
    def of(cls, member: Membership) -> _Person:
        more = tuple(it for it in extra_times(member) if it.factor > 1)
        return cls(member, tuple(member.labels.all()), more)


def _is_for(assignment: Assignment, targets: Iterable[AssignmentTarget], person: _Person) -> bool:
    member = person.member
    if member.classroom_id != assignment.classroom_id or member.role != Membership.Role.STUDENT:
        return False
    labels = {label.pk for label in person.labels}
    return not targets or any(
        target.person_id == member.person_id or target.label_id in labels for target in targets
    )


def exam_rules_of(exams: Iterable[Exam]) -> dict[int, ExamRules]:
    """What each exam asks for, by its id: two statements, where one is of the catalogue.

    The exams come with `guide__certification`. Where the catalogue cannot offer a mock now,
    its guide's own numbers stand.
    """
    known = {exam.pk: exam for exam in exams}
    guides = [exam.guide for exam in known.values() if exam.is_shipped]
    prefetch_related_objects(guides, "domains")
    offers = mock_offers(guides) if guides else {}
    rules = {}
    for exam in known.values():
        if exam.is_shipped:
            offer, guide = offers[exam.guide_id], exam.guide
            size = offer.size or guide.total or 0
            minutes = offer.minutes or guide.duration_minutes or 0
            rules[exam.pk] = _catalogue_rules(exam, size=size, minutes=minutes)
        else:
            rules[exam.pk] = rules_of_blueprint(_without_stock(exam))
    return rules


def _without_stock(exam: Exam) -> Blueprint:
    """The numbers of an instructor's exam; weights and stock decide nothing about them."""
    return blueprint_of(
        exam, weights={"": Decimal(1)}, placements=Placement.objects.none(), candidates=()
    )


def rules_of_blueprint(blueprint: Blueprint) -> ExamRules:
    """What the drawn paper will ask for."""
    exam, origins = blueprint.exam, blueprint.origins

    def origin(name: str) -> tuple[Origin, str]:
        found = Origin(origins[name])
        return found, _source(exam, found)

    return ExamRules(
        questions=Term(blueprint.size, *origin("size")),
        minutes=Term(blueprint.minutes, *origin("minutes")),
        cut_fraction=Term(_plain(blueprint.cut_fraction), *origin("cut_fraction")),
        scale=Term(blueprint.scale, *origin("scale")),
        feedback=Term(blueprint.feedback, *origin("feedback")),
    )


def _catalogue_rules(exam: Exam, *, size: int, minutes: int) -> ExamRules:
    guide, code = exam.guide, exam.guide.certification.code
    cut = Origin.ESTIMATE if guide.cut_is_estimate else Origin.GUIDE
    return ExamRules(
        questions=Term(size, Origin.GUIDE if size == guide.total else Origin.BANK, code),
        minutes=Term(minutes, Origin.GUIDE, code),
        cut_fraction=Term(_plain(guide.cut_fraction), cut, code),
        scale=Term(guide.scale, Origin.GUIDE, code),
        feedback=Term(exam.feedback, Origin.PORTAL),
    )


def _source(exam: Exam, origin: Origin) -> str:
    if origin is Origin.EXAM:
        return str(exam)
    return "" if origin is Origin.PORTAL else exam.guide.certification.code


def _plain(number: Decimal) -> str:
    return str(number.normalize())


def assignment_rules(assignment: Assignment) -> AssignmentRules:
    return AssignmentRules(
        title=assignment.title,
        late=LateRule(assignment.late_policy, assignment.late_deduction or 0),
        counting=assignment.counting,
        opens_at=assignment.opens_at,
        due_at=assignment.due_at,
        closes_at=assignment.closes_at,
        attempts=assignment.attempts_allowed,
        feedback=assignment.feedback,
    )


def exception_rules(override: AssignmentOverride, label: ClassLabel | None) -> ExceptionRules:
    return ExceptionRules(
        label=label.name if label else "",
        rank=(override.position, override.pk or 0),
        opens_at=override.opens_at,
        due_at=override.due_at,
        closes_at=override.closes_at,
        attempts=override.attempts_allowed,
        minutes=override.minutes,
        late=LateRule(override.late_policy, override.late_deduction or 0)
        if override.late_policy
        else None,
    )


def extra_times(member: Membership) -> tuple[ExtraTime, ...]:
    """Everything that gives this person more time in the class."""
    labels: Sequence[ClassLabel] = list(member.labels.all())
    return (
        ExtraTime(member.person.extra_time_factor, Origin.ACCOUNT),
        ExtraTime(member.extra_time_factor or Decimal(1), Origin.MEMBER),
        *(
            ExtraTime(label.extra_time_factor, Origin.LABEL, label.name)
            for label in labels
            if label.extra_time_factor
        ),
    )


class _TermsMaker:
    """Makes the terms of one assignment; people with the same exceptions share theirs."""

    def __init__(self, assignment: Assignment, exam: ExamRules) -> None:
        self._assignment = assignment
        self._rules = assignment_rules(assignment)
        self._exam = exam
        self._targets = list(assignment.targets.all())
        overrides = assignment.overrides.all()
        self._of_person = {it.person_id: it for it in overrides if it.person_id}
        self._of_label = {it.label_id: it for it in overrides if it.label_id}
        self._made: dict[object, EffectiveTerms] = {}

    def is_for(self, person: _Person) -> bool:
        return _is_for(self._assignment, self._targets, person)

    def terms_for(self, person: _Person) -> EffectiveTerms:
        exceptions = tuple(self._exceptions(person))
        made = self._made.get((exceptions, person.more))
        if made is None:
            made = self._made[exceptions, person.more] = effective_terms(
                assignment=self._rules,
                exam=self._exam,
                exceptions=exceptions,
                extra_times=person.more,
                grace_seconds=settings.EXAM_GRACE_SECONDS,
            )
        return made

    def _exceptions(self, person: _Person) -> Iterator[ExceptionRules]:
        if own := self._of_person.get(person.member.person_id):
            yield exception_rules(own, None)
        for label in person.labels if self._of_label else ():
            if override := self._of_label.get(label.pk):
                yield exception_rules(override, label)
