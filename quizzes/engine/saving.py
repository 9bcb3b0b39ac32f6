"""What to do with one incoming entry of a page: pure rules, no database.

Checked in this order: refused, duplicate or conflict, closed, late, superseded, stale.
Whether an entry is refused depends only on the entry and the frozen paper, so the
same entry is refused or not whenever it is asked.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from quizzes.engine.kinds.base import RefusedAnswer
from quizzes.engine.kinds.registry import get_kind

MAX_ENTRIES = 50
MAX_BODY_BYTES = 64 * 1024
MAX_KEY = 2**31 - 1
_CERTAINTIES = (1, 2, 3)


class Outcome(enum.StrEnum):
    """What became of an entry, as the page is told."""

    ACCEPTED = "accepted"
    STALE = "stale"
    LATE = "late"
    SUPERSEDED = "superseded"
    CLOSED = "closed"
    REFUSED = "refused"
    CONFLICT = "conflict"


class MalformedBodyError(ValueError):
    """The request is not a list of entries at all."""


class RefusedEntryError(ValueError):
    """One entry has the wrong shape, kind, option or item."""


OrderKey = tuple[int, int]
"""(epoch, seq): a later key wins over an earlier one."""


@dataclass(frozen=True, slots=True)
class PaperItem:
    """What saving needs to know of one item on the frozen paper."""

    item_id: int
    position: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """The fields that a mark names; `None` means it does not name the field."""

    flag: bool | None = None
    struck: tuple[str, ...] | None = None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Meta:
    """Measurements a page may add; each is `None` when absent or unusable."""

    visible_ms: int | None = None
    changes: int | None = None
    certainty: int | None = None
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One readable entry. `answer` is canonical; `None` clears the answer."""

    seq: int
    position: int
    payload: Mapping[str, Any]
    answer: dict[str, Any] | None = None
    mark: Mark | None = None
    final: bool = False
    meta: Meta = field(default_factory=Meta)


@dataclass(frozen=True, slots=True)
class Batch:
    """A request body that is a list of entries, each still to be read."""

    epoch: int
    entries: tuple[object, ...]


def read_batch(data: bytes) -> Batch:
    """Read a request body.

    Raises:
        MalformedBodyError: it is not `{"epoch": 1, "entries": [...]}` in strict JSON.
    """
    try:
        body = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedBodyError("the body is not JSON") from error
    if not isinstance(body, dict) or not isinstance(body.get("entries"), list):
        raise MalformedBodyError('the body is not {"epoch": …, "entries": […]}')
    if not is_key(body.get("epoch")):
        raise MalformedBodyError("epoch is not a whole number from 1")
    if len(body["entries"]) > MAX_ENTRIES:
        raise MalformedBodyError(f"more than {MAX_ENTRIES} entries")
    return Batch(body["epoch"], tuple(body["entries"]))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def is_key(value: object) -> bool:
    """Whether `value` can be an epoch or a seq: a whole number from 1 to 2^31 - 1."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_KEY


def seq_to_echo(raw: object) -> int | float | None:
    """The entry's own number for the reply; `None` when it is none that JSON can say."""
    seq = raw.get("seq") if isinstance(raw, dict) else None
    if isinstance(seq, float):
        return seq if isfinite(seq) else None
    return seq if isinstance(seq, int) and not isinstance(seq, bool) else None


def position_of(raw: object) -> int | None:
    """The item an entry speaks of, if that is a usable number."""
    item = raw.get("item") if isinstance(raw, dict) else None
    return item if is_key(item) else None


def read_entry(raw: object, paper: Mapping[int, PaperItem], *, timed: bool) -> Entry:
    """Check one entry against the frozen paper.

    Raises:
        RefusedEntryError: with the reason in words for the log.
    """
    if not isinstance(raw, dict) or not is_key(raw.get("seq")):
        raise RefusedEntryError("seq is not a whole number from 1")
    item = paper.get(raw["item"]) if is_key(raw.get("item")) else None
    if item is None:
        raise RefusedEntryError("no such item on this paper")
    if ("answer" in raw) == ("mark" in raw):
        raise RefusedEntryError("an entry has either an answer or a mark")
    payload = {name: value for name, value in raw.items() if name != "seq"}
    _check_storable(payload)
    if "mark" in raw:
        return Entry(raw["seq"], item.position, payload, mark=_read_mark(raw["mark"], item.body))
    final = raw.get("final", False)
    if not isinstance(final, bool) or (final and timed):
        raise RefusedEntryError("final is only for practice")
    answer = _read_answer(raw["answer"], item.body)
    meta = _read_meta(raw.get("meta"))
    return Entry(raw["seq"], item.position, payload, answer=answer, final=final, meta=meta)


