"""Everything that writes an answer or a mark.

The order of the statements is the protocol: read the clock, lock the attempt row,
then decide, append the event, upsert the answer. See docs/exam-protocol.md.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from certportal.accounts.models import User
from certportal.lib.clock import db_now
from quizzes.engine.kinds.registry import get_kind
from quizzes.engine.saving import (
    Batch,
    Entry,
    Outcome,
    RefusedEntryError,
    Standing,
    decide,
    position_of,
    read_entry,
    seq_to_echo,
)
from quizzes.models import AnswerEvent, Attempt
from quizzes.services import ledger
from quizzes.services.closing import close_if_overdue, lock_attempt
from quizzes.services.errors import TooMuchEvidenceError
from quizzes.services.ledger import LedgerItem
from quizzes.signals import answer_recorded, send_on_commit

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
    """What the page is told of a whole batch, field by field as JSON."""

    entries: tuple[EntryReply, ...]
    acknowledged: int
    remaining_ms: int | None
    epoch: int
    status: str


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
        TooMuchEvidenceError: too many rejected entries are stored already.
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
        section=attempt.section,
    )
    fresh: list[Entry] = []
    for entry in entries:
        if entry is not None and entry.seq not in stored:
            state = items[entry.position].state
            outcome = decide(entry, epoch=batch.epoch, standing=standing, state=state)
            stored[entry.seq] = _Stored(entry.payload, outcome)
            fresh.append(entry)
    _write(attempt, batch.epoch, arrival, fresh, stored, items)
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
    stored = AnswerEvent.objects.filter(attempt=attempt, epoch=epoch)
    highest: int | None = stored.aggregate(highest=Max("seq"))["highest"]
    return highest or 0


def _load_items(attempt: Attempt, batch: Batch) -> tuple[dict[int, LedgerItem], int]:
    """The items that a batch speaks of, as they stand under the lock."""
    positions = {position for raw in batch.entries if (position := position_of(raw))}
    items: dict[int, LedgerItem] = {}
    acknowledged = 0
    if positions:
        items, acknowledged = ledger.read_items(attempt, batch.epoch, positions)
    if not items:
        acknowledged = acknowledged_seq(attempt, batch.epoch)
    return items, acknowledged


def _read(raw: object, items: Mapping[int, LedgerItem], attempt: Attempt) -> Entry | None:
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


def _write(
    attempt: Attempt,
    epoch: int,
    arrival: datetime,
    fresh: Sequence[Entry],
    stored: Mapping[int, _Stored],
    items: Mapping[int, LedgerItem],
) -> None:
    if not fresh:
        return
    if any(stored[entry.seq].outcome in _REJECTED for entry in fresh):
        _refuse_endless_evidence(attempt)
    accepted = [entry for entry in fresh if stored[entry.seq].outcome is Outcome.ACCEPTED]
    new = ledger.Writing(
        events=[
            ledger.NewEvent(items[entry.position], entry, stored[entry.seq].outcome)
            for entry in fresh
        ],
        answers=_new_answers(accepted, items),
        marks=_new_marks(accepted, items, epoch, arrival),
    )
    for seq, recorded_at in ledger.write(attempt, epoch, arrival, new).items():
        stored[seq].recorded_at = recorded_at
    if any(answer.entry.final for answer in new.answers):
        send_on_commit(answer_recorded, attempt)


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


def _new_answers(
    accepted: Sequence[Entry], items: Mapping[int, LedgerItem]
) -> list[ledger.NewAnswer]:
    """The last accepted answer of each item."""
    last = {entry.position: entry for entry in accepted if entry.mark is None}
    return [_new_answer(items[position], entry) for position, entry in last.items()]


def _new_answer(item: LedgerItem, entry: Entry) -> ledger.NewAnswer:
    body = item.paper.body
    complete = get_kind(body["kind"]).is_complete(body, entry.answer)
    return ledger.NewAnswer(item.paper.item_id, entry, complete)


def _new_marks(
    accepted: Sequence[Entry], items: Mapping[int, LedgerItem], epoch: int, arrival: datetime
) -> dict[int, ledger.NewMark]:
    """By item id, what all accepted marks of the batch make of it."""
    marks: dict[int, ledger.NewMark] = {}
    for entry in accepted:
        if entry.mark is not None:
            mark = marks.setdefault(items[entry.position].paper.item_id, ledger.NewMark())
            mark.add(entry.mark, (epoch, entry.seq), arrival)
    return marks


def mark_seen(item_id: int, now: datetime) -> None:
    """Note the first sight of an item; later sights change nothing."""
    ledger.note_first_sight(item_id, now)
