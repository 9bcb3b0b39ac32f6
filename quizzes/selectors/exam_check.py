"""What can be drawn for a mock exam, domain by domain, and in words what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certportal.catalog.models import ExamDomain
from quizzes.engine.arranging import trial_draw
from quizzes.engine.candidates import units_of
from quizzes.engine.drawing import Candidate, fillable_size, missing_per_domain, quotas
from quizzes.engine.filling import Stock
from quizzes.models import Exam, Placement
from quizzes.models.exam import LARGEST_EXAM
from quizzes.selectors.candidates import mock_placements, stock
from quizzes.selectors.exam_blueprint import (
    SOURCE_USES,
    Blueprint,
    blueprint_of,
    drawable_questions,
    exam_blueprint,
    own_sections,
    own_weights,
)
from quizzes.selectors.mock_offers import SMALLEST_MOCK

DISJOINT_PAPERS = 3
"""Papers that a bank should fill for one student without repeating a question."""


@dataclass(frozen=True, slots=True)
class DomainCheck:
    """A domain with what the exam wants of it and what could stand on one paper."""

    domain: ExamDomain
    weight: Decimal
    wanted: int
    available: int
    """Of enemies only one counts; of a block all or none."""
    missing: int

    @property
    def for_three(self) -> int:
        """What three papers without a question in common need."""
        return DISJOINT_PAPERS * self.wanted

    @property
    def is_thin(self) -> bool:
        """Whether it fills one paper but not three without repeating a question."""
        return not self.missing and self.available < self.for_three


@dataclass(frozen=True, slots=True)
class ExamCheck:
    """The exam as it could be drawn now. `problems` is empty when it can."""

    blueprint: Blueprint
    domains: tuple[DomainCheck, ...]
    size: int
    """The size that `wanted` speaks of; of a catalogue exam without one the smallest."""
    largest: int
    """The largest paper in these proportions; 0 if there is none."""
    excluded: int
    """Questions that cannot stand beside others because they give each other away."""
    problems: tuple[str, ...]
    trials: int = 0
    """Questions on trial that could be added, at most as many as are asked for."""

    @property
    def for_three(self) -> int:
        return sum(row.for_three for row in self.domains)

    @property
    def thin(self) -> int:
        """Domains that would repeat questions before a third paper."""
        return sum(row.is_thin for row in self.domains)

    @property
    def is_drawable(self) -> bool:
        return not self.problems


def exam_check(exam: Exam, blueprint: Blueprint | None = None) -> ExamCheck:
    """At most two statements beyond those of the blueprint."""
    plan = blueprint or exam_blueprint(exam)
    candidates = stock(plan.placements).get(exam.guide_id, [])
    size = plan.size or (SMALLEST_MOCK if exam.is_shipped else 0)
    rows = tuple(_rows(plan, candidates, size))
    present = sum(candidate.domain in plan.weights for candidate in candidates)
    return ExamCheck(
        blueprint=plan,
        domains=rows,
        size=size,
        largest=_largest(plan, candidates),
        excluded=present - sum(row.available for row in rows if row.domain.key in plan.weights),
        problems=tuple(_problems(plan, rows)),
        trials=_trials(plan),
    )


def _trials(plan: Blueprint) -> int:
    if not plan.trials:
        return 0
    found = stock(plan.trial_placements).get(plan.guide.pk, [])
    return len(trial_draw(found, beside=(), size=plan.trials, seed=1))


def problems_of(exam: Exam) -> tuple[str, ...]:
    """Why the exam cannot be drawn, in the reader's language; empty when it can."""
    return exam_check(exam).problems


def undrawable(exams: Iterable[Exam]) -> frozenset[int]:
    """Which of these exams of instructors lack something now: two statements.

    They come with their guide, its certification and domains, weights, sources and sections.
    """
    own = [exam for exam in exams if not exam.is_shipped]
    from_sets = [exam for exam in own if exam.sources.all()]
    from_bank = [exam for exam in own if not exam.sources.all()]
    by_guide = stock(mock_placements({exam.guide for exam in from_bank}))
    by_exam = stock(_places_of(from_sets), by="question__sets__exams")
    lacking = set()
    for exam in own:
        chosen = exam.sources.all()
        candidates = by_exam.get(exam.pk, []) if chosen else by_guide.get(exam.guide_id, [])
        plan = blueprint_of(
            exam,
            weights=own_weights(exam),
            placements=Placement.objects.none(),
            candidates=candidates,
            sections=own_sections(exam),
        )
        if not plan.available:
            lacking.add(exam.pk)
    return frozenset(lacking)


