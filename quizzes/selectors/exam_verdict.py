"""Whether a mock exam was passed, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from quizzes.engine.scoring import certainty_of_pass, wilson
from quizzes.engine.terms import PassTerms

SURE = 0.95
"""Chance from which a result is called clear."""


@dataclass(frozen=True, slots=True)
class PortalScore:
    """The score on the vendor's range, a linear estimate of this portal."""

    value: int
    low: int
    high: int
    scale: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Pass or not, with how sure that is."""

    passed: bool
    pass_line: int
    cut_is_estimate: bool
    chance: float
    """The probability that the true level lies above the line, 0 to 1."""
    words: str
    """`passed_clearly`, `passed_narrowly`, `failed_narrowly` or `failed_clearly`."""
    portal: PortalScore | None

    @property
    def in_ten(self) -> int:
        """The chance in natural frequencies, 0 to 10."""
        return round(self.chance * 10)

    @property
    def in_words(self) -> str:
        """Whether the figure says enough: `always`, `never` or `sometimes`."""
        return {0: "never", 10: "always"}.get(self.in_ten, "sometimes")


def exam_verdict(terms: PassTerms, points: Fraction, n: int) -> Verdict:
    line = terms.pass_line(n)
    passed = points >= line
    chance = certainty_of_pass(points, n, terms.cut_fraction)
    clear = chance >= SURE if passed else chance <= 1 - SURE
    return Verdict(
        passed=passed,
        pass_line=line,
        cut_is_estimate=terms.cut_is_estimate,
        chance=chance,
        words=f"{'passed' if passed else 'failed'}_{'clearly' if clear else 'narrowly'}",
        portal=_portal_score(terms, points, n),
    )


def _portal_score(terms: PassTerms, points: Fraction, n: int) -> PortalScore | None:
    """The score with those of the ends of its interval."""
    interval = wilson(points, n)
    value, low, high = (
        terms.portal_score(it, n) for it in (points, interval.low * n, interval.high * n)
    )
    if terms.scale is None or value is None or low is None or high is None:
        return None
    return PortalScore(value, low, high, terms.scale)
