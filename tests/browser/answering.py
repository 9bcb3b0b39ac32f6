"""Answers to the questions of a paper, right or wrong as a test wants them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quizzes.engine.kinds.registry import get_kind
from quizzes.models import Attempt, QuestionRevision
from quizzes.services.answering import save_form


def save(
    attempt: Attempt, positions: Iterable[int], *, right: Iterable[int], final: bool = False
) -> None:
    """Answer these places, some of them rightly."""
    entries = []
    for item in attempt.items.select_related("revision").filter(position__in=positions):
        given = {
            "item": item.position,
            "answer": an_answer(item.revision, right=item.position in right),
        }
        entries.append({**given, "final": True} if final else given)
    reply = save_form(public_id=attempt.public_id, student=attempt.student, entries=entries)
    assert {entry.outcome for entry in reply.entries} == {"accepted"}


def an_answer(revision: QuestionRevision, *, right: bool) -> dict[str, Any]:
    body, key = revision.body, revision.key
    match body["kind"]:
        case "single" | "true_false":
            wrong = next(it["id"] for it in body["options"] if it["id"] not in key["correct"])
            answer: dict[str, Any] = {"choice": key["correct"][0] if right else wrong}
        case "multiple":
            answer = {"choices": key["correct"] if right else key["correct"][:1]}
        case "ordering":
            answer = {"order": key["order"] if right else key["order"][::-1]}
        case "matching":
            first = body["options"][0]["id"]
            pairs = key["pairs"] if right else dict.fromkeys(key["pairs"], first)
            answer = {"pairs": pairs}
        case "numeric":
            answer = {"value": str(key["value"]) if right else "-12345"}
        case _:
            answer = {"text": key["accepted"][0] if right else "no such word"}
    return get_kind(body["kind"]).clean_answer(body, answer)
