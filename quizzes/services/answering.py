"""Everything that writes an answer or a mark.

The order of the statements is the protocol: read the clock, lock the attempt row,
then decide, append the event, upsert the answer. See docs/exam-protocol.md.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, OuterRef, Subquery

from certportal.accounts.models import User
from certportal.lib.clock import db_now
from quizzes.engine.kinds.registry import get_kind
from quizzes.engine.saving import (
    Batch,
    Entry,
    ItemState,
    Outcome,
    PaperItem,
    RefusedEntryError,
    Standing,
    decide,
    position_of,
    read_entry,
    seq_to_echo,
)
from quizzes.models import AnswerEvent, Attempt, AttemptItem
from quizzes.services.closing import close_if_overdue, lock_attempt
from quizzes.services.errors import TooMuchEvidenceError

logger = logging.getLogger(__name__)

MAX_REJECTED_EVENTS = 5_000
"""Late, superseded and closed entries kept per attempt; evidence, not a place to fill."""

_REJECTED = (Outcome.LATE, Outcome.SUPERSEDED, Outcome.CLOSED)


@dataclass(frozen=True, slots=True)
class EntryReply:
    """What the page is told of one entry."""

    seq: int | float | None
    outcome: Outcome
    duplicate: bool = False
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SaveReply:
    """What the page is told of a whole batch."""

    entries: tuple[EntryReply, ...]
    acknowledged: int
    remaining_ms: int | None
    epoch: int
    status: str


@dataclass(slots=True)
class _Item:
    paper: PaperItem
    state: ItemState
    first_shown_at: datetime | None


@dataclass(slots=True)
class _Stored:
    """An entry that has its row in the log, or gets it with this batch."""

    payload: Mapping[str, Any]
    outcome: Outcome
    recorded_at: datetime | None = None


def save_entries(*, public_id: UUID, student: User, batch: Batch) -> SaveReply:
    """Save what a page with script sends.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
        TooMuchEvidenceError: too many rejected entries are stored already.
    """
    arrival = db_now()
    with transaction.atomic():
        attempt = lock_attempt(public_id, student)
        may_write = attempt.epoch_opened_by != Attempt.Opener.FORM
        return _save(attempt, batch, arrival, may_write=may_write)


def save_form(*, public_id: UUID, student: User, entries: Sequence[Mapping[str, Any]]) -> SaveReply:
    """Save what a plain form sends: entries without `seq`.

    A form opens an epoch of its own, unless a form opened the current one, and
    numbers its entries there itself.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
    """
    arrival = db_now()
    with transaction.atomic():
        attempt = lock_attempt(public_id, student)
        if attempt.is_open and attempt.clock.accepts(arrival):
            _open_form_epoch(attempt)
        last = acknowledged_seq(attempt, attempt.epoch)
        numbered = tuple({**entry, "seq": last + n} for n, entry in enumerate(entries, start=1))
        return _save(attempt, Batch(attempt.epoch, numbered), arrival, may_write=True)


def _open_form_epoch(attempt: Attempt) -> None:
    if attempt.epoch_opened_by != Attempt.Opener.FORM:
        _open_epoch(attempt, Attempt.Opener.FORM)


def _open_epoch(attempt: Attempt, opener: Attempt.Opener) -> None:
    attempt.epoch += 1
    attempt.epoch_opened_by = opener
    attempt.save(update_fields=["epoch", "epoch_opened_by"])


def take_over(*, public_id: UUID, student: User) -> int:
    """Give the writing of an open attempt to the page that asks; returns the new epoch.

    A closed attempt keeps its epoch.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
    """
    arrival = db_now()
    with transaction.atomic():
        attempt = lock_attempt(public_id, student)
        close_if_overdue(attempt, arrival)
        if attempt.is_open:
            _open_epoch(attempt, Attempt.Opener.TAKE_OVER)
            AnswerEvent.objects.create(
                attempt=attempt,
                kind=AnswerEvent.Kind.TAKE_OVER,
                epoch=attempt.epoch,
                outcome=Outcome.ACCEPTED,
                arrived_at=arrival,
            )
        return attempt.epoch


def _save(attempt: Attempt, batch: Batch, arrival: datetime, *, may_write: bool) -> SaveReply:
    items, acknowledged = _load_items(attempt, batch)
    entries = [_read(raw, items, attempt) for raw in batch.entries]
    stored = _stored_events(attempt, batch.epoch, entries, acknowledged)
    standing = Standing(
        is_open=attempt.is_open,
        in_time=attempt.clock.accepts(arrival),
        epoch=attempt.epoch,
        may_write=may_write,
    )
    fresh: list[Entry] = []
    for entry in entries:
        if entry is not None and entry.seq not in stored:
            state = items[entry.position].state
            outcome = decide(entry, epoch=batch.epoch, standing=standing, state=state)
            stored[entry.seq] = _Stored(entry.payload, outcome)
            fresh.append(entry)
    _append_events(attempt, batch.epoch, arrival, fresh, stored, items)
    accepted = [entry for entry in fresh if stored[entry.seq].outcome is Outcome.ACCEPTED]
    _upsert_answers(attempt, batch.epoch, accepted, items)
    _upsert_marks(batch.epoch, accepted, items, arrival)
    close_if_overdue(attempt, arrival)
    new = {entry.seq: entry for entry in fresh}
    return SaveReply(
        entries=tuple(
            _reply(raw, entry, stored, new)
            for raw, entry in zip(batch.entries, entries, strict=True)
        ),
        acknowledged=max((acknowledged, *new))
        if batch.epoch == attempt.epoch
        else acknowledged_seq(attempt, attempt.epoch),
        remaining_ms=attempt.clock.remaining_ms(arrival),
        epoch=attempt.epoch,
        status=attempt.status,
    )


def acknowledged_seq(attempt: Attempt, epoch: int) -> int:
    """The highest stored seq of an epoch; 0 when there is none."""
    return _highest_seq(attempt.pk, epoch).get("highest") or 0


def _highest_seq(attempt_id: int, epoch: int) -> dict[str, int | None]:
    return AnswerEvent.objects.filter(attempt_id=attempt_id, epoch=epoch).aggregate(
        highest=Max("seq")
    )


def _load_items(attempt: Attempt, batch: Batch) -> tuple[dict[int, _Item], int]:
    """The items that a batch speaks of, as they stand under the lock, in one statement."""
    positions = {position for raw in batch.entries if (position := position_of(raw))}
    if not positions:
        return {}, acknowledged_seq(attempt, batch.epoch)
    newest = (
        AnswerEvent.objects.filter(
            attempt_id=OuterRef("attempt_id"), epoch=batch.epoch, seq__isnull=False
        )
        .order_by("-seq")
        .values("seq")[:1]
    )
    rows = (
        AttemptItem.objects.filter(attempt=attempt, position__in=positions)
        .order_by()
        .values_list(
            "pk",
            "position",
            "revision__body",
            "answer__epoch",
            "answer__seq",
            "answer__final_at",
            "mark__flag_epoch",
            "mark__flag_seq",
            "mark__struck_epoch",
            "mark__struck_seq",
            "mark__first_seen_at",
            Subquery(newest),
        )
    )
    items: dict[int, _Item] = {}
    acknowledged = 0
    for pk, position, body, epoch, seq, final_at, f_epoch, f_seq, s_epoch, s_seq, seen, top in rows:
        state = ItemState(
            answer_key=(epoch or 0, seq or 0),
            final=final_at is not None,
            flag_key=(f_epoch or 0, f_seq or 0),
            struck_key=(s_epoch or 0, s_seq or 0),
            seen=seen is not None,
        )
        items[position] = _Item(PaperItem(pk, position, body), state, seen)
        acknowledged = top or 0
    if not items:
        acknowledged = acknowledged_seq(attempt, batch.epoch)
    return items, acknowledged


def _read(raw: object, items: Mapping[int, _Item], attempt: Attempt) -> Entry | None:
    paper = {position: item.paper for position, item in items.items()}
    try:
        entry = read_entry(raw, paper, timed=attempt.is_timed)
    except RefusedEntryError as error:
        logger.info("attempt %s: entry refused: %s", attempt.public_id, error)
        return None
    if entry.meta.dropped:
        logger.info("attempt %s: meta dropped: %s", attempt.public_id, entry.meta.dropped)
    return entry


def _stored_events(
    attempt: Attempt, epoch: int, entries: Sequence[Entry | None], acknowledged: int
) -> dict[int, _Stored]:
    """The rows that entries of this batch have already; nearly always there are none."""
    repeated = [e.seq for e in entries if e is not None and e.seq <= acknowledged]
    if not repeated:
        return {}
    rows = AnswerEvent.objects.filter(attempt=attempt, epoch=epoch, seq__in=repeated)
    return {
        seq or 0: _Stored(payload, Outcome(outcome), recorded_at)
        for seq, payload, outcome, recorded_at in rows.values_list(
            "seq", "payload", "outcome", "recorded_at"
        )
    }


def _append_events(
    attempt: Attempt,
    epoch: int,
    arrival: datetime,
    fresh: Sequence[Entry],
    stored: Mapping[int, _Stored],
    items: Mapping[int, _Item],
) -> None:
    if not fresh:
        return
    if any(stored[entry.seq].outcome in _REJECTED for entry in fresh):
        _refuse_endless_evidence(attempt)
    events = [
        AnswerEvent(
            attempt=attempt,
            item_id=items[entry.position].paper.item_id,
            kind=AnswerEvent.Kind.MARK if entry.mark else AnswerEvent.Kind.ANSWER,
            epoch=epoch,
            seq=entry.seq,
            payload=entry.payload,
            outcome=stored[entry.seq].outcome,
            arrived_at=arrival,
            first_shown_at=items[entry.position].first_shown_at,
            certainty=entry.meta.certainty,
            visible_ms=entry.meta.visible_ms,
            changes=entry.meta.changes,
        )
        for entry in fresh
    ]
    for event in AnswerEvent.objects.bulk_create(events):
        stored[event.seq or 0].recorded_at = event.recorded_at


def _refuse_endless_evidence(attempt: Attempt) -> None:
    rejected = AnswerEvent.objects.filter(attempt=attempt, outcome__in=_REJECTED).count()
    if rejected >= MAX_REJECTED_EVENTS:
        raise TooMuchEvidenceError


def _reply(
    raw: object,
    entry: Entry | None,
    stored: Mapping[int, _Stored],
    new: dict[int, Entry],
) -> EntryReply:
    if entry is None:
        return EntryReply(seq_to_echo(raw), Outcome.REFUSED)
    first = stored[entry.seq]
    if new.get(entry.seq) is entry:
        return EntryReply(entry.seq, first.outcome, saved_at=first.recorded_at)
    if first.payload != entry.payload:
        logger.warning("seq %s came again with another payload", entry.seq)
        return EntryReply(entry.seq, Outcome.CONFLICT)
    return EntryReply(entry.seq, first.outcome, duplicate=True, saved_at=first.recorded_at)


_UPSERT_ANSWERS = """
    INSERT INTO quizzes_answer AS stands
        (item_id, attempt_id, epoch, seq, payload, is_complete, saved_at, final_at)
    VALUES {rows}
    ON CONFLICT (item_id) DO UPDATE
        SET epoch = excluded.epoch, seq = excluded.seq, payload = excluded.payload,
            is_complete = excluded.is_complete, saved_at = excluded.saved_at,
            final_at = excluded.final_at
        WHERE (stands.epoch, stands.seq) < (excluded.epoch, excluded.seq)
