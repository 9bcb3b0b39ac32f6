"""Reads the plain form of a question page into the entries that a script would send."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from quizzes.engine.kinds.registry import get_kind
from quizzes.selectors.attempt_state import ItemForForm

_CERTAINTIES = ("1", "2", "3")


def entries_from_form(data: QueryDict, *, position: int, item: ItemForForm) -> list[dict[str, Any]]:
    """Entries without `seq`; what has not changed makes none.

    Raises:
        RefusedAnswer: the posted answer cannot belong to this question.
    """
    posted = dict(data.lists())
    answer = get_kind(item.body["kind"]).answer_from_form(item.body, posted)
    is_final = data.get("go") == "check"
    entries: list[dict[str, Any]] = []
    if answer != item.answer or is_final:
        entry: dict[str, Any] = {"item": position, "answer": answer}
        certainty = str(data.get("certainty", ""))
        if certainty in _CERTAINTIES:
            entry["meta"] = {"certainty": int(certainty)}
        if is_final:
            entry["final"] = True
        entries.append(entry)
    mark = _mark(data, item)
    if mark:
        entries.append({"item": position, "mark": mark})
    return entries


def _mark(data: QueryDict, item: ItemForForm) -> dict[str, Any]:
    """The marks that differ from what is stored."""
    mark: dict[str, Any] = {}
    flag = bool(data.get("flag"))
    known = {option["id"] for option in item.body.get("options", ())}
    struck = sorted(set(data.getlist("struck")) & known)
    if flag != item.flag:
        mark["flag"] = flag
    if struck != sorted(item.struck):
        mark["struck"] = struck
    return mark


def target_position(go: str, position: int, item: ItemForForm) -> int:
    """The question that a button leads to; never outside the paper or its section."""
    first, last = item.first, item.last
    if go == "check":
        return position
    if go == "previous":
        return max(first, position - 1)
    if go.isascii() and go.isdigit() and len(go) <= len(str(last)):
        return min(max(first, int(go)), last)
    return min(last, position + 1)
