"""What the time that a sitting took says about it: at most three statements, none without data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile
from statistics import median

from quizzes.engine.comparing import difference

MOST = 3
LONGEST_STAY = 15 * 60.0
"""Seconds that one stay at a question counts at most: nobody knows who sat before an idle page."""
_LONG_SHARES = 2
"""A question took long when it took the time of so many."""
_LONG_AT_LEAST = 180.0
_QUICK_LEAST, _QUICK_MOST = 2.0, 10.0
_QUICK_PART = 0.1
_EFFORT = 0.9
_FEWEST_TIMED = 8
"""Questions with a known time from which their median says something."""
_FEWEST_COMPARED = 8
"""Questions of the last quarter from which it is compared with the rest."""


@dataclass(frozen=True, slots=True)
class Paced:
    """One question of a paper as its student went through it."""

    position: int
    seconds: float | None = None
    """The time it was in view; None where no script measured it."""
    reached: bool = True
    share: Fraction | None = None
    """Of its point; None where it does not count or may not be told."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One remark; `name` is that of its class."""

    @property
    def name(self) -> str:
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class NeverReached(Statement):
    n: int


@dataclass(frozen=True, slots=True)
class LongOne(Statement):
    """One question took the time of several."""

    position: int
    minutes: int
    others: int
    """How many questions that time was meant for."""
    is_least: bool
    """Whether it may have been longer."""


@dataclass(frozen=True, slots=True)
class Quick(Statement):
    """Answers given faster than anybody reads."""

    n: int
    seconds: int


@dataclass(frozen=True, slots=True)
class LastQuarter(Statement):
    points: Fraction
    n: int
    before: Fraction
    n_before: int

    @property
    def is_better(self) -> bool:
        return self.points * self.n_before > self.before * self.n


def seconds_in_view(stays: Iterable[int]) -> float | None:
    """The time at one question from what its page reported, in the order of reporting.

    A page counts milliseconds from when it was opened, so a smaller figure than the one
    before it begins another stay. No stay counts more than `LONGEST_STAY`.
    """
    whole: list[int] = []
    for milliseconds in stays:
        if whole and milliseconds >= whole[-1]:
            whole[-1] = milliseconds
        else:
            whole.append(milliseconds)
    return sum(min(ms / 1000, LONGEST_STAY) for ms in whole) if whole else None


def statements(paper: Sequence[Paced], *, allowed: float, taken: float) -> tuple[Statement, ...]:
    """The most useful remarks first.

    Args:
        paper: every question, in its order.
        allowed: seconds that the sitting might have taken.
        taken: seconds that it took; more in view than that cannot be.
    """
    timed = {it.position: it.seconds for it in paper if it.seconds is not None}
    believable = bool(timed) and sum(timed.values()) <= taken + 1
    found: list[Statement | None] = [_never_reached(paper)]
    if believable:
        found += [
            _long_one(timed, budget=allowed / len(paper)),
            _quick(list(timed.values())),
            _last_quarter(paper),
        ]
    return tuple(it for it in found if it is not None)[:MOST]


def _never_reached(paper: Sequence[Paced]) -> NeverReached | None:
    """The end of the paper; what was skipped on the way was no matter of time."""
    n = len(list(takewhile(lambda it: not it.reached, reversed(paper))))
    return NeverReached(n) if 0 < n < len(paper) else None


def _long_one(timed: dict[int, float], *, budget: float) -> LongOne | None:
    position, seconds = max(timed.items(), key=lambda it: it[1])
    if seconds < max(_LONG_AT_LEAST, _LONG_SHARES * budget):
        return None
    return LongOne(
        position=position,
        minutes=round(seconds / 60),
        others=round(seconds / budget),
        is_least=seconds >= LONGEST_STAY,
    )


def _quick(seconds: Sequence[float]) -> Quick | None:
    """Where more than a tenth took less than a tenth of the usual time."""
    if len(seconds) < _FEWEST_TIMED:
        return None
    limit = min(_QUICK_MOST, max(_QUICK_LEAST, _QUICK_PART * median(seconds)))
    n = sum(it < limit for it in seconds)
    return Quick(n, max(1, round(limit))) if 1 - n / len(seconds) < _EFFORT else None


def _last_quarter(paper: Sequence[Paced]) -> LastQuarter | None:
    """Only where it differs from the rest by more than chance."""
    told = [it.share for it in paper if it.reached and it.share is not None]
    n = len(told) // 4
    if n < _FEWEST_COMPARED:
        return None
    points, before = sum(told[-n:], Fraction(0)), sum(told[:-n], Fraction(0))
    if difference(points, n, before=(before, len(told) - n)).words == "unclear":
        return None
    return LastQuarter(points, n, before, len(told) - n)
