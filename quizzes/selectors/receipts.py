"""What reached the portal about a sitting, line by line: the student's proof that it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quizzes.models import AnswerEvent, Attempt

RECEIPTS_A_PAGE = 100
_LONGEST_TIME = 40


@dataclass(frozen=True, slots=True)
class Receipt:
    """One line. It never says what was answered, nor whether that is right."""

    position: int | None
    """The question; None for what is about the whole sitting."""
    what: str
    arrived_at: datetime
    """By the portal's clock."""
    device_at: datetime | None
    """By the clock of the device, which decides nothing; None where it said nothing."""
    outcome: str
    """In words; empty for what has none."""
    counts: bool
    """Whether it was saved when it arrived, or accepted afterwards."""


def receipts(attempt: Attempt, *, number: int | str) -> Page[Receipt]:
    """One page, the newest first: two statements. A number that is none leads to the first."""
    events = AnswerEvent.objects.filter(attempt=attempt).order_by("-pk")
    rows = events.values_list("item__position", "kind", "payload", "outcome", "arrived_at")
    page: Page[Any] = Paginator(rows, RECEIPTS_A_PAGE).get_page(number)
    page.object_list = [_receipt(*row) for row in page.object_list]
    return page


def _receipt(
    position: int | None, kind: str, payload: Mapping[str, Any], outcome: str, arrived: datetime
) -> Receipt:
    is_entry = kind in {AnswerEvent.Kind.ANSWER, AnswerEvent.Kind.MARK}
    label = str(AnswerEvent.Outcome(outcome).label) if is_entry or _is_decision(kind) else ""
    return Receipt(
        position=position,
        what=_what(kind, payload),
        arrived_at=arrived,
        device_at=device_time(payload) if is_entry else None,
        outcome=label,
        counts=outcome in {AnswerEvent.Outcome.ACCEPTED, AnswerEvent.Outcome.ACCEPTED_LATE},
    )


def _is_decision(kind: str) -> bool:
    return kind == AnswerEvent.Kind.DECISION


def device_time(payload: Mapping[str, Any]) -> datetime | None:
    """The time that a device gave with an entry, if it is one; it is shown and never used."""
    meta = payload.get("meta")
    said = payload.get("device_time") or (meta.get("device_time") if isinstance(meta, dict) else "")
    if not isinstance(said, str) or not 0 < len(said) <= _LONGEST_TIME:
        return None
    try:
        moment = datetime.fromisoformat(said)
        # Moments at the very ends of the calendar have no wall time in every zone.
        is_usable = moment.tzinfo is not None and 1 < moment.year < MAXYEAR
    except ValueError:
        return None
    return moment if is_usable else None


def _what(kind: str, payload: Mapping[str, Any]) -> str:
    if kind == AnswerEvent.Kind.ANSWER:
        return _("Answer") if payload.get("answer") is not None else _("Answer taken back")
    if kind == AnswerEvent.Kind.MARK:
        return _mark(payload.get("mark") or {})
    if kind == AnswerEvent.Kind.GRANT:
        minutes = payload["seconds"] // 60
        text = ngettext("%(n)s more minute given", "%(n)s more minutes given", minutes)
        return text % {"n": minutes}
    if kind == AnswerEvent.Kind.CLOSE:
        is_expired = payload.get("status") == Attempt.Status.EXPIRED
        return _("End: the time ran out") if is_expired else _("End: handed in")
    return {
        AnswerEvent.Kind.TAKE_OVER: _("Another page took over"),
        AnswerEvent.Kind.SECTION: _("Next section begun"),
        AnswerEvent.Kind.DECISION: _("Decision about a late answer"),
    }[AnswerEvent.Kind(kind)]


def _mark(mark: Mapping[str, Any]) -> str:
    if "flag" in mark:
        return _("Flag set") if mark["flag"] else _("Flag removed")
    return _("Options struck out") if "struck" in mark else _("First seen")
