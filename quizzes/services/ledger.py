"""The statements of saving, written out.

Building them anew with the ORM for every answer costs several times what running
them does. All but the note of a first sight happens under the row lock of the attempt,
which `lock` takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from quizzes.engine.saving import Entry, ItemState, Mark, OrderKey, Outcome, PaperItem
from quizzes.models import AnswerEvent, Attempt

_LOCK = (
    f"SELECT {', '.join(Attempt.ROW_COLUMNS)} FROM quizzes_attempt "  # noqa: S608 - our own names
    "WHERE public_id = %s AND student_id = %s FOR NO KEY UPDATE"
)
_STAMP_END = """
    UPDATE quizzes_attempt
    SET status = %s, ended_at = LEAST(clock_timestamp(), deadline_at),
        processed_at = clock_timestamp()
    WHERE id = %s RETURNING status, ended_at, processed_at, terms
"""
_READ = """
    SELECT item.position, item.id, revision.body, answer.epoch, answer.seq, answer.final_at,
           mark.flag_epoch, mark.flag_seq, mark.struck_epoch, mark.struck_seq, mark.first_seen_at,
           item.section,
           (SELECT max(seq) FROM quizzes_answerevent
            WHERE attempt_id = %(attempt)s AND epoch = %(epoch)s)
    FROM quizzes_attemptitem AS item
    JOIN quizzes_questionrevision AS revision ON revision.id = item.revision_id
    LEFT JOIN quizzes_answer AS answer ON answer.item_id = item.id
    LEFT JOIN quizzes_itemmark AS mark ON mark.item_id = item.id
    WHERE item.attempt_id = %(attempt)s AND item.position = ANY(%(positions)s)
"""
_EVENT_ROW = "(%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s)"
_APPEND = """
    INSERT INTO quizzes_answerevent
        (attempt_id, item_id, kind, epoch, seq, payload, outcome, arrived_at,
         first_shown_at, certainty, visible_ms, changes)
    VALUES {rows} RETURNING seq, recorded_at
"""
_ANSWER_ROW = (
    "(%s, %s, %s, %s, %s::jsonb, %s, clock_timestamp(), CASE WHEN %s THEN clock_timestamp() END)"
)
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
_MARK_ROW = "(%s, %s::boolean, %s, %s, %s::jsonb, %s, %s, %s)"
_UPSERT_MARKS = """
    INSERT INTO quizzes_itemmark AS stands
        (item_id, flag, flag_epoch, flag_seq, struck, struck_epoch, struck_seq, first_seen_at)
    VALUES {rows}
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

_NEVER: OrderKey = (0, 0)


@dataclass(slots=True)
class LedgerItem:
    """One item of the paper as it stands under the lock."""

    paper: PaperItem
    state: ItemState
    first_shown_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An entry with its outcome, on its way into the log."""

    item: LedgerItem
    entry: Entry
    outcome: Outcome


def lock(public_id: UUID, student_id: int) -> Attempt:
    """Lock one attempt of this student until the transaction ends; `terms` come when asked for.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [public_id, student_id])
        row = cursor.fetchone()
    if row is None:
        raise Attempt.DoesNotExist
    return Attempt.from_row(row)


def stamp_end(attempt: Attempt, status: str) -> None:
    """Close a locked attempt at this moment, though never after its deadline."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP_END, [status, attempt.pk])
        attempt.status, attempt.ended_at, attempt.processed_at, terms = cursor.fetchone()
    attempt.terms = json.loads(terms)


def read_items(
    attempt: Attempt, epoch: int, positions: Iterable[int]
) -> tuple[dict[int, LedgerItem], int]:
    """Items by position, and the highest stored seq of the epoch (0 when there is no item)."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"attempt": attempt.pk, "epoch": epoch}
        values["positions"] = list(positions)
        cursor.execute(_READ, values)
        rows = cursor.fetchall()
    items = {row[0]: _item(row) for row in rows}
    return items, (rows[0][-1] or 0) if rows else 0


