"""Answers that arrived too late to count by themselves, and what staff decided about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from quizzes.engine.kinds.registry import get_kind
from quizzes.engine.saving import OrderKey
from quizzes.models import AnswerEvent, Attempt

LATE = (AnswerEvent.Outcome.LATE, AnswerEvent.Outcome.CLOSED)
MOST_SHOWN = 200
"""Late answers of one sitting that are listed; nobody decides about more of them."""


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """One answer that arrived after the time was up or after the end."""

    event_id: int
    position: int
    arrived_at: datetime
    is_clear: bool
    """Whether it takes an answer back."""
    outcome: str
    """What it was when it arrived: `late` or `closed`."""
    decision: str
    """`accepted_late`, `declined_late`, or empty while nobody has decided."""
    reason: str
    """Of the decision."""


def late_events(attempt: Attempt) -> Any:
    """Late answers of a sitting with `decision` and `reason` of the newest decision of each."""
    newest = AnswerEvent.objects.filter(decides=OuterRef("pk")).order_by("-pk")
    return AnswerEvent.objects.filter(
        attempt=attempt, kind=AnswerEvent.Kind.ANSWER, outcome__in=LATE
    ).annotate(
        decision=Subquery(newest.values("outcome")[:1]),
        reason=Subquery(newest.values("payload__reason")[:1]),
    )


def late_answers(attempt: Attempt) -> tuple[LateAnswer, ...]:
    """In the order of the paper, of one question the earliest first: one statement."""
    rows = late_events(attempt).select_related("item").order_by("item__position", "epoch", "seq")
    return tuple(
        LateAnswer(
            event_id=row.pk,
            position=row.item.position,
            arrived_at=row.arrived_at,
            is_clear=row.payload.get("answer") is None,
            outcome=row.outcome,
            decision=row.decision or "",
            reason=row.reason or "",
        )
        for row in rows[:MOST_SHOWN]
    )


def accepted_late(attempt: Attempt) -> Mapping[int, tuple[OrderKey, dict[str, Any] | None]]:
    """By item id the newest late answer that staff let count, with its key: one statement.

    It counts unless an answer with a newer key stands. Empty for nearly every sitting.
    """
    rows: Iterable[Any] = (
        late_events(attempt)
        .filter(decision=AnswerEvent.Outcome.ACCEPTED_LATE)
        .order_by("epoch", "seq")
        .values_list("item_id", "epoch", "seq", "payload", "item__revision__body")
    )
    return {
        item: ((epoch, seq), _canonical(body, payload.get("answer")))
        for item, epoch, seq, payload, body in rows
    }


def _canonical(body: Mapping[str, Any], answer: Any) -> dict[str, Any] | None:
    """The answer as it would stand; it was found readable when it arrived."""
    return None if answer is None else get_kind(body["kind"]).clean_answer(body, answer)
