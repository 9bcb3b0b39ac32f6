"""Prompts to pair with options."""

from __future__ import annotations

import random
from collections.abc import Mapping
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


class Matching(Kind):
    name: ClassVar[str] = "matching"
    body_fields = ("prompts", "options")
    key_fields = ("pairs",)

    def _check(self, body: Document, key: Document, findings: Findings) -> None:
        prompts = findings.entries(body.get("prompts", ()), "body.prompts")
        options = findings.entries(body.get("options", ()), "body.options")
        if "pairs" not in key:
            return
        pairs = key["pairs"]
        if not isinstance(pairs, Mapping):
            findings.add("key.pairs", "wrong_type", "must be option ids by prompt id")
            return
        for prompt in prompts:
            if prompt not in pairs:
                findings.add("key.pairs", "missing_field", f"has no option for {prompt}")
        for prompt, option in pairs.items():
            if prompt not in prompts:
                findings.add(f"key.pairs.{prompt}", "unknown_option", "there is no such prompt")
            if not isinstance(option, str) or option not in options:
                findings.add(f"key.pairs.{prompt}", "unknown_option", "there is no such option")

    def clean_answer(self, body: Document, answer: object) -> Answer:
        pairs = field_of(answer, "pairs")
        prompts, options = ids(body["prompts"]), ids(body["options"])
        if not isinstance(pairs, Mapping):
            raise RefusedAnswer("wrong_shape")
        if any(not isinstance(option, str) for option in pairs.values()):
            raise RefusedAnswer("wrong_shape")
        if not set(pairs) <= set(prompts) or not set(pairs.values()) <= set(options):
            raise RefusedAnswer("unknown_option")
        return {"pairs": {prompt: pairs[prompt] for prompt in prompts if prompt in pairs}}

    def is_complete(self, body: Document, answer: Answer | None) -> bool:
        return answer is not None and len(answer["pairs"]) == len(body["prompts"])

    def grade(
        self, body: Document, key: Document, answer: Answer | None, *, rule: Rule
    ) -> Fraction:
        if answer is None:
            return Fraction(0)
        return scoring.matching(
            answer["pairs"], key["pairs"], rule="all" if rule == "exam" else "pairs"
        )

    def presentation_order(self, body: Document, rng: random.Random) -> dict[str, list[str]]:
        return {
            "prompts": shuffled(ids(body["prompts"]), rng),
            "options": shuffled(ids(body["options"]), rng),
        }

    def answer_from_form(self, body: Document, data: Form) -> Answer | None:
        typed = {prompt: form_value(data, f"pair-{prompt}") for prompt in ids(body["prompts"])}
        pairs = {prompt: option for prompt, option in typed.items() if option is not None}
        return self.clean_answer(body, {"pairs": pairs}) if pairs else None

    def guess_floor(self, body: Document) -> Fraction:
        return scoring.guess_floor(
            "matching", prompts=len(body["prompts"]), options=len(body["options"])
        )
