"""The order in which one paper shows the parts of a question."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from quizzes.engine.kinds.registry import get_kind


def option_order(body: Mapping[str, Any], seed: int, question_id: int) -> dict[str, list[str]]:
    """The order in which the paper of this seed shows the options of a question."""
    # Chosen anew for every attempt; nothing secret hangs on it.
    rng = random.Random(f"{seed}:{question_id}")  # noqa: S311
    return get_kind(body["kind"]).presentation_order(body, rng)
