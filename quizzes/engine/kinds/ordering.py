"""Items to put in order."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import ClassVar

from quizzes.engine import scoring
from quizzes.engine.kinds.base import (
    Answer,
    Document,
    Form,
    Kind,
    RefusedAnswer,
    Rule,
    field_of,
    form_value,
    ids,
    known_ids,
    shuffled,
)
from quizzes.engine.kinds.checking import Findings


class Ordering(Kind):
    name: ClassVar[str] = "ordering"
    body_fields = ("items",)
    key_fields = ("order",)

    def _check(self, body: Document, key: Document, findings: Findings) -> None:
        items = findings.entries(body.get("items", ()), "body.items")
        if "order" in key:
            order = findings.chosen(key["order"], "key.order", among=items)
            if len(order) != len(items):
                findings.add("key.order", "wrong_count", "must name every item once")

    def clean_answer(self, body: Document, answer: object) -> Answer:
        return {"order": known_ids(field_of(answer, "order"), among=ids(body["items"]))}

    def is_complete(self, body: Document, answer: Answer | None) -> bool:
        return answer is not None and len(answer["order"]) == len(body["items"])

    def grade(
        self, body: Document, key: Document, answer: Answer | None, *, rule: Rule
    ) -> Fraction:
        if answer is None:
            return Fraction(0)
        return scoring.ordering(
            answer["order"], key["order"], rule="exact" if rule == "exam" else "pairs"
        )

    def presentation_order(self, body: Document, rng: random.Random) -> dict[str, list[str]]:
        return {"items": shuffled(ids(body["items"]), rng)}

    def answer_from_form(self, body: Document, data: Form) -> Answer | None:
        places: dict[int, str] = {}
        for name in ids(body["items"]):
            typed = form_value(data, f"order-{name}")
            if typed is None:
                continue
            place = self._place(typed, most=len(body["items"]))
            if place in places:
                raise RefusedAnswer("repeated_place")
            places[place] = name
        if not places:
            return None
        return self.clean_answer(body, {"order": [places[place] for place in sorted(places)]})

    def _place(self, typed: str, *, most: int) -> int:
        digits = typed.strip()
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(most))):
            raise RefusedAnswer("wrong_shape")
        place = int(digits)
        if not 1 <= place <= most:
            raise RefusedAnswer("unknown_place")
        return place

    def guess_floor(self, body: Document) -> Fraction:
        return scoring.guess_floor("ordering", items=len(body["items"]))
