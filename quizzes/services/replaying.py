"""Writes whole sittings that have happened, many at once, as if the portal had seen them.

The tables, their constraints and their triggers are those of every sitting: answers go in
while the attempt is open, then it closes, then it is graded by the code that grades at
any end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from certportal.lib.copying import copy_rows, take_ids
from quizzes.engine.kinds.registry import get_kind
from quizzes.engine.presenting import option_order
from quizzes.models import (
    Answer,
    AnswerEvent,
    Attempt,
    AttemptItem,
    ItemMark,
    Placement,
    QuestionRevision,
    Score,
)
from quizzes.services.closing import PaperRow, score_of

_RECORDED_AFTER = timedelta(milliseconds=4)


@dataclass(frozen=True, slots=True)
class Act:
    """One answer that reached the portal, with the moment its question was first shown."""

    position: int
    shown_at: datetime
    at: datetime
    answer: dict[str, Any] | None
    final: bool = False
    visible_ms: int | None = None
    changes: int | None = None

    @property
    def payload(self) -> dict[str, Any]:
        """As the page sends it."""
        entry: dict[str, Any] = {"item": self.position, "answer": self.answer}
        if self.final:
            entry["final"] = True
        if self.visible_ms is not None:
            entry["meta"] = {"visible_ms": self.visible_ms, "changes": self.changes}
        return entry


@dataclass(frozen=True, slots=True)
class End:
    """How and when a sitting ended."""

    status: str
    ended_at: datetime
    processed_at: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    """A sitting: the attempt as it began, not yet saved, and all that became of it."""

    attempt: Attempt
    picks: Sequence[int]
    """Question ids in the order of the paper."""
    acts: Sequence[Act]
    """In the order of their arrival."""
    end: End | None
    """None while it runs."""


@dataclass(slots=True)
class _Papers:
    """What freezing needs of the questions; two statements."""

    revisions: dict[int, QuestionRevision]
    domains: dict[tuple[int, int], int]

    @classmethod
    def of(cls, replays: Iterable[Replay]) -> _Papers:
        questions = {question_id for replay in replays for question_id in replay.picks}
        newest = QuestionRevision.objects.filter(question_id__in=questions).newest()
        places = Placement.objects.filter(question_id__in=questions)
        return cls(
            revisions={revision.question_id: revision for revision in newest},
            domains={
                (guide_id, question_id): domain_id
                for guide_id, question_id, domain_id in places.values_list(
                    "guide_id", "question_id", "domain_id"
                )
            },
        )


@dataclass(slots=True)
class _Sheet:
    """A replay on its way into the tables: its items by position."""

    replay: Replay
    revisions: Sequence[QuestionRevision]
    item_ids: Sequence[int] = field(default_factory=list)

    @property
    def attempt(self) -> Attempt:
        return self.replay.attempt

    def item_id(self, act: Act) -> int:
        return self.item_ids[act.position - 1]

    def standing(self) -> dict[int, tuple[int, Act]]:
        """By position the answer that arrived last, with its number."""
        return {act.position: (seq, act) for seq, act in enumerate(self.replay.acts, start=1)}


@transaction.atomic
def replay(replays: Sequence[Replay]) -> int:
    """Write these sittings; returns how many answers stand in them."""
    with connection.cursor() as cursor:
        # Checked at the end, they would queue up, and every answer's trigger walks the queue.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    papers = _Papers.of(replays)
    return sum(_write(group, papers) for group in _rounds(replays))


def _rounds(replays: Iterable[Replay]) -> Iterator[Sequence[Replay]]:
    """Groups in which nobody has two sittings of one exam: only one may be open at a time."""
    groups: list[list[Replay]] = []
    before: dict[tuple[int, int, int | None], int] = {}
    for one in replays:
        number = 0
        if one.attempt.exam_id is not None:
            key = (one.attempt.student_id, one.attempt.exam_id, one.attempt.assignment_id)
            number = before[key] = before.get(key, -1) + 1
        groups += [[] for _ in range(number + 1 - len(groups))]
        groups[number].append(one)
    yield from groups


def _write(replays: Sequence[Replay], papers: _Papers) -> int:
    Attempt.objects.bulk_create([one.attempt for one in replays], batch_size=500)
    sheets = [
        _Sheet(one, [papers.revisions[question_id] for question_id in one.picks]) for one in replays
    ]
    _write_papers(sheets, papers)
    _tell_planner()
    _write_acts(sheets)
    stand = _write_answers(sheets)
    ended = [sheet for sheet in sheets if sheet.replay.end is not None]
    _close(ended)
    _grade(ended)
    return stand


def _write_papers(sheets: Sequence[_Sheet], papers: _Papers) -> None:
    numbers = iter(take_ids(AttemptItem, sum(len(sheet.revisions) for sheet in sheets)))
    for sheet in sheets:
        sheet.item_ids = [next(numbers) for _ in sheet.revisions]
    columns = (
        "id",
        "attempt_id",
        "position",
        "question_id",
        "revision_id",
        "domain_id",
        "section",
        "block",
        "presentation_order",
        "is_scored",
    )
    copy_rows(AttemptItem, columns, _item_rows(sheets, papers))


def _item_rows(sheets: Iterable[_Sheet], papers: _Papers) -> Iterator[Sequence[object]]:
    for sheet in sheets:
        attempt = sheet.attempt
        pairs = zip(sheet.item_ids, sheet.revisions, strict=True)
        for position, (item_id, revision) in enumerate(pairs, start=1):
            question_id = revision.question_id
            domain_id = papers.domains[attempt.guide_id, question_id]
            order = option_order(revision.body, attempt.seed, question_id)
            yield (
                *(item_id, attempt.pk, position, question_id, revision.pk, domain_id),
                *("", "", order, True),
            )


def _tell_planner() -> None:
    """The triggers look up each attempt: by its index only once the planner knows its table."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE quizzes_attempt, quizzes_attemptitem")


