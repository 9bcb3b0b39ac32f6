"""What a mock exam asks for and draws from, whoever made it, and what it still lacks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import QuerySet, prefetch_related_objects

from certportal.catalog.models import ExamGuide
from quizzes.engine.drawing import Candidate, missing_per_domain
from quizzes.models import Exam, Placement, Question, QuestionSet
from quizzes.models.exam import Feedback
from quizzes.selectors.candidates import mock_placements, stock
from quizzes.selectors.mock_offers import domain_weights, minutes_for, mock_offer

SOURCE_USES = (QuestionSet.Use.BOTH, QuestionSet.Use.EXAM_ONLY)
"""Sets of these uses may be drawn by assigned exams."""


class SectionPlan(NamedTuple):
    """A section that an exam asks for."""

    title: str
    size: int


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One mock exam as it would be drawn now. `reason` is empty when it can start."""

    exam: Exam
    weights: Mapping[str, Decimal]
    """Weight by domain key, in the guide's order; domains of weight 0 are left out."""
    size: int
    minutes: int
    cut_fraction: Decimal
    cut_is_estimate: bool
    scale: tuple[int, int, int] | None
    """The vendor's scale; none beside a pass mark of one's own, which it does not fit."""
    feedback: str
    placements: QuerySet[Placement]
    """The places of questions that may be drawn, all of the exam's guide."""
    origins: Mapping[str, str]
    """Where weights, size, minutes, cut_fraction, scale and feedback come from:
    `exam`, `guide`, `bank`, `estimate` or `portal`."""
    reason: str
    """`no_domains`, `no_weights`, `no_length`, `sections`, `too_few`, for catalogue exams
    `retired`, or empty."""
    missing: Mapping[str, int]
    """Domain key -> questions that are lacking, where the reason is `too_few`."""
    draws_from_sets: bool = False
    """Whether it draws from chosen sets instead of the shared bank."""
    sections: tuple[SectionPlan, ...] = ()
    """Empty: the paper is one piece."""
    trials: int = 0
    """Questions on trial that are added to the paper and never count."""
    trial_placements: QuerySet[Placement] = field(default_factory=Placement.objects.none)
    """The places of questions on trial that may be drawn."""

    @property
    def guide(self) -> ExamGuide:
        return self.exam.guide

    @property
    def official_kinds(self) -> Collection[str]:
        """The kinds of questions that the real exam uses; they are drawn first."""
        kinds: Collection[str] = self.guide.official_kinds
        return kinds

    @property
    def available(self) -> bool:
        return not self.reason

    @property
    def section_sizes(self) -> tuple[int, ...]:
        return tuple(section.size for section in self.sections)


def exam_blueprint(exam: Exam) -> Blueprint:
    """At most ten statements; fewer where `exam` comes with what it points at."""
    prefetch_related_objects([exam], "guide__certification", "guide__domains")
    if exam.is_shipped:
        return _of_catalogue(exam)
    prefetch_related_objects([exam], "weights__domain", "sources", "sections")
    return own_blueprint(
        exam,
        weights=own_weights(exam),
        sources=exam.sources.all(),
        sections=own_sections(exam),
    )


def own_weights(exam: Exam) -> dict[str, Decimal]:
    """What an instructor gave each domain that the guide still has; empty: the guide's count."""
    return {
        row.domain.key: row.weight
        for row in exam.weights.all()
        if row.domain.is_current and row.domain.guide_id == exam.guide_id
    }


def own_sections(exam: Exam) -> list[SectionPlan]:
    """The sections that an instructor gave it, in order."""
    return [SectionPlan(row.title, row.size) for row in exam.sections.all()]


def own_blueprint(
    exam: Exam,
    *,
    weights: Mapping[str, Decimal],
    sources: Iterable[QuestionSet],
    sections: Sequence[SectionPlan],
) -> Blueprint:
    """The blueprint of an instructor's exam, saved or not. One statement."""
    chosen = list(sources)
    placements = source_placements(exam.guide, chosen)
    plan = blueprint_of(
        exam,
        weights=weights,
        sections=sections,
        placements=placements,
        candidates=stock(placements).get(exam.guide_id, []),
    )
    return replace(
        plan,
        draws_from_sets=bool(chosen),
        trial_placements=source_placements(exam.guide, chosen, on_trial=True),
    )


