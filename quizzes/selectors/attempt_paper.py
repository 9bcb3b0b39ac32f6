"""Every question of the open section at once, so that moving between them needs no network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection
from django.template.loader import get_template
from django.utils.translation import override

from quizzes.selectors.cards import question_card
from quizzes.selectors.sittings import Sitting

# Never the key of the revision: see SECURITY.md.
_ITEMS = """
    SELECT item.position, item.presentation_order, revision.body,
           coalesce(answer.is_complete, false), answer.payload,
           coalesce(mark.flag, false), coalesce(mark.struck, '[]'),
           answer.payload IS NOT NULL OR mark.first_seen_at IS NOT NULL
    FROM quizzes_attemptitem AS item
    JOIN quizzes_questionrevision AS revision ON revision.id = item.revision_id
    LEFT JOIN quizzes_answer AS answer ON answer.item_id = item.id
    LEFT JOIN quizzes_itemmark AS mark ON mark.item_id = item.id
    WHERE item.attempt_id = %s AND (%s = '' OR item.section = %s) ORDER BY item.position
"""


def attempt_paper(found: Sitting) -> dict[str, Any]:
    """The cards of the open section in every language, with what stands: one statement.

    A card is the same piece of HTML that the question page has, without any answer in it. The
    dialogs are here because a page without a script has no use for them.
    """
    attempt = found.attempt
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [attempt.pk, attempt.section, attempt.section])
        rows = cursor.fetchall()
    items = [_item(row) for row in rows]
    shown = [(json.loads(row[2]), json.loads(row[1])) for row in rows]
    for language, _name in settings.LANGUAGES:
        with override(language):
            for item, (body, order) in zip(items, shown, strict=True):
                item["html"][language] = _card_html(body, order, language)
    return {
        "status": attempt.status,
        "epoch": attempt.epoch,
        "remaining_ms": found.remaining_ms,
        "section": attempt.section,
        "dialogs": get_template("quizzes/attempt/_dialogs.html").render(),
        "items": items,
    }


def _item(row: Sequence[Any]) -> dict[str, Any]:
    position, _order, body, is_complete, answer, flag, struck, is_seen = row
    card = question_card(body=json.loads(body), order={}, answer=None, language="")
    return {
        "n": position,
        "kind": card.kind,
        "choose": card.choose,
        "html": {},
        "answer": json.loads(answer) if answer else None,
        "complete": is_complete,
        "flag": flag,
        "struck": json.loads(struck),
        "seen": is_seen,
    }


def _card_html(body: Mapping[str, Any], order: Mapping[str, Sequence[str]], language: str) -> str:
    card = question_card(body=body, order=order, answer=None, language=language)
    return get_template("quizzes/attempt/_card.html").render({"card": card, "in_paper": True})
