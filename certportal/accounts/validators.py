"""What a password may not be."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SITE_WORDS = ("certportal", "certification", "password", "qwerty")
_REST_THAT_IS_ENOUGH = 6
LONGEST = 128


class SiteWordsValidator:
    """Refuses passwords that are little more than a word of this site, and endless ones."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django's
        if len(password) > LONGEST:
            raise ValidationError(
                _("This password is longer than %(max)d characters."),
                code="password_too_long",
                params={"max": LONGEST},
            )
        rest = password.lower()
        for word in SITE_WORDS:
            rest = rest.replace(word, "")
        if len(rest) < _REST_THAT_IS_ENOUGH and rest != password.lower():
            raise ValidationError(
                _("This password is little more than a word of this site. Add words of your own."),
                code="password_site_word",
            )

    def get_help_text(self) -> str:
        return _("It must be more than a word of this site.")
