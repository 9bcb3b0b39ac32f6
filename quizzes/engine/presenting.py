"""The order in which one paper shows the parts of a question."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from quizzes.engine.kinds.registry import get_kind


def presentation_order(
    body: Mapping[str, Any], *, seed: int, question_id: int
) -> dict[str, list[str]]:
    """Chosen anew for every seed; the same seed gives the same order."""
    # Nothing secret hangs on it.
    rng = random.Random(f"{seed}:{question_id}")  # noqa: S311
    return get_kind(body["kind"]).presentation_order(body, rng)