def _check_storable(payload: Mapping[str, Any]) -> None:
    # PostgreSQL's jsonb holds neither NUL, nor lone surrogates, nor infinity.
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
        text.encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise RefusedEntryError("the entry cannot be stored") from error
    if "\\u0000" in text:
        raise RefusedEntryError("the entry holds a NUL character")


def _read_answer(answer: object, body: Mapping[str, Any]) -> dict[str, Any] | None:
    if answer is None:
        return None
    try:
        return get_kind(body["kind"]).clean_answer(body, answer)
    except RefusedAnswer as error:
        raise RefusedEntryError(str(error)) from error


def _read_mark(mark: object, body: Mapping[str, Any]) -> Mark:
    if not isinstance(mark, dict) or not mark.keys() & {"flag", "struck", "seen"}:
        raise RefusedEntryError("a mark names flag, struck or seen")
    flag, struck, seen = mark.get("flag"), mark.get("struck"), mark.get("seen", False)
    if "flag" in mark and not isinstance(flag, bool):
        raise RefusedEntryError("flag is not true or false")
    if not isinstance(seen, bool) or ("seen" in mark and not seen):
        raise RefusedEntryError("seen can only be true")
    if "struck" not in mark:
        return Mark(flag=flag, seen=seen)
    known = {option["id"] for option in body.get("options", ())}
    if not isinstance(struck, list) or not all(isinstance(s, str) and s in known for s in struck):
        raise RefusedEntryError("struck is not a list of this question's options")
    return Mark(flag=flag, struck=tuple(sorted(set(struck))), seen=seen)


def _read_meta(meta: object) -> Meta:
    """Keep what is usable: a wrong measurement never costs the answer."""
    if meta is None:
        return Meta()
    if not isinstance(meta, dict):
        return Meta(dropped=("meta",))
    usable: dict[str, int] = {}
    dropped = []
    for name in ("visible_ms", "changes", "certainty"):
        if name not in meta:
            continue
        value = meta[name]
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and (value in _CERTAINTIES if name == "certainty" else 0 <= value <= MAX_KEY):
            usable[name] = value
        else:
            dropped.append(name)
    return Meta(**usable, dropped=tuple(dropped))


@dataclass(slots=True)
class ItemState:
    """What stands for one item while a batch is decided; changed entry by entry."""

    answer_key: OrderKey = (0, 0)
    final: bool = False
    flag_key: OrderKey = (0, 0)
    struck_key: OrderKey = (0, 0)
    seen: bool = False
    section: str = ""
    """The section of the item; only in the open one anything changes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The attempt as it stands under its lock, for one request."""

    is_open: bool
    in_time: bool
    epoch: int
    may_write: bool
    """Whether this kind of writer (script or form) holds the current epoch."""
    section: str = ""
    """The open section; empty where the paper is one piece."""


def decide(entry: Entry, *, epoch: int, standing: Standing, state: ItemState) -> Outcome:
    """Say what becomes of a readable, new entry; an accepted one moves `state` on."""
    is_over = state.section != standing.section or (state.final and entry.mark is None)
    if is_over or not standing.is_open:
        return Outcome.CLOSED
    if not standing.in_time:
        return Outcome.LATE
    if epoch != standing.epoch or not standing.may_write:
        return Outcome.SUPERSEDED
    key = (epoch, entry.seq)
    if entry.mark is None:
        if key <= state.answer_key:
            return Outcome.STALE
        state.answer_key, state.final = key, entry.final
        return Outcome.ACCEPTED
    return _decide_mark(entry.mark, key, state)


def _decide_mark(mark: Mark, key: OrderKey, state: ItemState) -> Outcome:
    """A mark is stale only when every field it names has been set later."""
    news = False
    if mark.flag is not None and key > state.flag_key:
        state.flag_key, news = key, True
    if mark.struck is not None and key > state.struck_key:
        state.struck_key, news = key, True
    if mark.seen:
        state.seen = news = True
    return Outcome.ACCEPTED if news else Outcome.STALE
