"""The statements behind a question page, written out: it is the page that is asked for most."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from certportal.catalog.models import ExamDomain
from quizzes.models import Attempt, AttemptItem

_PLACES = """
    SELECT item.position, coalesce(answer.is_complete, false), coalesce(mark.flag, false),
           answer.final_at IS NOT NULL,
           answer.payload IS NOT NULL OR mark.first_seen_at IS NOT NULL
    FROM quizzes_attemptitem AS item
    LEFT JOIN quizzes_answer AS answer ON answer.item_id = item.id
    LEFT JOIN quizzes_itemmark AS mark ON mark.item_id = item.id
    WHERE item.attempt_id = %s ORDER BY item.position
"""
# Never the key of the revision: see SECURITY.md. The places of the open section come as one
# string with a letter each, because 65 rows a page cost as much as a save.
_ITEM = """
    SELECT (
               SELECT string_agg(
                   CASE WHEN place_mark.flag THEN upper(state.letter) ELSE state.letter END, ''
                   ORDER BY place.position)
               FROM quizzes_attemptitem AS place
               LEFT JOIN quizzes_answer AS place_answer ON place_answer.item_id = place.id
               LEFT JOIN quizzes_itemmark AS place_mark ON place_mark.item_id = place.id
               CROSS JOIN LATERAL (SELECT CASE
                   WHEN place_answer.final_at IS NOT NULL THEN 'f'
                   WHEN place_answer.is_complete THEN 'c'
                   WHEN place_answer.payload IS NOT NULL OR place_mark.first_seen_at IS NOT NULL
                   THEN 'i' ELSE 'u' END AS letter) AS state
               WHERE place.attempt_id = item.attempt_id AND place.section = item.section
           ),
           item.id, item.presentation_order, revision.body,
           domain.id, domain.key, domain.name, domain.translations,
           answer.payload, answer.saved_at, answer.final_at,
           mark.flag, mark.struck, mark.first_seen_at
    FROM quizzes_attemptitem AS item
    JOIN quizzes_questionrevision AS revision ON revision.id = item.revision_id
    JOIN catalog_examdomain AS domain ON domain.id = item.domain_id
    LEFT JOIN quizzes_answer AS answer ON answer.item_id = item.id
    LEFT JOIN quizzes_itemmark AS mark ON mark.item_id = item.id
    WHERE item.attempt_id = %s AND item.position = %s
"""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of the paper with the answer and the marks that stand."""

    places: str
    """A letter for each question of its section: f(inal), c(omplete), i(ncomplete), u(nseen);
    a capital where it is flagged."""
    id: int
    order: dict[str, list[str]]
    body: dict[str, Any]
    domain: ExamDomain
    answer: dict[str, Any] | None
    saved_at: datetime | None
    is_final: bool
    flag: bool
    struck: list[str]
    is_seen: bool


def place_rows(attempt: Attempt) -> list[tuple[int, bool, bool, bool, bool]]:
    """(position, is complete, flag, is final, is seen) of every place, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [attempt.pk])
        return list(cursor.fetchall())


def item_row(attempt: Attempt, position: int) -> ItemRow:
    """Raises AttemptItem.DoesNotExist where the paper has no such position."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEM, [attempt.pk, position])
        row = cursor.fetchone()
    if row is None:
        raise AttemptItem.DoesNotExist
    places, item_id, order, body, *domain, payload, saved_at, final_at, flag, struck, seen_at = row
    return ItemRow(
        places=places,
        id=item_id,
        order=json.loads(order),
        body=json.loads(body),
        domain=ExamDomain(
            pk=domain[0], key=domain[1], name=domain[2], translations=json.loads(domain[3])
        ),
        answer=json.loads(payload) if payload else None,
        saved_at=saved_at,
        is_final=final_at is not None,
        flag=bool(flag),
        struck=json.loads(struck) if struck else [],
        is_seen=seen_at is not None,
    )
