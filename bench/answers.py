"""A valid answer to a question, read from the HTML of its card."""

from __future__ import annotations

import re
from typing import Any


def some_answer(page: str, choose: int | None = None) -> dict[str, object]:
    """A valid answer to the question on a page, in the shape that scripts send."""
    if choices := _values(page, "choices"):
        return {"choices": sorted(choices)[: choose or _choose(page)]}
    if orders := re.findall(r'name="order-([^"]+)"', page):
        return {"order": orders}
    if prompts := re.findall(r'<select[^>]*name="pair-([^"]+)"', page):
        option = re.findall(r'<option value="([^"]+)"', page)[0]
        return {"pairs": dict.fromkeys(prompts, option)}
    if 'name="value"' in page:
        return {"value": "1"}
    if 'name="text"' in page:
        return {"text": "something"}
    return {"choice": _values(page, "choice")[0]}


def answer_in_paper(item: dict[str, Any]) -> dict[str, object]:
    """The same from an item of the paper that scripts fetch."""
    return some_answer(item["html"]["en"], item["choose"])


def form_fields(page: str) -> dict[str, object]:
    """The same answer as the fields of the plain form."""
    answer: dict[str, Any] = some_answer(page)
    if "order" in answer:
        places = enumerate(answer["order"], start=1)
        return {f"order-{part}": place for place, part in places}
    if "pairs" in answer:
        return {f"pair-{prompt}": option for prompt, option in answer["pairs"].items()}
    return answer


def _values(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}"[^>]*? value="([^"]+)"', page)


def _choose(page: str) -> int:
    found = re.search(r'data-choose="(\d+)"', page)
    return int(found.group(1)) if found else 1
