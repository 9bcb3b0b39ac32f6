"""The terms of one sitting: its effective rules, frozen at the start, each with its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quizzes.engine.exact import Number
from quizzes.engine.scoring import pass_line, scaled_score


def term(value: object, origin: str) -> dict[str, object]:
    """One rule as it is frozen; `origin` is guide, bank, estimate, portal or choice."""
    return {"value": value, "origin": origin}


@dataclass(frozen=True, slots=True)
class PassTerms:
    """What it takes to pass, as it was when the sitting began."""

    cut_fraction: str
    cut_is_estimate: bool
    scale: tuple[int, int, int] | None
    """Lowest, passing and highest score where the vendor publishes them."""

    def pass_line(self, n: int) -> int:
        """The smallest number of points out of `n` that passes."""
        return pass_line(n, self.cut_fraction)

    def portal_score(self, points: Number, n: int) -> int | None:
        """The portal's estimate on the vendor's scale; `None` without scale or questions."""
        if self.scale is None or not n:
            return None
        return scaled_score(points, n, cut_fraction=self.cut_fraction, scale=self.scale).value


def pass_terms(terms: Mapping[str, Any]) -> PassTerms:
    """What the frozen terms of a mock exam say about passing.

    Raises:
        KeyError: they are those of a practice, which cannot be passed.
    """
    cut = terms["cut_fraction"]
    scale = terms["scale"]["value"]
    return PassTerms(
        cut_fraction=cut["value"],
        cut_is_estimate=cut["origin"] == "estimate",
        scale=(scale[0], scale[1], scale[2]) if scale else None,
    )
