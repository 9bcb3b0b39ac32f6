"""What a reader and the question bank add to the facts of one certification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from certportal.accounts.models import User
from certportal.catalog.models import ExamGuide
from certportal.catalog.selectors.certification_facts import DomainFacts, ExamFacts
from certportal.lib import charts
from progress.selectors.standing import NOTHING, Standing, standing_by_domain
from quizzes.selectors.exam_list import ExamOffer, catalogue_exams, exam_offer
from quizzes.selectors.practice_doors import Stock, stock_by_domain

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain with its weight, its questions, and how the reader stands in it."""

    facts: DomainFacts
    stock: Stock
    standing: Standing
    bar: charts.DomainBar

    @property
    def weight_share(self) -> float:
        return float(self.facts.weight) / _WHOLE

    @property
    def shows_official(self) -> bool:
        """Whether the vendor publishes something else than this one figure, such as a range."""
        published = self.facts.official_weight
        return bool(published) and published != f"{float(self.facts.weight):g}%"


@dataclass(frozen=True, slots=True)
class ExamSide:
    """The exam as the bank and the reader's own answers show it."""

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


def exam_side(exam: ExamFacts, student: User | None) -> ExamSide:
    """Seven statements, five for a stranger."""
    guide = (
        ExamGuide.objects.select_related("certification")
        .prefetch_related("domains", catalogue_exams())
        .get(pk=exam.guide_pk)
    )
    stocks = stock_by_domain(guide, student)
    standings = standing_by_domain(guide, student) if student else {}
    return ExamSide(
        guide=guide,
        domains=tuple(_row(domain, exam, stocks, standings) for domain in exam.domains),
        stock=sum(stocks.values(), Stock()),
        offer=exam_offer(guide),
        is_personal=student is not None,
    )


def _row(
    domain: DomainFacts,
    exam: ExamFacts,
    stocks: Mapping[int, Stock],
    standings: Mapping[int, Standing],
) -> DomainRow:
    standing = standings.get(domain.pk, NOTHING)
    interval = standing.interval
    return DomainRow(
        facts=domain,
        stock=stocks.get(domain.pk, Stock()),
        standing=standing,
        bar=charts.domain_bar(
            charts.Interval(standing.share, interval.low, interval.high),
            weight=float(domain.weight) / _WHOLE,
            target=float(exam.cut_fraction),
            is_known=standing.is_known,
        ),
    )
