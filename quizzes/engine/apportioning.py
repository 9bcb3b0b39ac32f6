"""Sharing out whole numbers of questions in proportion to weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from quizzes.engine.exact import Number, exact


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many questions each domain gives, and how many no domain could give."""

    counts: list[int]
    shortfall: int


def quotas(weights: Sequence[Number], size: int, available: Sequence[int] | None = None) -> Quotas:
    """Share `size` questions out by largest remainder; ties go to the earlier domain.

    Args:
        weights: at least 0 each, not all 0; they need not add up to anything.
        size: questions wanted in all.
        available: how many each domain can give at most. Domains that would get
            more are fixed there and the rest is shared out among the others; what
            nobody can give is the shortfall.

    Raises:
        ValueError: a negative or unreadable number, no positive weight, or lists
            that differ in length.

    Source: Hamilton's method (1792); see Balinski, Young (1982), "Fair Representation".
    """
    shares = [exact(weight) for weight in weights]
    caps = [size] * len(shares) if available is None else list(available)
    _check(shares, size, caps)
    counts = [0] * len(shares)
    free = [index for index, share in enumerate(shares) if share > 0]
    left = size
    while free:
        offer = dict(zip(free, _largest_remainder([shares[i] for i in free], left), strict=True))
        full = [index for index in free if offer[index] > caps[index]]
        if not full:
            for index in free:
                counts[index] = offer[index]
            break
        for index in full:
            counts[index] = caps[index]
        left -= sum(caps[index] for index in full)
        free = [index for index in free if index not in full]
    return Quotas(counts, size - sum(counts))


def _check(shares: Sequence[Fraction], size: int, caps: Sequence[int]) -> None:
    if len(caps) != len(shares):
        raise ValueError(f"{len(shares)} weights but {len(caps)} limits")
    if size < 0 or any(cap < 0 for cap in caps):
        raise ValueError("counts cannot be negative")
    if any(share < 0 for share in shares) or not any(shares):
        raise ValueError("weights must be at least 0 and not all 0")


def _largest_remainder(shares: Sequence[Fraction], size: int) -> list[int]:
    total = sum(shares)
    exact_quotas = [share * size / total for share in shares]
    counts = [math.floor(quota) for quota in exact_quotas]
    by_remainder = sorted(
        range(len(shares)), key=lambda index: (counts[index] - exact_quotas[index], index)
    )
    for index in by_remainder[: size - sum(counts)]:
        counts[index] += 1
    return counts
