"""What an instructor may choose from when giving work to a class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from certportal.accounts.models import ClassLabel, Classroom, Membership, User
from certportal.catalog.models import ExamGuide
from progress.models import ClassGoal
from quizzes.models import Assignment, Attempt, Exam
from quizzes.selectors.exam_blueprint import own_blueprint, own_sections, own_weights
from quizzes.selectors.mock_offers import MockOffer, mock_offers


@dataclass(frozen=True, slots=True)
class ExamChoice:
    """One exam that may be given, with what would be drawn now."""

    exam: Exam
    size: int
    minutes: int
    reason: str
    """Why it cannot be drawn, as in a `Blueprint`; empty when it can."""
    missing: int
    """Questions that are lacking."""

    @property
    def guide(self) -> ExamGuide:
        return self.exam.guide

    @property
    def code(self) -> str:
        return self.guide.certification.code

    @property
    def available(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class AssignmentChoices:
    """Everything that the form of an assignment offers."""

    exams: tuple[ExamChoice, ...]
    guides: tuple[ExamGuide, ...]
    goal: ExamGuide | None
    """What the class learns for."""
    labels: tuple[ClassLabel, ...]
    students: tuple[User, ...]

    @property
    def unavailable(self) -> tuple[ExamChoice, ...]:
        return tuple(choice for choice in self.exams if not choice.available)


def assignment_choices(
    classroom: Classroom, *, by: User, kept: Assignment | None = None
) -> AssignmentChoices:
    """What `by` may give to the class; `kept` is offered what it has already."""
    goal = (
        ClassGoal.objects.filter(classroom=classroom)
        .select_related("guide__certification")
        .prefetch_related("guide__domains")
        .first()
    )
    guide = goal.guide if goal else None
    exams = _exam_choices(by, kept)
    guides = _guides({it.pk for it in (guide, kept and kept.guide) if it})
    return AssignmentChoices(
        exams=tuple(sorted(exams, key=lambda it: _rank(it.exam, guide))),
        guides=guides,
        goal=guide,
        labels=tuple(classroom.labels.all()),
        students=class_students(classroom),
    )


def _rank(exam: Exam, goal: ExamGuide | None) -> tuple[bool, bool]:
    """What the class learns for comes first, the whole exam before parts; then own exams."""
    is_goal = goal is not None and exam.guide_id == goal.pk
    return not is_goal, exam.is_shipped is not is_goal


def class_students(classroom: Classroom) -> tuple[User, ...]:
    """Who learns in the class now, by name."""
    members = Membership.objects.current().students().filter(classroom=classroom)
    people = User.objects.filter(pk__in=members.values("person"))
    return tuple(people.order_by("display_name", "pk"))


def reached_students(
    classroom: Classroom, *, labels: Iterable[ClassLabel], people: Iterable[User]
) -> int:
    """How many students an assignment for these is for; without any: the whole class."""
    members = Membership.objects.current().students().filter(classroom=classroom)
    chosen_labels, chosen_people = list(labels), list(people)
    if chosen_labels or chosen_people:
        members = members.filter(Q(labels__in=chosen_labels) | Q(person__in=chosen_people))
    return members.distinct().count()


@dataclass(frozen=True, slots=True)
class Sittings:
    """How many sittings of an assignment there are."""

    running: int
    ended: int

    @property
    def has_begun(self) -> bool:
        return bool(self.running or self.ended)


def sittings_of(assignment: Assignment) -> Sittings:
    attempts = Attempt.objects.filter(assignment=assignment)
    running = attempts.open().count()
    return Sittings(running=running, ended=attempts.count() - running)


def _exam_choices(by: User, kept: Assignment | None) -> list[ExamChoice]:
    mine = Q(pk__in=Exam.objects.assignable_by(by).values("pk"))
    if kept and kept.exam_id:
        mine |= Q(pk=kept.exam_id)
    exams = list(
        Exam.objects.filter(mine)
        .select_related("guide__certification__vendor")
        .prefetch_related("guide__domains", "weights__domain", "sources", "sections")
        .order_by("guide__certification__vendor__position", "guide__certification__position", "pk")
    )
    offers = mock_offers(exam.guide for exam in exams if exam.is_shipped)
    return [
        _catalogue_choice(exam, offers) if exam.is_shipped else _own_choice(exam) for exam in exams
    ]


def _catalogue_choice(exam: Exam, offers: dict[int, MockOffer]) -> ExamChoice:
    offer = offers[exam.guide_id]
    return ExamChoice(exam, offer.size, offer.minutes, offer.reason, sum(offer.missing.values()))


def _own_choice(exam: Exam) -> ExamChoice:
    drawn = own_blueprint(
        exam,
        weights=own_weights(exam),
        sources=exam.sources.all(),
        sections=own_sections(exam),
    )
    return ExamChoice(exam, drawn.size, drawn.minutes, drawn.reason, sum(drawn.missing.values()))


def _guides(kept: set[int]) -> tuple[ExamGuide, ...]:
    """The current ones that have domains, and those that are in use here."""
    guides = ExamGuide.objects.filter(
        Q(pk__in=kept) | Q(is_current=True, domains__is_current=True)
    ).distinct()
    return tuple(
        guides.select_related("certification__vendor")
        .prefetch_related("domains")
        .in_catalogue_order()
    )
