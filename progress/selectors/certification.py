"""What a reader and the question bank add to the facts of one certification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from certportal.accounts.models import User
from certportal.catalog.models import ExamDomain, ExamGuide, Objective
from certportal.lib import charts
from progress.selectors.standing import NOTHING, Standing, standing_by_domain
from quizzes.selectors.exam_list import ExamOffer, exam_offer
from quizzes.selectors.practice_doors import Stock, stock_by_domain

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    objective: Objective
    topics: tuple[str, ...]
    """In the reader's language."""


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain with its weight, its questions, and how the reader stands in it."""

    domain: ExamDomain
    objectives: tuple[ObjectiveRow, ...]
    stock: Stock
    standing: Standing
    bar: charts.DomainBar

    @property
    def weight_share(self) -> float:
        return float(self.domain.weight) / _WHOLE

    @property
    def shows_official(self) -> bool:
        """Whether the vendor publishes something else than this one figure, such as a range."""
        published = self.domain.official_weight
        return bool(published) and published != f"{float(self.domain.weight):g}%"


@dataclass(frozen=True, slots=True)
class ExamSide:
    """What the question bank adds to the facts of a certification."""

    guide: ExamGuide
    domains: tuple[DomainRow, ...]
    stock: Stock
    offer: ExamOffer
    is_personal: bool
    """Whether the reader is signed in, so that standing and unseen mean somebody."""

    @property
    def answers(self) -> int:
        return sum(row.standing.n for row in self.domains)

    @property
    def has_thin_domain(self) -> bool:
        return any(not row.standing.is_known for row in self.domains)


def exam_side(guide: ExamGuide, student: User | None) -> ExamSide:
    """At most four statements.

    `guide` comes from `certification_facts`: with `certification` selected, and its
    current `domains`, their `objectives` and `exams` prefetched.
    """
    stocks = stock_by_domain(guide, student)
    standings = standing_by_domain(guide, student) if student else {}
    return ExamSide(
        guide=guide,
        domains=tuple(_row(domain, guide, stocks, standings) for domain in guide.domains.all()),
        stock=sum(stocks.values(), Stock()),
        offer=exam_offer(guide),
        is_personal=student is not None,
    )


def _row(
    domain: ExamDomain,
    guide: ExamGuide,
    stocks: Mapping[int, Stock],
    standings: Mapping[int, Standing],
) -> DomainRow:
    standing = standings.get(domain.pk, NOTHING)
    interval = standing.interval
    return DomainRow(
        domain=domain,
        objectives=tuple(
            ObjectiveRow(it, tuple(it.texts("topics"))) for it in domain.objectives.all()
        ),
        stock=stocks.get(domain.pk, Stock()),
        standing=standing,
        bar=charts.domain_bar(
            charts.Interval(standing.share, interval.low, interval.high),
            weight=float(domain.weight) / _WHOLE,
            target=float(guide.cut_fraction),
            is_known=standing.is_known,
        ),
    )
