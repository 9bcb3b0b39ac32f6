"""What the portal holds of a sitting: for a page that comes back, and for a plain form."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from certportal.accounts.models import User
from quizzes.models import AttemptItem
from quizzes.selectors.sittings import Sitting

# Written out, because every answer by a plain form begins with it.
_ITEM = """
    SELECT revision.body, answer.payload, mark.flag, mark.struck, part.first, part.last,
           item.section <> attempt.section
    FROM quizzes_attempt AS attempt
    JOIN quizzes_attemptitem AS item ON item.attempt_id = attempt.id
    JOIN quizzes_questionrevision AS revision ON revision.id = item.revision_id
    LEFT JOIN quizzes_answer AS answer ON answer.item_id = item.id
    LEFT JOIN quizzes_itemmark AS mark ON mark.item_id = item.id
    CROSS JOIN LATERAL (
        SELECT min(position) AS first, max(position) AS last FROM quizzes_attemptitem
        WHERE attempt_id = attempt.id AND section = item.section) AS part
    WHERE attempt.public_id = %s AND attempt.student_id = %s AND item.position = %s
"""


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
    with connection.cursor() as cursor:
        cursor.execute(_ITEM, [public_id, student.pk, position])
        row = cursor.fetchone()
    if row is None:
        raise AttemptItem.DoesNotExist
    body, answer, flag, struck, first, last, is_left = row
    return ItemForForm(
        body=json.loads(body),
        answer=json.loads(answer) if answer else None,
        flag=bool(flag),
        struck=json.loads(struck) if struck else [],
        first=first,
        last=last,
        is_left=is_left,
    )
