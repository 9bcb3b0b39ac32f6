"""What the portal holds of a sitting: for a page that comes back, and for a plain form."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from certportal.accounts.models import User
from quizzes.models import AttemptItem
from quizzes.selectors.sittings import Sitting


def attempt_state(found: Sitting) -> dict[str, Any]:
    """The state of an attempt as a page that comes back asks for it."""
    rows = AttemptItem.objects.filter(attempt=found.attempt).values_list(
        "position", "answer__payload", "mark__flag", "mark__struck", "mark__first_seen_at"
    )
    answers: dict[str, Any] = {}
    marks: dict[str, Any] = {}
    for position, payload, flag, struck, seen in rows:
        if payload is not None:
            answers[str(position)] = payload
        if flag is not None:
            marks[str(position)] = {"flag": flag, "struck": struck, "seen": seen is not None}
    return {
        "epoch": found.attempt.epoch,
        "opened_by": found.attempt.epoch_opened_by,
        "acknowledged": found.acknowledged,
        "status": found.attempt.status,
        "section": open_section(found),
        "remaining_ms": found.remaining_ms,
        "answers": answers,
        "marks": marks,
    }


def open_section(found: Sitting) -> dict[str, Any] | None:
    """The open section; None where the paper is one piece."""
    return asdict(found.section) if found.section else None


@dataclass(frozen=True, slots=True)
class ItemForForm:
    """What a plain form post needs to know of the item that it answers."""

    body: dict[str, Any]
    answer: dict[str, Any] | None
    flag: bool
    struck: list[str]
    first: int
    """The position of the first question of its section, or of the paper."""
    last: int
    is_left: bool
    """Whether it stands in another section than the open one."""


def item_for_form(public_id: UUID, student: User, position: int) -> ItemForForm:
    """Raises AttemptItem.DoesNotExist for anybody else's attempt and unknown places."""
    beside = AttemptItem.objects.filter(
        attempt_id=OuterRef("attempt_id"), section=OuterRef("section")
    )
    row = (
        AttemptItem.objects.filter(
            attempt__public_id=public_id, attempt__student=student, position=position
        )
        .values_list(
            "revision__body",
            "answer__payload",
            "mark__flag",
            "mark__struck",
            Subquery(beside.order_by("position").values("position")[:1]),
            Subquery(beside.order_by("-position").values("position")[:1]),
            "section",
            "attempt__section",
        )
        .first()
    )
    if row is None:
        raise AttemptItem.DoesNotExist
    body, answer, flag, struck, first, last, section, open_now = row
    return ItemForForm(
        body=body,
        answer=answer,
        flag=bool(flag),
        struck=struck or [],
        first=first,
        last=last,
        is_left=section != open_now,
    )
