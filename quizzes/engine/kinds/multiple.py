"""Several right options: "Choose TWO", or all that apply where no number is told."""

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
    form_values,
    ids,
    known_ids,
    shuffled,
)
from quizzes.engine.kinds.checking import Findings


class Multiple(Kind):
    name: ClassVar[str] = "multiple"
    body_fields = ("options",)
    optional_body_fields = ("choose", "shuffle")
    key_fields = ("correct",)
    optional_key_fields = ("option_rationales",)

    def _check(self, body: Document, key: Document, findings: Findings) -> None:
        options = findings.entries(body.get("options", ()), "body.options")
        findings.flag(body.get("shuffle", True), "body.shuffle")
        if "correct" in key:
            correct = findings.chosen(key["correct"], "key.correct", among=options)
            self._check_choose(body, len(correct), findings)
        findings.texts_by_id(
            key.get("option_rationales", {}), "key.option_rationales", among=options
        )

    def _check_choose(self, body: Document, correct: int, findings: Findings) -> None:
        choose = body.get("choose")
        if choose is None:
            return
        if not isinstance(choose, int) or isinstance(choose, bool):
            findings.add("body.choose", "wrong_type", "must be a whole number")
        elif choose != correct:
            findings.add(
                "body.choose", "wrong_count", f"asks for {choose}, but {correct} are marked right"
            )

    def clean_answer(self, body: Document, answer: object) -> Answer:
        stored = ids(body["options"])
        chosen = known_ids(field_of(answer, "choices"), among=stored)
        most = body.get("choose")
        if most is not None and len(chosen) > most:
            raise RefusedAnswer("too_many_choices")
        return {"choices": [name for name in stored if name in chosen]}

    def is_complete(self, body: Document, answer: Answer | None) -> bool:
        if not answer or not answer["choices"]:
            return False
        choose = body.get("choose")
        return choose is None or len(answer["choices"]) == choose

    def grade(
        self, body: Document, key: Document, answer: Answer | None, *, rule: Rule
    ) -> Fraction:
        if answer is None:
            return Fraction(0)
        return scoring.multiple_response(
            answer["choices"],
            key["correct"],
            len(body["options"]),
            rule="all_or_nothing" if rule == "exam" else "partial",
        )

    def presentation_order(self, body: Document, rng: random.Random) -> dict[str, list[str]]:
        stored = ids(body["options"])
        return {"options": shuffled(stored, rng) if body.get("shuffle", True) else stored}

    def answer_from_form(self, body: Document, data: Form) -> Answer | None:
        choices = form_values(data, "choices")
        return self.clean_answer(body, {"choices": choices}) if choices else None

    def guess_floor(self, body: Document) -> Fraction:
        return scoring.guess_floor(
            "multiple", options=len(body["options"]), choose=body.get("choose")
        )
