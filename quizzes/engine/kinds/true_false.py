"""True or false: a single choice of two that always stand in the same order."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import ClassVar

from quizzes.engine import scoring
from quizzes.engine.kinds.base import Document, ids
from quizzes.engine.kinds.checking import Findings
from quizzes.engine.kinds.single import Single

_OPTIONS = 2


class TrueFalse(Single):
    name: ClassVar[str] = "true_false"

    def _check(self, body: Document, key: Document, findings: Findings) -> None:
        super()._check(body, key, findings)
        options = body.get("options")
        if isinstance(options, list | tuple) and len(options) > _OPTIONS:
            findings.add("body.options", "wrong_count", "must be two options")

    def presentation_order(self, body: Document, rng: random.Random) -> dict[str, list[str]]:
        return {"options": ids(body["options"])}

    def guess_floor(self, body: Document) -> Fraction:
        return scoring.guess_floor("true_false")
