"""A few words to type, compared with a list of accepted answers."""

from __future__ import annotations

import random
import unicodedata
from fractions import Fraction
from typing import ClassVar

from quizzes.engine import scoring
from quizzes.engine.kinds.base import (
    MAX_ANSWER_LENGTH,
    Answer,
    Document,
    Form,
    Kind,
    Rule,
    field_of,
    form_value,
    typed_text,
)
from quizzes.engine.kinds.checking import Findings


class ShortText(Kind):
    """White space at the ends, its amount inside, and full-width forms make no difference."""

    name: ClassVar[str] = "short_text"
    body_fields = ()
    key_fields = ("accepted",)
    optional_key_fields = ("case_sensitive",)

    def _check(self, body: Document, key: Document, findings: Findings) -> None:
        findings.flag(key.get("case_sensitive", False), "key.case_sensitive")
        if "accepted" not in key:
            return
        for index, row in enumerate(findings.rows(key["accepted"], "key.accepted", least=1)):
            findings.string(row, f"key.accepted.{index}", limit=MAX_ANSWER_LENGTH)

    def clean_answer(self, body: Document, answer: object) -> Answer:
        return {"text": typed_text(field_of(answer, "text"))}

    def is_complete(self, body: Document, answer: Answer | None) -> bool:
        return answer is not None and bool(answer["text"].strip())

    def grade(
        self, body: Document, key: Document, answer: Answer | None, *, rule: Rule
    ) -> Fraction:
        if answer is None:
            return Fraction(0)
        strict = key.get("case_sensitive", False)
        accepted = {_folded(text, case_sensitive=strict) for text in key["accepted"]}
        return Fraction(_folded(answer["text"], case_sensitive=strict) in accepted)

    def presentation_order(self, body: Document, rng: random.Random) -> dict[str, list[str]]:
        return {}

    def answer_from_form(self, body: Document, data: Form) -> Answer | None:
        text = form_value(data, "text")
        return None if text is None else self.clean_answer(body, {"text": text})

    def guess_floor(self, body: Document) -> Fraction:
        return scoring.guess_floor("short_text")


def _folded(text: str, *, case_sensitive: bool) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    return plain if case_sensitive else plain.casefold()