def _item(row: tuple[Any, ...]) -> LedgerItem:
    position, item_id, body, epoch, seq, final, f_epoch, f_seq, s_epoch, s_seq, seen, *more = row
    state = ItemState(
        answer_key=(epoch or 0, seq or 0),
        final=final is not None,
        flag_key=(f_epoch or 0, f_seq or 0),
        struck_key=(s_epoch or 0, s_seq or 0),
        seen=seen is not None,
        section=more[0],
    )
    return LedgerItem(PaperItem(item_id, position, json.loads(body)), state, seen)


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What an accepted entry makes of an answer; one an item."""

    item_id: int
    entry: Entry
    is_complete: bool


@dataclass(slots=True)
class NewMark:
    """What the accepted marks of one batch make of an item: each field by its highest key."""

    flag: bool = False
    flag_key: OrderKey = _NEVER
    struck: Sequence[str] = ()
    struck_key: OrderKey = _NEVER
    first_seen_at: datetime | None = None

    def add(self, mark: Mark, key: OrderKey, now: datetime) -> None:
        """Take the fields that a mark names, each unless a later one named it."""
        if mark.flag is not None and key > self.flag_key:
            self.flag, self.flag_key = mark.flag, key
        if mark.struck is not None and key > self.struck_key:
            self.struck, self.struck_key = mark.struck, key
        if mark.seen:
            self.first_seen_at = now

    def row(self, item_id: int) -> tuple[Any, ...]:
        struck = json.dumps(self.struck)
        return (item_id, self.flag, *self.flag_key, struck, *self.struck_key, self.first_seen_at)


@dataclass(slots=True)
class Writing:
    """All that one batch writes."""

    events: Sequence[NewEvent]
    answers: Sequence[NewAnswer] = ()
    marks: Mapping[int, NewMark] = field(default_factory=dict)
    """By item id."""


def write(attempt: Attempt, epoch: int, arrival: datetime, new: Writing) -> dict[int, datetime]:
    """Append the events and let answers and marks stand; returns when each seq was recorded.

    An answer or a field of a mark stands unless one with a later key stands already.
    """
    values: list[Any] = []
    for answer in new.answers:
        values += _answer_values(attempt, epoch, answer)
    for item_id, mark in new.marks.items():
        values += mark.row(item_id)
    for event in new.events:
        values += _event_values(attempt, epoch, arrival, event)
    statement = _write_statement(len(new.events), len(new.answers), len(new.marks))
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return dict(cursor.fetchall())


@lru_cache(maxsize=256)
def _write_statement(events: int, answers: int, marks: int) -> str:
    """One statement for all three tables: the attempt is locked, so none reads another's rows."""
    besides = []
    if answers:
        rows = ", ".join([_ANSWER_ROW] * answers)
        besides.append(f"answers AS ({_UPSERT_ANSWERS.format(rows=rows)})")
    if marks:
        rows = ", ".join([_MARK_ROW] * marks)
        besides.append(f"marks AS ({_UPSERT_MARKS.format(rows=rows)})")
    append = _APPEND.format(rows=", ".join([_EVENT_ROW] * events))
    return f"WITH {', '.join(besides)} {append}" if besides else append


def _event_values(attempt: Attempt, epoch: int, arrival: datetime, event: NewEvent) -> list[Any]:
    entry, meta = event.entry, event.entry.meta
    kind = AnswerEvent.Kind.MARK if entry.mark else AnswerEvent.Kind.ANSWER
    return [
        *(attempt.pk, event.item.paper.item_id, kind.value, epoch, entry.seq),
        *(json.dumps(entry.payload), event.outcome.value, arrival, event.item.first_shown_at),
        *(meta.certainty, meta.visible_ms, meta.changes),
    ]


def _answer_values(attempt: Attempt, epoch: int, new: NewAnswer) -> list[Any]:
    payload = None if new.entry.answer is None else json.dumps(new.entry.answer)
    return [
        *(new.item_id, attempt.pk, epoch, new.entry.seq),
        *(payload, new.is_complete, new.entry.final),
    ]


def note_first_sight(item_id: int, now: datetime) -> None:
    """Note when an item was first shown; later sights change nothing."""
    statement = _UPSERT_MARKS.format(rows=_MARK_ROW)
    with connection.cursor() as cursor:
        cursor.execute(statement, NewMark(first_seen_at=now).row(item_id))
