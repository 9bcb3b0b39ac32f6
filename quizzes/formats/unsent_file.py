"""The file of answers that a page could not send: read whole, or refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quizzes.engine.saving import MAX_BODY_BYTES, is_key

MOST_BYTES = 1_000_000
MOST_ENTRIES = 2_000


class UnsentFileError(ValueError):
    """The file cannot be used.

    `code` is `too_big`, `not_json`, `not_answers`, `too_many`, `empty` or `other_sitting`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class UnsentEntry:
    """One entry as its page would have sent it, in the epoch that it belongs to."""

    epoch: int
    raw: Mapping[str, Any]


def read_unsent(data: bytes, *, attempt: str) -> tuple[UnsentEntry, ...]:
    """The entries of a file that a page made of this attempt, in their own order.

    Raises:
        UnsentFileError: with a code; the entries themselves are judged when they are saved.
    """
    if len(data) > MOST_BYTES:
        raise UnsentFileError("too_big")
    body = _json(data)
    if not isinstance(body, dict) or not isinstance(body.get("entries"), list):
        raise UnsentFileError("not_answers")
    if str(body.get("attempt", "")).lower() != attempt:
        raise UnsentFileError("other_sitting")
    if not body["entries"]:
        raise UnsentFileError("empty")
    if len(body["entries"]) > MOST_ENTRIES:
        raise UnsentFileError("too_many")
    entries = [_entry(raw, body.get("epoch")) for raw in body["entries"]]
    return tuple(sorted(entries, key=lambda entry: (entry.epoch, entry.raw["seq"])))


def _json(data: bytes) -> Any:
    try:
        return json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnsentFileError("not_json") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _entry(raw: object, epoch: object) -> UnsentEntry:
    """`epoch` is that of the file, for an entry that names none."""
    if not isinstance(raw, dict) or not is_key(raw.get("seq")):
        raise UnsentFileError("not_answers")
    own = raw.get("epoch", epoch)
    if not isinstance(own, int) or not is_key(own) or len(json.dumps(raw)) > MAX_BODY_BYTES:
        raise UnsentFileError("not_answers")
    return UnsentEntry(own, {name: value for name, value in raw.items() if name != "epoch"})
