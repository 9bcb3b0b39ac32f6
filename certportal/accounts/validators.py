"""What a password may not be."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SITE_WORDS = ("certportal", "certification", "password", "qwerty")
LONGEST = 128
_REST_THAT_IS_ENOUGH = 6
_SHORTEST_RUN = 4
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "`1234567890-=",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
)
_STEPS = frozenset(pair for row in _ROWS for way in (row, row[::-1]) for pair in pairwise(way))


class SiteWordsValidator:
    """Refuses what is little more than a word of this site, a row of keys or one thing repeated.

    Lists of common passwords hold few of twelve signs and more; these are what people
    make of the common ones when twelve are asked for.
    """

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django's
        if len(password) > LONGEST:
            raise ValidationError(
                _("This password is longer than %(max)d characters."),
                code="password_too_long",
                params={"max": LONGEST},
            )
        rest = _once(password.lower())
        for word in SITE_WORDS:
            rest = rest.replace(word, "\n")
        rest = "".join(_without_runs(rest)).replace("\n", "")
        if len(rest) < _REST_THAT_IS_ENOUGH and rest != password.lower():
            raise ValidationError(
                _(
                    "This password is little more than a word of this site or a row of keys. "
                    "Add words of your own."
                ),
                code="password_too_simple",
            )

    def get_help_text(self) -> str:
        return _("It must be more than a word of this site or a row of keys.")


def _once(text: str) -> str:
    """What is repeated to make up the text: ``abc`` of ``abcabcabc``."""
    return text[: (text + text).find(text, 1)]


def _without_runs(text: str) -> list[str]:
    """Leave out runs such as 12345, qwert, fedcb and aaaaa, and keep the rest in pieces."""
    pieces, run = [], text[:1]
    for before, sign in pairwise(text):
        if before == sign or (before, sign) in _STEPS:
            run += sign
        else:
            pieces.append(run)
            run = sign
    return [piece for piece in [*pieces, run] if len(piece) < _SHORTEST_RUN]
