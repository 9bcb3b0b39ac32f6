"""What a sitting has to do with every message: written anew, as short as it can be said.

The state machine compares the portal with this, step by step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

GRACE = timedelta(seconds=30)
MARGIN = timedelta(seconds=5)
IDLE = timedelta(days=7)

KEPT = {"accepted", "stale", "late", "superseded", "closed"}
"""Outcomes that leave an event."""


@dataclass(frozen=True)
class Message:
    """One entry as a page made it."""

    epoch: int
    entry: dict[str, Any]

    @property
    def key(self) -> tuple[int, int]:
        return self.epoch, self.entry["seq"]

    @property
    def item(self) -> int:
        return self.entry["item"]

    @property
    def payload(self) -> dict[str, Any]:
        return {name: value for name, value in self.entry.items() if name != "seq"}


@dataclass
class Item:
    """What stands for one item."""

    key: tuple[int, int] = (0, 0)
    answer: Any = None
    final: bool = False
    flag: tuple[tuple[int, int], bool] = ((0, 0), False)
    struck: tuple[tuple[int, int], list[str]] = ((0, 0), [])
    seen_at: datetime | None = None


@dataclass
class Model:
    """The sitting as it must be."""

    now: datetime
    started_at: datetime
    deadline: datetime | None
    items: dict[int, Item]
    status: str = "open"
    epoch: int = 1
    by_form: bool = False
    events: dict[tuple[int, int], tuple[Message, str]] = field(default_factory=dict)
    last_arrival: datetime | None = None

    @property
    def in_time(self) -> bool:
        return self.deadline is None or self.now <= self.deadline + GRACE

    @property
    def remaining_ms(self) -> int | None:
        if self.deadline is None:
            return None
        if self.status != "open":
            return 0
        return max(0, math.floor((self.deadline - self.now) / timedelta(milliseconds=1)))

    @property
    def acknowledged(self) -> int:
        return max((seq for epoch, seq in self.events if epoch == self.epoch), default=0)

    def deliver(self, messages: list[Message], *, form: bool = False) -> list[tuple[str, bool]]:
        """The outcome of each, and whether it was there before."""
        told = [self._deliver(message, form=form) for message in messages]
        self.read()
        return told

    def _deliver(self, message: Message, *, form: bool) -> tuple[str, bool]:
        if message.key in self.events:
            first, outcome = self.events[message.key]
            return (outcome, True) if first.payload == message.payload else ("conflict", False)
        outcome = self._decide(message, form=form)
        self.events[message.key] = (message, outcome)
        self.last_arrival = self.now
        return outcome, False

    def _decide(self, message: Message, *, form: bool) -> str:
        item = self.items[message.item]
        if self.status != "open" or (item.final and "answer" in message.entry):
            return "closed"
        if not self.in_time:
            return "late"
        if message.epoch != self.epoch or self.by_form != form:
            return "superseded"
        if "mark" in message.entry:
            return self._mark(item, message)
        if message.key < item.key:
            return "stale"
        item.key, item.answer = message.key, message.entry["answer"]
        item.final = message.entry.get("final", False)
        return "accepted"

    def _mark(self, item: Item, message: Message) -> str:
        mark, news = message.entry["mark"], False
        if "flag" in mark and message.key > item.flag[0]:
            item.flag, news = (message.key, mark["flag"]), True
        if "struck" in mark and message.key > item.struck[0]:
            item.struck, news = (message.key, sorted(mark["struck"])), True
        if "seen" in mark:
            item.seen_at, news = item.seen_at or self.now, True
        return "accepted" if news else "stale"

    def open_form(self) -> None:
        """A form writes: it opens an epoch unless one did before."""
        if self.status == "open" and self.in_time and not self.by_form:
            self.epoch, self.by_form = self.epoch + 1, True

    def take_over(self) -> int:
        self.read()
        if self.status == "open":
            self.epoch, self.by_form = self.epoch + 1, False
            self.last_arrival = self.now
        return self.epoch

    def grant(self, time: timedelta) -> bool:
        """More time for a sitting whose answers still count."""
        if self.status != "open" or self.deadline is None or not self.in_time:
            return False
        self.deadline += time
        return True

    def submit(self) -> None:
        if self.status == "open":
            self.status = "submitted" if self.in_time else "expired"

    def read(self) -> None:
        """Whoever looks after deadline and grace ends it."""
        if self.status == "open" and not self.in_time:
            self.status = "expired"

    def sweep(self) -> None:
        if self.status != "open":
            return
        if self.deadline is not None:
            over = self.now > self.deadline + GRACE + MARGIN
        else:
            over = (self.last_arrival or self.started_at) <= self.now - IDLE
        if over:
            self.status = "expired"
