"""Whether one result differs from another by more than chance, and by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass

from quizzes.engine.exact import Number, exact
from quizzes.engine.scoring import wilson


@dataclass(frozen=True, slots=True)
class Difference:
    """A share minus an earlier one, with the range that fits it; all from -1 to 1."""

    value: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """`up` or `down` where the whole range is, else `unclear`."""
        if self.low > 0:
            return "up"
        return "down" if self.high < 0 else "unclear"


def difference(
    k: Number, n: int, *, before: tuple[Number, int], confidence: float = 0.90
) -> Difference:
    """`k` points of `n` compared with `before`, points and questions of another result.

    Raises:
        ValueError: points outside 0 to n.

    Source: Newcombe (1998), "Interval estimation for the difference between independent
        proportions", Statistics in Medicine 17, 873-890, method 10.
    """
    now, then = wilson(k, n, confidence=confidence), wilson(*before, confidence=confidence)
    share, old = _share(k, n), _share(*before)
    value = share - old
    return Difference(
        value=value,
        low=max(-1.0, value - math.hypot(share - now.low, then.high - old)),
        high=min(1.0, value + math.hypot(now.high - share, old - then.low)),
    )


def _share(k: Number, n: int) -> float:
    return float(exact(k) / n) if n else 0.5
