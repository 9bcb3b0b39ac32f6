"""What of an exam its student may see, and when: the one table of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping


class What(enum.Flag):
    """What there is to see of a sitting."""

    OWN_ANSWERS = enum.auto()
    """The questions with what was answered."""
    SCORE = enum.auto()
    DOMAINS = enum.auto()
    CORRECTNESS = enum.auto()
    """Of each question whether it is right."""
    RIGHT_ANSWER = enum.auto()
    RATIONALE = enum.auto()


class When(enum.Enum):
    DURING = "during"
    AFTER_END = "after_end"
    """The sitting has ended; others may be sitting the same exam still."""
    AFTER_CLOSE = "after_close"
    """The exam is over for everybody who was given it."""


NOTHING = What(0)
EVERYTHING = (
    What.OWN_ANSWERS
    | What.SCORE
    | What.DOMAINS
    | What.CORRECTNESS
    | What.RIGHT_ANSWER
    | What.RATIONALE
)
_FIGURES = What.SCORE | What.DOMAINS
_WHILE_SITTING = What.OWN_ANSWERS

_MATRIX: Mapping[str, Mapping[When, What]] = {
    "after_end": {
        When.DURING: _WHILE_SITTING,
        When.AFTER_END: EVERYTHING,
        When.AFTER_CLOSE: EVERYTHING,
    },
    "after_close": {
        When.DURING: _WHILE_SITTING,
        When.AFTER_END: _FIGURES,
        When.AFTER_CLOSE: EVERYTHING,
    },
    "score_only": {
        When.DURING: _WHILE_SITTING,
        When.AFTER_END: _FIGURES,
        When.AFTER_CLOSE: _FIGURES,
    },
}
POLICIES = tuple(_MATRIX)


def released(policy: str, when: When) -> What:
    """What a policy lets its student see.

    Raises:
        KeyError: no such policy; nothing is released by mistake.
    """
    return _MATRIX[policy][when]


def ever_released(policy: str) -> What:
    """What it lets them see in the end."""
    return _MATRIX[policy][When.AFTER_CLOSE]
