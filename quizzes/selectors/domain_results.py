"""What a closed attempt says domain by domain, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from certportal.catalog.models import ExamDomain
from certportal.lib import charts
from quizzes.engine.scoring import Interval, domain_breakdown, wilson
from quizzes.models import AttemptItem, Score

_FEWEST_FOR_A_SHARE = 8
FEWEST_TOLD = 3
"""Of fewer questions the points tell which answers are right."""


@dataclass(frozen=True, slots=True)
class DomainResult:
    """k points of n questions in one domain, with its Wilson 90% interval."""

    domain: ExamDomain
    points: Fraction
    n: int
    interval: Interval
    verdict: str
    """`above` or `below` when the whole interval is, else `unsettled`."""
    target: float

    @property
    def tells_share(self) -> bool:
        """Whether there are questions enough for a percentage; of fewer only the interval is."""
        return self.n >= _FEWEST_FOR_A_SHARE

    @property
    def share(self) -> float:
        return float(self.points / self.n)

    @property
    def bar(self) -> charts.DomainBar:
        return charts.domain_bar(
            around(self.share, self.interval),
            weight=float(self.domain.weight) / 100,
            target=self.target,
        )


def around(value: float, interval: Interval, size: int = 1) -> charts.Interval:
    """An interval of shares as a chart takes it; rounding never puts the value outside."""
    low, high = interval.low * size, interval.high * size
    return charts.Interval(value, min(low, value), max(high, value))


def shares_of(score: Score) -> dict[int, Fraction]:
    """The share of its point that each scored question brought, by position."""
    return {int(place): Fraction(share) for place, share in score.item_shares.items()}


def domain_results(
    items: Sequence[AttemptItem], shares: Mapping[int, Fraction], *, target: float
) -> tuple[DomainResult, ...]:
    """Results in the order of the guide; nothing is asked of the database.

    Args:
        items: the paper, with domains selected.
        shares: points by position, of scored questions only.
        target: the share to reach.
    """
    scored = [item for item in items if item.position in shares]
    domains = {item.domain.key: item.domain for item in scored}
    totals = domain_breakdown((item.domain.key, shares[item.position]) for item in scored)
    return tuple(
        _result(domain, totals[key].k, totals[key].n, target)
        for key, domain in sorted(domains.items(), key=lambda pair: pair[1].position)
    )


def _result(domain: ExamDomain, points: Fraction, n: int, target: float) -> DomainResult:
    interval = wilson(points, n)
    verdict = "unsettled"
    if interval.low > target:
        verdict = "above"
    elif interval.high < target:
        verdict = "below"
    return DomainResult(domain, points, n, interval, verdict, target)


def told_domains(results: Sequence[DomainResult]) -> tuple[DomainResult, ...]:
    """The domains that may be told while the questions of the paper are not.

    What is left out is what the score and the told domains leave to reckon, so it must
    not be too small either.
    """
    told = sorted((it for it in results if it.n >= FEWEST_TOLD), key=lambda it: it.n)
    rest = sum(it.n for it in results) - sum(it.n for it in told)
    while told and 0 < rest < FEWEST_TOLD:
        rest += told.pop(0).n
    return tuple(it for it in results if it in told)


def weakest(results: Iterable[DomainResult]) -> DomainResult | None:
    """The domain that may be lowest of all, by the lower end of its interval.

    None where nothing was wrong: there practice cannot add what this attempt missed.
    """
    improvable = [result for result in results if result.points < result.n]
    return min(improvable, key=lambda result: result.interval.low, default=None)
