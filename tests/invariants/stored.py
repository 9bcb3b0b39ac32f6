"""What the tables say of one sitting, read in a few plain statements, and what it is worth."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from quizzes.models import Answer, AnswerEvent, Attempt, ItemMark, Score

Key = tuple[int, int]


@dataclass(frozen=True)
class Event:
    kind: str
    key: Key
    position: int | None
    payload: Any
    outcome: str
    arrived_at: datetime


@dataclass(frozen=True)
class Graded:
    points: Decimal
    answers_hash: str


@dataclass(frozen=True)
class Stored:
    """Everything about an attempt that a step can change."""

    status: str
    epoch: int
    ended_at: datetime | None
    processed_at: datetime | None
    events: list[Event]
    answers: dict[int, tuple[int, int, Any]]
    marks: dict[int, tuple[Any, ...]]
    scores: list[Graded]

    @classmethod
    def of(cls, attempt: Attempt) -> Stored:
        row = Attempt.objects.filter(pk=attempt.pk).values_list(
            "status", "epoch", "ended_at", "processed_at"
        )
        return cls(
            *row.get(),
            events=_events(attempt),
            answers={
                position: (epoch, seq, payload)
                for position, epoch, seq, payload in Answer.objects.filter(
                    attempt=attempt
                ).values_list("item__position", "epoch", "seq", "payload")
            },
            marks=_marks(attempt),
            scores=[
                Graded(*score)
                for score in Score.objects.filter(attempt=attempt).values_list(
                    "points", "answers_hash"
                )
            ],
        )

    @property
    def after_the_end(self) -> tuple[Any, ...]:
        """What no step may change any more."""
        ended = (self.status, self.ended_at, self.processed_at)
        return *ended, self.answers, self.marks, self.scores

    @property
    def _accepted(self) -> list[Event]:
        return [it for it in self.events if it.kind == "answer" and it.outcome == "accepted"]

    def newest_accepted(self) -> dict[int, tuple[int, int, Any]]:
        """By item the accepted answer with the highest key."""
        last = {it.position: it for it in sorted(self._accepted, key=lambda it: it.key)}
        return {position: (*it.key, it.payload["answer"]) for position, it in last.items()}

    def replayed(self) -> dict[int, tuple[int, int, Any]]:
        """The answers, built from empty by going through the log as it was written."""
        standing: dict[int, tuple[int, int, Any]] = {}
        for it in self._accepted:
            if it.key > standing.get(it.position, (0, 0))[:2]:
                standing[it.position] = (*it.key, it.payload["answer"])
        return standing


def _events(attempt: Attempt) -> list[Event]:
    rows = AnswerEvent.objects.filter(attempt=attempt).order_by("pk")
    return [
        Event(kind, (epoch, seq), position, payload, outcome, arrived_at)
        for kind, epoch, seq, position, payload, outcome, arrived_at in rows.values_list(
            "kind", "epoch", "seq", "item__position", "payload", "outcome", "arrived_at"
        )
    ]


def _marks(attempt: Attempt) -> dict[int, tuple[Any, ...]]:
    rows = ItemMark.objects.filter(item__attempt=attempt).select_related("item")
    return {
        it.item.position: (
            it.flag,
            (it.flag_epoch, it.flag_seq),
            it.struck,
            (it.struck_epoch, it.struck_seq),
            it.first_seen_at,
        )
        for it in rows
    }


RIGHT = {"single": {"b"}, "multiple": {"a", "c"}}


def grade(mode: str, kinds: tuple[str, ...], answers: dict[int, Any]) -> tuple[Decimal, str]:
    """Points and fingerprint, worked out by hand from the answers that stand."""
    stands = {n: answers[n][2] if n in answers else None for n in range(1, len(kinds) + 1)}
    points = sum(_points(mode, kind, stands[n]) for n, kind in enumerate(kinds, start=1))
    text = json.dumps(list(map(list, stands.items())), sort_keys=True, separators=(",", ":"))
    return points.quantize(Decimal("0.0001")), hashlib.sha256(text.encode()).hexdigest()


def _points(mode: str, kind: str, answer: dict[str, Any] | None) -> Decimal:
    if answer is None:
        return Decimal(0)
    chosen = set(answer.get("choices", [answer.get("choice")]))
    right = RIGHT[kind]
    if chosen == right:
        return Decimal(1)
    if mode == "mock" or kind == "single":
        return Decimal(0)
    # In practice each right choice counts, each wrong one takes away.
    return Decimal(max(0, len(chosen & right) - len(chosen - right))) / len(right)
