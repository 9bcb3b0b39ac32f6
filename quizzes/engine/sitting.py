"""The clock of a sitting, as pure functions: no database, no ``now()``, no request."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta


class Phase(enum.Enum):
    """Where a sitting stands at one moment."""

    OPEN = "open"
    GRACE = "grace"
    OVERDUE = "overdue"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SittingClock:
    """Everything needed to say whether an answer still counts.

    `deadline_at` is fixed at the start and `None` where there is no limit.
    `grace` is only for the wire: pages show the deadline and stop there.
    All datetimes are aware.
    """

    deadline_at: datetime | None
    grace: timedelta
    ended_at: datetime | None = None

    def accepts(self, arrival: datetime) -> bool:
        """Whether an answer that arrived then is in time; the last instant of grace counts."""
        return self.deadline_at is None or arrival <= self.deadline_at + self.grace

    def phase(self, now: datetime) -> Phase:
        if self.ended_at is not None:
            return Phase.CLOSED
        if self.deadline_at is None or now < self.deadline_at:
            return Phase.OPEN
        return Phase.GRACE if self.accepts(now) else Phase.OVERDUE

    def remaining_ms(self, now: datetime) -> int | None:
        """Milliseconds to the deadline; 0 when over, `None` without a limit."""
        if self.deadline_at is None:
            return None
        if self.ended_at is not None:
            return 0
        return max(0, (self.deadline_at - now) // timedelta(milliseconds=1))

    def end(self, now: datetime) -> datetime:
        """The time at which a sitting closed now has ended: never after its deadline."""
        return now if self.deadline_at is None else min(now, self.deadline_at)
