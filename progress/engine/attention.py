"""Which students need their instructor, why, and on what evidence: pure rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from quizzes.engine.scoring import Interval, wilson

FEWEST_ANSWERS = 10
"""First answers below which nothing is said about a domain."""
RECENT_WEEKS = 6
"""What somebody answered earlier is no reason to worry about them now."""
UNSEEN_DAYS = 8


class Tally(NamedTuple):
    """First answers in one domain, and how many of them were right.

    A page has hundreds of these and looks things up by them, which a tuple is made for.
    """

    right: int = 0
    n: int = 0


@dataclass(frozen=True, slots=True)
class LowDomain:
    """A domain in which the whole interval of the recent answers lies below the target."""

    domain_id: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why somebody needs attention; without any reason they do not."""

    unseen_days: int
    """0: was seen lately."""
    has_answered: bool
    overdue: tuple[int, ...]
    """Assignments by id."""
    low: tuple[LowDomain, ...]
    """The lowest first."""

    def __bool__(self) -> bool:
        return bool(self.unseen_days or self.overdue or self.low)

    @property
    def urgency(self) -> tuple[int, int, int]:
        """The larger, the more urgent: how many kinds of reasons, then how strong they are."""
        kinds = bool(self.unseen_days) + bool(self.overdue) + bool(self.low)
        return kinds, len(self.overdue) + len(self.low), self.unseen_days


@lru_cache(maxsize=8192)
def interval(right: int, n: int) -> Interval:
    """The Wilson 90% interval; the same few pairs come up again and again."""
    return wilson(right, n)


def reasons(
    *,
    seen: datetime | None,
    since: datetime,
    now: datetime,
    overdue: Sequence[int],
    recent: Mapping[int, Tally],
    target: float,
) -> Reasons:
    """Look at one student who joined at `since` and answered last at `seen`.

    `recent` are the first answers of the last `RECENT_WEEKS` weeks by domain id.
    """
    days = (now - (seen or since)).days
    low = [
        LowDomain(domain_id, tally)
        for domain_id, tally in recent.items()
        if tally.n >= FEWEST_ANSWERS and interval(tally.right, tally.n).high < target
    ]
    low.sort(key=lambda it: it.tally.right / it.tally.n)
    return Reasons(
        unseen_days=days if days >= UNSEEN_DAYS else 0,
        has_answered=seen is not None,
        overdue=tuple(overdue),
        low=tuple(low),
    )
