"""Which certifications offer a mock exam, how long it is, and what is missing elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from certportal.catalog.models import Certification, ExamGuide
from quizzes.engine.drawing import Candidate, fillable_size, missing_per_domain
from quizzes.selectors.candidates import mock_placements, stock

SMALLEST_MOCK = 20
"""Places below which a mock says too little to be called one."""


@dataclass(frozen=True, slots=True)
class MockOffer:
    """What a certification offers now. `reason` is empty when a mock can start."""

    guide: ExamGuide
    size: int
    minutes: int
    reason: str
    """`retired`, `no_domains`, `no_weights`, `no_length`, `too_few`, or empty."""
    missing: Mapping[str, int]
    """Domain key -> questions that the smallest mock still lacks."""

    @property
    def available(self) -> bool:
        return not self.reason


def mock_offers(guides: Iterable[ExamGuide]) -> dict[int, MockOffer]:
    """Offers by guide id. Two statements however many guides there are.

    The guides come with `certification` selected and `domains` prefetched.
    """
    known = list(guides)
    stocks = stock(mock_placements(known))
    return {guide.pk: _offer(guide, stocks.get(guide.pk, [])) for guide in known}


def mock_offer(guide: ExamGuide) -> MockOffer:
    return mock_offers([guide])[guide.pk]


def domain_weights(guide: ExamGuide) -> dict[str, Decimal]:
    """Weight by domain key, in the guide's order."""
    return {domain.key: domain.weight for domain in guide.domains.all() if domain.is_current}


def _offer(guide: ExamGuide, candidates: list[Candidate]) -> MockOffer:
    reason = _reason_without_counting(guide)
    if reason:
        return MockOffer(guide, 0, 0, reason, {})
    weights = domain_weights(guide)
    size = fillable_size(candidates, weights=weights, at_most=guide.total or 0)
    if size < SMALLEST_MOCK:
        missing = missing_per_domain(candidates, weights=weights, size=SMALLEST_MOCK)
        return MockOffer(guide, 0, 0, "too_few", missing)
    return MockOffer(guide, size, minutes_for(guide, size), "", {})


def _reason_without_counting(guide: ExamGuide) -> str:
    if guide.certification.status == Certification.Status.RETIRED:
        return "retired"
    if not domain_weights(guide):
        return "no_domains"
    if not guide.weights_official:
        return "no_weights"
    if not guide.total or not guide.duration_minutes:
        return "no_length"
    return ""


def minutes_for(guide: ExamGuide, size: int) -> int:
    """The official pace for `size` questions, rounded up to whole minutes."""
    return ceil((guide.duration_minutes or 0) * size / (guide.total or size))
