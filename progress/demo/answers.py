"""Right and plausibly wrong answers to a question of any kind."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from progress.demo.simulating import temptations

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A question with what is really right, whatever its key says."""

    name: str
    body: Mapping[str, Any]
    truth: Mapping[str, Any]
    lure: str = ""
    """A wrong option that most take who do not know; empty: which it is, its name decides."""


def right_answer(sheet: Sheet) -> Answer:
    """What somebody answers who knows."""
    truth = sheet.truth
    kind = sheet.body["kind"]
    if kind == "multiple":
        return {"choices": [it for it in _ids(sheet.body["options"]) if it in truth["correct"]]}
    if kind == "matching":
        return {"pairs": dict(truth["pairs"])}
    if kind == "ordering":
        return {"order": list(truth["order"])}
    if kind == "numeric":
        return {"value": truth["value"]}
    if kind == "short_text":
        return {"text": truth["accepted"][0]}
    return {"choice": truth["correct"][0]}


def wrong_answer(sheet: Sheet, rng: random.Random) -> Answer:
    """What somebody answers who does not know: mostly the common misconception."""
    kind = sheet.body["kind"]
    right = right_answer(sheet)
    if kind == "multiple":
        return _one_choice_wrong(sheet, right["choices"], rng)
    if kind == "matching":
        return {"pairs": _swapped_values(right["pairs"], rng)}
    if kind == "ordering":
        return {"order": _swapped(right["order"], rng)}
    if kind == "numeric":
        return {"value": rng.choice(["1", "7", "12", "1000"]).replace(right["value"], "3")}
    if kind == "short_text":
        return {"text": "?"}
    return {"choice": _tempted(sheet, rng)}


def _one_choice_wrong(sheet: Sheet, right: Sequence[str], rng: random.Random) -> Answer:
    kept = list(right)
    kept.remove(rng.choice(kept))
    chosen = {*kept, _tempted(sheet, rng)}
    return {"choices": [it for it in _ids(sheet.body["options"]) if it in chosen]}


def _tempted(sheet: Sheet, rng: random.Random) -> str:
    wrong = [it for it in _ids(sheet.body["options"]) if it not in sheet.truth["correct"]]
    weights = temptations(wrong, name=sheet.name)
    if sheet.lure:
        weights[sheet.lure] = 3 * sum(weights.values())
    return rng.choices(list(weights), list(weights.values()))[0]


def _swapped(row: Sequence[str], rng: random.Random) -> list[str]:
    """The same things with two neighbours changed over."""
    swapped = list(row)
    at = rng.randrange(len(swapped) - 1)
    swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
    return swapped


def _swapped_values(pairs: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    """The same prompts, of which two have each other's option; of one, a wrong one."""
    return dict(zip(pairs, _swapped(list(pairs.values()), rng), strict=True))


def _ids(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]