def _places_of(exams: Collection[Exam]) -> QuerySet[Placement]:
    ids = [exam.pk for exam in exams]
    return Placement.objects.filter(
        question__in=drawable_questions(),
        # One filter: all of it is said of the same set.
        question__sets__archived_at=None,
        question__sets__use__in=SOURCE_USES,
        question__sets__exams__in=ids,
        question__sets__exams__guide=F("guide"),
    ).distinct()


def _rows(plan: Blueprint, candidates: Collection[Candidate], size: int) -> Iterator[DomainCheck]:
    weights = plan.weights
    wanted: dict[str, int] = {}
    missing: dict[str, int] = {}
    if weights:
        shares = quotas(list(weights.values()), size).counts
        wanted = dict(zip(weights, shares, strict=True))
        missing = missing_per_domain(candidates, weights=weights, size=size)
    units = Stock(units_of(candidates))
    present = Counter(candidate.domain for candidate in candidates)
    for domain in plan.guide.domains.all():
        if domain.is_current:
            key = domain.key
            yield DomainCheck(
                domain=domain,
                weight=weights.get(key, Decimal(0)),
                wanted=wanted.get(key, 0),
                available=units.best_fill({key: present[key]})[key],
                missing=missing.get(key, 0),
            )


def _largest(plan: Blueprint, candidates: Collection[Candidate]) -> int:
    if not plan.weights:
        return 0
    return fillable_size(candidates, weights=plan.weights, at_most=LARGEST_EXAM)


def _problems(plan: Blueprint, rows: Iterable[DomainCheck]) -> Iterator[str]:
    if plan.reason == "too_few":
        chosen = plan.draws_from_sets
        yield from (_shortage(row, from_sets=chosen) for row in rows if row.missing)
    elif plan.reason == "sections":
        yield _misfit(plan)
    elif plan.reason:
        yield _REASONS[plan.reason]()


_REASONS = {
    "retired": lambda: _("The certification is retired; no new mock exam of it starts."),
    "no_domains": lambda: _("There is no domain to draw from: every weight is 0 or missing."),
    "no_weights": lambda: _(
        "The vendor's weights of the domains are not settled. Give weights of your own."
    ),
    "no_length": lambda: _(
        "The length of the real exam is not known. Give the number of questions and the minutes."
    ),
}


def _misfit(plan: Blueprint) -> str:
    held = sum(plan.section_sizes)
    text = ngettext(
        "The sections hold %(held)d question in all, and the exam has %(size)d.",
        "The sections hold %(held)d questions in all, and the exam has %(size)d.",
        held,
    )
    return text % {"held": held, "size": plan.size}


def _shortage(row: DomainCheck, *, from_sets: bool) -> str:
    """One sentence on what a domain lacks; the count leads, so that plurals follow it."""
    values = {
        "domain": row.domain.text("name"),
        "missing": row.missing,
        "wanted": row.wanted,
        "available": row.available,
    }
    if row.available >= row.wanted:
        return _cramped(row.missing) % values
    if from_sets:
        text = ngettext(
            "%(domain)s lacks %(missing)d question: "
            "it needs %(wanted)d, the chosen sets have %(available)d.",
            "%(domain)s lacks %(missing)d questions: "
            "it needs %(wanted)d, the chosen sets have %(available)d.",
            row.missing,
        )
    else:
        text = ngettext(
            "%(domain)s lacks %(missing)d question: "
            "it needs %(wanted)d, the shared bank has %(available)d.",
            "%(domain)s lacks %(missing)d questions: "
            "it needs %(wanted)d, the shared bank has %(available)d.",
            row.missing,
        )
    return text % values


def _cramped(missing: int) -> str:
    return ngettext(
        "%(domain)s lacks %(missing)d question: there are enough, "
        "but some of them never stand on one paper with questions of other domains.",
        "%(domain)s lacks %(missing)d questions: there are enough, "
        "but some of them never stand on one paper with questions of other domains.",
        missing,
    )