def source_placements(
    guide: ExamGuide, sources: Iterable[QuestionSet], *, on_trial: bool = False
) -> QuerySet[Placement]:
    """The places that an assigned exam may draw: of the chosen sets, or of the shared bank.

    Sets for assigned exams only count where they are chosen; archived ones, sets for
    practice only, and public samples never do.
    """
    chosen = [it.pk for it in sources]
    if not chosen:
        return mock_placements([guide], on_trial=on_trial)
    usable = QuestionSet.objects.in_use().filter(use__in=SOURCE_USES, pk__in=chosen)
    return Placement.objects.filter(
        guide=guide, question__in=drawable_questions(on_trial=on_trial).filter(sets__in=usable)
    )


def drawable_questions(*, on_trial: bool = False) -> QuerySet[Question]:
    """What assigned exams may draw of the sets that they choose."""
    questions = Question.objects.ready().filter(
        is_sample=False, is_pilot=on_trial, home_set__use__in=SOURCE_USES
    )
    if settings.MOCKS_DRAW_UNVERIFIED:
        return questions
    return questions.exclude(verification=Question.Verification.UNVERIFIED)


def blueprint_of(
    exam: Exam,
    *,
    weights: Mapping[str, Decimal],
    placements: QuerySet[Placement],
    candidates: Collection[Candidate],
    sections: Sequence[SectionPlan] = (),
) -> Blueprint:
    """What the exam says and its guide adds, with what these candidates cannot fill."""
    guide = exam.guide
    given = weights or domain_weights(guide)
    wanted = {key: weight for key, weight in given.items() if weight > 0}
    size = exam.size or guide.total or 0
    minutes = exam.minutes or (minutes_for(guide, size + exam.pilots) if size else 0)
    reason = _reason(guide, wanted, own=bool(weights), size=size, minutes=minutes)
    reason = reason or ("sections" if not _fit(sections, size) else "")
    missing = {} if reason else missing_per_domain(candidates, weights=wanted, size=size)
    is_own_cut = exam.cut_fraction is not None
    return Blueprint(
        exam=exam,
        weights=wanted,
        size=size,
        minutes=minutes,
        cut_fraction=guide.cut_fraction if exam.cut_fraction is None else exam.cut_fraction,
        cut_is_estimate=guide.cut_is_estimate and not is_own_cut,
        scale=None if is_own_cut else guide.scale,
        feedback=exam.feedback,
        placements=placements,
        origins={
            "weights": "exam" if weights else "guide",
            "size": "exam" if exam.size else "guide",
            "minutes": "exam" if exam.minutes else "guide",
            "cut_fraction": "exam" if is_own_cut else _origin_of_cut(guide),
            "scale": "exam" if is_own_cut else "guide",
            "feedback": "exam",
        },
        reason=reason or ("too_few" if any(missing.values()) else ""),
        missing={key: count for key, count in missing.items() if count},
        sections=tuple(sections),
        trials=exam.pilots,
    )


def _fit(sections: Sequence[SectionPlan], size: int) -> bool:
    """Whether the sections hold the paper exactly; without any it is one piece."""
    return not sections or sum(section.size for section in sections) == size


def _of_catalogue(exam: Exam) -> Blueprint:
    guide = exam.guide
    offer = mock_offer(guide)
    return Blueprint(
        exam=exam,
        weights=domain_weights(guide),
        size=offer.size,
        minutes=offer.minutes,
        cut_fraction=guide.cut_fraction,
        cut_is_estimate=guide.cut_is_estimate,
        scale=guide.scale,
        feedback=Feedback.AFTER_END,
        placements=mock_placements([guide]),
        origins={
            "weights": "guide",
            "size": "guide" if offer.size == guide.total else "bank",
            "minutes": "guide",
            "cut_fraction": _origin_of_cut(guide),
            "scale": "guide",
            "feedback": "portal",
        },
        reason=offer.reason,
        missing=offer.missing,
    )


def _reason(
    guide: ExamGuide, weights: Mapping[str, Decimal], *, own: bool, size: int, minutes: int
) -> str:
    if not weights:
        return "no_domains"
    if not own and not guide.weights_official:
        return "no_weights"
    if not size or not minutes:
        return "no_length"
    return ""


def _origin_of_cut(guide: ExamGuide) -> str:
    return "estimate" if guide.cut_is_estimate else "guide"
