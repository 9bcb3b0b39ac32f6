"""Text that a row keeps in several languages: English in its columns, the others beside it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

ENGLISH = "en"


def reader_language() -> str:
    """The language of the page in the making; English where there is none."""
    return get_language() or ENGLISH


class Translated(models.Model):
    """Adds `translations`, such as ``{"zh-hans": {"name": "云概念"}}``, and its readers."""

    translations = models.JSONField(_("translations"), default=dict, blank=True, editable=False)

    class Meta:
        abstract = True

    def text(self, field: str, language: str | None = None) -> str:
        """The field in that language (by default the reader's), else in English."""
        translated = self._translated(field, language)
        if isinstance(translated, str) and translated:
            return translated
        english: str = getattr(self, field)
        return english

    def texts(self, field: str, language: str | None = None) -> list[str]:
        """The same for a field that holds a list of texts."""
        translated = self._translated(field, language)
        if isinstance(translated, list) and translated:
            return list(translated)
        english: list[str] = getattr(self, field)
        return english

    def _translated(self, field: str, language: str | None) -> object:
        return self.translations.get(language or reader_language(), {}).get(field)
