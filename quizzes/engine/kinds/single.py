"""One right option out of several."""

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
    shuffled,
)
from quizzes.engine.kinds.checking import Findings


class Single(Kind):
    """Single choice. The same rules carry `true_false`, which keeps its order."""

    name: ClassVar[str] = "single"
    body_fields = ("options",)
    optional_body_fields = ("choose", "shuffle")
    key_fields = ("correct",)
    optional_key_fields = ("option_rationales",)

    def _check(self, body: Document, key: Document, findings: Findings) -> None:
        options = findings.entries(body.get("options", ()), "body.options")
        if body.get("choose", 1) != 1 or isinstance(body.get("choose"), bool):
            findings.add("body.choose", "wrong_count", "must be 1")
        findings.flag(body.get("shuffle", True), "body.shuffle")
        if "correct" in key:
            correct = findings.chosen(key["correct"], "key.correct", among=options)
            if len(correct) > 1:
                findings.add("key.correct", "wrong_count", "must name one option")
        findings.texts_by_id(
            key.get("option_rationales", {}), "key.option_rationales", among=options
        )

    def clean_answer(self, body: Document, answer: object) -> Answer:
        choice = field_of(answer, "choice")
        if not isinstance(choice, str):
            raise RefusedAnswer("wrong_shape")
        if choice not in ids(body["options"]):
            raise RefusedAnswer("unknown_option")
        return {"choice": choice}

    def is_complete(self, body: Document, answer: Answer | None) -> bool:
        return answer is not None

    def grade(
        self, body: Document, key: Document, answer: Answer | None, *, rule: Rule
    ) -> Fraction:
        return Fraction(answer is not None and answer["choice"] in key["correct"])

    def presentation_order(self, body: Document, rng: random.Random) -> dict[str, list[str]]:
        stored = ids(body["options"])
        return {"options": shuffled(stored, rng) if body.get("shuffle", True) else stored}

    def answer_from_form(self, body: Document, data: Form) -> Answer | None:
        choice = form_value(data, "choice")
        return None if choice is None else self.clean_answer(body, {"choice": choice})

    def guess_floor(self, body: Document) -> Fraction:
        return scoring.guess_floor("single", options=len(body["options"]))
