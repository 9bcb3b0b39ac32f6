"""Decides about answers that came too late, and grades anew what counts by that.

The table of answers is never written after the close: grading lays the answers that staff
accepted over those that stand, and adds a score. Undoing is another decision.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from certportal.accounts.models import User
from certportal.accounts.services.auditing import record
from certportal.accounts.services.notifying import notify
from certportal.lib.clock import db_now
from quizzes.models import AnswerEvent, Attempt, AttemptItem, Score
from quizzes.selectors.late_answers import accepted_late, late_events
from quizzes.services.closing import PaperRow, score_of
from quizzes.services.granting import attempt_target
from quizzes.signals import attempt_rescored, send_on_commit

_ACCEPTED = AnswerEvent.Outcome.ACCEPTED_LATE
_DECLINED = AnswerEvent.Outcome.DECLINED_LATE


class CannotDecideError(Exception):
    """Nothing is decided; `code` is `running`, `void`, `nothing` or `no_reason`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def decide_late(
    attempt: Attempt,
    *,
    by: User,
    event_ids: Collection[int],
    accept: bool,
    reason: str,
    request: HttpRequest | None = None,
) -> Score | None:
    """Accept or decline late answers of a closed sitting; those decided so already stay.

    Returns:
        The score that the decision added; None where nothing counts otherwise than before.

    Raises:
        CannotDecideError: it still runs or is void, none of these answers is left to be
            decided so, or the reason is empty.
    """
    if not reason.strip():
        raise CannotDecideError("no_reason")
    with transaction.atomic():
        locked = Attempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
        events = _to_decide(locked, event_ids, accept=accept)
        counts_otherwise = accept or any(event.decision == _ACCEPTED for event in events)
        _append(locked, events, accept=accept, by=by, reason=reason.strip()[:200])
        score = _rescore(locked) if counts_otherwise else None
        record(
            "late-answers-accepted" if accept else "late-answers-declined",
            actor=by,
            target=attempt_target(locked),
            after={
                "events": [event.pk for event in events],
                "reason": reason.strip()[:200],
                "score": score and score.number,
            },
            request=request,
        )
        _tell(locked, events, accept=accept)
    return score


def _to_decide(attempt: Attempt, event_ids: Collection[int], *, accept: bool) -> list[Any]:
    if attempt.is_open:
        raise CannotDecideError("running")
    if attempt.status == Attempt.Status.VOIDED:
        raise CannotDecideError("void")
    asked = late_events(attempt).filter(pk__in=event_ids).order_by("pk")
    outcome = _ACCEPTED if accept else _DECLINED
    events = [event for event in asked if event.decision != outcome]
    if not events:
        raise CannotDecideError("nothing")
    return events


def _append(
    attempt: Attempt, events: Sequence[Any], *, accept: bool, by: User, reason: str
) -> None:
    now = db_now()
    AnswerEvent.objects.bulk_create(
        AnswerEvent(
            attempt=attempt,
            item_id=event.item_id,
            kind=AnswerEvent.Kind.DECISION,
            payload={"by": by.pk, "reason": reason},
            outcome=_ACCEPTED if accept else _DECLINED,
            decides=event,
            arrived_at=now,
        )
        for event in events
    )


def _rescore(attempt: Attempt) -> Score:
    """Grade the whole paper anew, under the lock; the newest score is the one that counts."""
    score = score_of(attempt, rows_with_late(attempt))
    newest = Score.objects.filter(attempt=attempt).order_by("-number").first()
    score.number = newest.number + 1 if newest else 1
    score.reason = Score.Reason.LATE
    score.save(force_insert=True)
    send_on_commit(attempt_rescored, attempt)
    return score


def rows_with_late(attempt: Attempt) -> list[PaperRow]:
    """The paper with what counts on it: of each question the answer with the newest key."""
    late = accepted_late(attempt)
    rows = AttemptItem.objects.filter(attempt=attempt).order_by("position")
    counted = []
    for item in rows.select_related("revision", "answer"):
        answer = getattr(item, "answer", None)
        key, payload = (
            ((answer.epoch, answer.seq), answer.payload) if answer is not None else ((0, 0), None)
        )
        if item.pk in late and late[item.pk][0] > key:
            payload = late[item.pk][1]
        revision = item.revision
        counted.append(
            PaperRow(item.position, item.is_scored, revision.body, revision.key, payload)
        )
    return counted


def _tell(attempt: Attempt, events: Sequence[Any], *, accept: bool) -> None:
    newest = AnswerEvent.objects.filter(attempt=attempt).latest("pk")
    notify(
        attempt.student,
        kind="late-accepted" if accept else "late-declined",
        event_key=f"late-decided:{newest.pk}",
        data={"title": str(attempt.assignment or attempt.exam or ""), "answers": len(events)},
        link=reverse("quizzes:attempt-result", args=[attempt.public_id]),
    )