_EVENT_COLUMNS = (
    *("attempt_id", "item_id", "kind", "epoch", "seq", "payload", "outcome"),
    *("arrived_at", "recorded_at", "first_shown_at", "visible_ms", "changes"),
)
_MARK_COLUMNS = (
    *("item_id", "flag", "flag_epoch", "flag_seq"),
    *("struck", "struck_epoch", "struck_seq", "first_seen_at"),
)


def _write_acts(sheets: Sequence[_Sheet]) -> None:
    copy_rows(AnswerEvent, _EVENT_COLUMNS, (row for it in sheets for row in _event_rows(it)))
    copy_rows(ItemMark, _MARK_COLUMNS, (row for it in sheets for row in _mark_rows(it)))


def _event_rows(sheet: _Sheet) -> Iterator[Sequence[object]]:
    for seq, act in enumerate(sheet.replay.acts, start=1):
        yield (
            *(sheet.attempt.pk, sheet.item_id(act), AnswerEvent.Kind.ANSWER.value),
            *(sheet.attempt.epoch, seq, act.payload, AnswerEvent.Outcome.ACCEPTED.value),
            *(act.at, act.at + _RECORDED_AFTER, act.shown_at, act.visible_ms, act.changes),
        )


def _mark_rows(sheet: _Sheet) -> Iterator[Sequence[object]]:
    """Nothing was flagged or struck; the question was seen."""
    for item_id, shown_at in _first_sights(sheet):
        yield (item_id, False, 0, 0, [], 0, 0, shown_at)


def _first_sights(sheet: _Sheet) -> Iterable[tuple[int, datetime]]:
    first: dict[int, datetime] = {}
    for act in sheet.replay.acts:
        first.setdefault(sheet.item_id(act), act.shown_at)
    return first.items()


def _write_answers(sheets: Sequence[_Sheet]) -> int:
    rows = [row for sheet in sheets for row in _answer_rows(sheet)]
    columns = ("item_id", "attempt_id", "epoch", "seq", "payload", "is_complete")
    copy_rows(Answer, (*columns, "saved_at", "final_at"), rows)
    return len(rows)


def _answer_rows(sheet: _Sheet) -> Iterator[Sequence[object]]:
    for position, (seq, act) in sheet.standing().items():
        body = sheet.revisions[position - 1].body
        saved_at = act.at + _RECORDED_AFTER
        yield (
            *(sheet.item_id(act), sheet.attempt.pk, sheet.attempt.epoch, seq, act.answer),
            get_kind(body["kind"]).is_complete(body, act.answer),
            *(saved_at, saved_at if act.final else None),
        )


_CLOSE = """
    UPDATE quizzes_attempt
    SET status = how.status, ended_at = how.ended, processed_at = how.processed
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
         AS how(id, status, ended, processed)
    WHERE quizzes_attempt.id = how.id
"""


def _close(sheets: Sequence[_Sheet]) -> None:
    ends = [(sheet.attempt, sheet.replay.end) for sheet in sheets]
    for attempt, end in ends:
        if end is not None:
            attempt.status, attempt.ended_at = end.status, end.ended_at
            attempt.processed_at = end.processed_at
    closed = [attempt for attempt, _end in ends]
    with connection.cursor() as cursor:
        cursor.execute(
            _CLOSE,
            [
                [it.pk for it in closed],
                [it.status for it in closed],
                [it.ended_at for it in closed],
                [it.processed_at for it in closed],
            ],
        )


def _grade(sheets: Sequence[_Sheet]) -> None:
    scores = [score_of(sheet.attempt, _paper_rows(sheet)) for sheet in sheets]
    for score in scores:
        if score.attempt.processed_at is not None:
            score.created_at = score.attempt.processed_at
    Score.objects.bulk_create(scores, batch_size=500)
    closes = (
        (
            *(score.attempt.pk, AnswerEvent.Kind.CLOSE.value, AnswerEvent.Outcome.SYSTEM.value),
            {"status": score.attempt.status, "score": score.number},
            *(score.attempt.processed_at, score.attempt.processed_at),
        )
        for score in scores
    )
    columns = ("attempt_id", "kind", "outcome", "payload", "arrived_at", "recorded_at")
    copy_rows(AnswerEvent, columns, closes)


def _paper_rows(sheet: _Sheet) -> list[PaperRow]:
    answers = {position: act.answer for position, (_seq, act) in sheet.standing().items()}
    return [
        PaperRow(position, True, revision.body, revision.key, answers.get(position))
        for position, revision in enumerate(sheet.revisions, start=1)
    ]