"""
_ANSWER_ROW = (
    "(%s, %s, %s, %s, %s::jsonb, %s, clock_timestamp(), CASE WHEN %s THEN clock_timestamp() END)"
)


def _upsert_answers(
    attempt: Attempt, epoch: int, accepted: Sequence[Entry], items: Mapping[int, _Item]
) -> None:
    last = {entry.position: entry for entry in accepted if entry.mark is None}
    if not last:
        return
    values: list[Any] = []
    for position, entry in last.items():
        paper = items[position].paper
        complete = get_kind(paper.body["kind"]).is_complete(paper.body, entry.answer)
        payload = None if entry.answer is None else json.dumps(entry.answer)
        values += [paper.item_id, attempt.pk, epoch, entry.seq, payload, complete, entry.final]
    rows = ", ".join([_ANSWER_ROW] * len(last))
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT_ANSWERS.format(rows=rows), values)


_UPSERT_MARK = """
    INSERT INTO quizzes_itemmark AS stands
        (item_id, flag, flag_epoch, flag_seq, struck, struck_epoch, struck_seq, first_seen_at)
    VALUES (%(item)s, %(flag)s, %(flag_epoch)s, %(flag_seq)s,
            %(struck)s::jsonb, %(struck_epoch)s, %(struck_seq)s, %(seen)s)
    ON CONFLICT (item_id) DO UPDATE SET
        (flag, flag_epoch, flag_seq) = (
            SELECT w.flag, w.flag_epoch, w.flag_seq
            FROM (VALUES (stands.flag, stands.flag_epoch, stands.flag_seq),
                         (excluded.flag, excluded.flag_epoch, excluded.flag_seq))
                 AS w(flag, flag_epoch, flag_seq)
            ORDER BY w.flag_epoch DESC, w.flag_seq DESC LIMIT 1),
        (struck, struck_epoch, struck_seq) = (
            SELECT w.struck, w.struck_epoch, w.struck_seq
            FROM (VALUES (stands.struck, stands.struck_epoch, stands.struck_seq),
                         (excluded.struck, excluded.struck_epoch, excluded.struck_seq))
                 AS w(struck, struck_epoch, struck_seq)
            ORDER BY w.struck_epoch DESC, w.struck_seq DESC LIMIT 1),
        first_seen_at = LEAST(stands.first_seen_at, excluded.first_seen_at)
"""


def _upsert_marks(
    epoch: int, accepted: Sequence[Entry], items: Mapping[int, _Item], arrival: datetime
) -> None:
    for entry in accepted:
        mark = entry.mark
        if mark is None:
            continue
        names_flag, names_struck = mark.flag is not None, mark.struck is not None
        values: dict[str, Any] = {
            "item": items[entry.position].paper.item_id,
            "flag": bool(mark.flag),
            "flag_epoch": epoch if names_flag else 0,
            "flag_seq": entry.seq if names_flag else 0,
            "struck": json.dumps(list(mark.struck or ())),
            "struck_epoch": epoch if names_struck else 0,
            "struck_seq": entry.seq if names_struck else 0,
            "seen": arrival if mark.seen else None,
        }
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT_MARK, values)


def mark_seen(item_id: int, now: datetime) -> None:
    """Note the first sight of an item; later sights change nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT_MARK,
            {
                "item": item_id,
                "flag": False,
                "flag_epoch": 0,
                "flag_seq": 0,
                "struck": "[]",
                "struck_epoch": 0,
                "struck_seq": 0,
                "seen": now,
            },
        )
