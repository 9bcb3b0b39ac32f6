"""A number to type, right within a tolerance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from quizzes.engine import scoring
from quizzes.engine.exact import MAX_NUMBER_LENGTH, exact, parse_number
from quizzes.engine.kinds.base import (
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

_TOLERANCE_KINDS = ("nominal", "relative", "geometric")
_MAX_UNIT_LENGTH = 60


class Numeric(Kind):
    """The answer stays as it was typed; what cannot be read as a number is incomplete.

    `body.unit` is the unit in words, which may be typed too; `body.units` adds
    other units with the factor that turns them into the unit of the key.
    """

    name: ClassVar[str] = "numeric"
    body_fields = ()
    optional_body_fields = ("unit", "units")
    key_fields = ("value",)
    optional_key_fields = ("tolerance", "tolerance_kind")

    def _check(self, body: Document, key: Document, findings: Findings) -> None:
        findings.text(body.get("unit", {}), "body.unit", needed=False)
        self._check_units(body.get("units", {}), findings)
        numbers = {
            name: self._checked_number(key, name, findings) for name in ("value", "tolerance")
        }
        kind = key.get("tolerance_kind", "nominal")
        if not isinstance(kind, str) or kind not in _TOLERANCE_KINDS:
            findings.add(
                "key.tolerance_kind",
                "unknown_value",
                f"must be one of {', '.join(_TOLERANCE_KINDS)}",
            )
        if numbers["tolerance"] is not None and numbers["tolerance"] < 0:
            findings.add("key.tolerance", "negative", "cannot be negative")
        if kind == "relative" and numbers["value"] == 0:
            findings.add("key.tolerance_kind", "relative_to_zero", "cannot be relative to 0")

    def _check_units(self, units: object, findings: Findings) -> None:
        if not isinstance(units, Mapping):
            findings.add("body.units", "wrong_type", "must be factors by unit")
            return
        for name in units:
            here = f"body.units.{name}"
            findings.string(name, here, limit=_MAX_UNIT_LENGTH)
            factor = self._checked_number(units, name, findings, where=here)
            if factor is not None and factor <= 0:
                findings.add(here, "negative", "must be above 0")

    def _checked_number(
        self, document: Document, name: str, findings: Findings, *, where: str = ""
    ) -> Fraction | None:
        here = where or f"key.{name}"
        if name not in document:
            return None
        text = findings.string(document[name], here, limit=MAX_NUMBER_LENGTH)
        if not text.strip():
            return None
        try:
            return exact(text)
        except ValueError:
            findings.add(here, "bad_number", 'must be a number such as "3.5"')
            return None

    def clean_answer(self, body: Document, answer: object) -> Answer:
        return {"value": typed_text(field_of(answer, "value"), limit=MAX_NUMBER_LENGTH).strip()}

    def is_complete(self, body: Document, answer: Answer | None) -> bool:
        return answer is not None and self._read(body, answer) is not None

    def grade(
        self, body: Document, key: Document, answer: Answer | None, *, rule: Rule
    ) -> Fraction:
        value = None if answer is None else self._read(body, answer)
        if value is None:
            return Fraction(0)
        return Fraction(
            scoring.numeric_matches(
                value,
                key["value"],
                key.get("tolerance", "0"),
                kind=key.get("tolerance_kind", "nominal"),
            )
        )

    def _read(self, body: Document, answer: Answer) -> Fraction | None:
        spoken = dict.fromkeys(body.get("unit", {}).values(), "1")
        return parse_number(answer["value"], units={**spoken, **body.get("units", {})})

    def presentation_order(self, body: Document, rng: random.Random) -> dict[str, list[str]]:
        return {}

    def answer_from_form(self, body: Document, data: Form) -> Answer | None:
        value = form_value(data, "value")
        return None if value is None else self.clean_answer(body, {"value": value})

    def guess_floor(self, body: Document) -> Fraction:
        return scoring.guess_floor("numeric")
