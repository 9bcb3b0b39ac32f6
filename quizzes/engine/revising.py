"""Whether a change of a question is what its author calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quizzes.engine.kinds.checking import Document, main_language

# Words that may be put right without asking something else.
_WORDING = frozenset({"stem", "text", "unit"})
# What a student reads only after the answer.
_REASONS = frozenset({"explanation", "option_rationales", "reference"})

_BIGGER = frozenset({"key", "content"})


def raises_measure(change: str) -> bool:
    """Whether figures from before the change say nothing about the question after it."""
    return change in _BIGGER


def is_as_small_as(
    change: str, *, before: tuple[Document, Document], after: tuple[Document, Document]
) -> bool:
    """Whether nothing changed but what `change` covers.

    A typo leaves options and key alone; an explanation also the text; a translation
    also everything in the language the question was first written in. Key and content
    cover everything.

    Args:
        change: typo, explanation, translation, key or content.
        before: body and key of the newest revision.
        after: body and key to come.
    """
    if change in _BIGGER:
        return True
    if _without(before, _WORDING | _REASONS) != _without(after, _WORDING | _REASONS):
        return False
    if change == "explanation":
        return before[0] == after[0]
    if change == "translation":
        first = main_language(before[0].get("stem"))
        return _in_language(before, first) == _in_language(after, first)
    return True


def smallest_change(*, before: tuple[Document, Document], after: tuple[Document, Document]) -> str:
    """The change class to assume where nobody is asked.

    A typo cannot be told from new content, so it counts as content.
    """
    for change in ("explanation", "translation"):
        if is_as_small_as(change, before=before, after=after):
            return change
    return "key" if before[0] == after[0] else "content"


def _without(value: Any, fields: frozenset[str]) -> Any:
    """The document without those fields, at any depth."""
    if isinstance(value, Mapping):
        return {name: _without(part, fields) for name, part in value.items() if name not in fields}
    if isinstance(value, list | tuple):
        return [_without(part, fields) for part in value]
    return value


def _in_language(documents: tuple[Document, Document], language: str) -> list[Any]:
    """All texts as they read in one language, with the addresses of sources."""
    body, key = documents
    rationales = key.get("option_rationales", {})
    reasons = {name: text.get(language) for name, text in rationales.items() if language in text}
    return [
        _texts(body, language),
        key.get("explanation", {}).get(language),
        key.get("reference", ""),
        reasons,
    ]


def _texts(value: Any, language: str) -> list[Any]:
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part, language)]
    if not isinstance(value, Mapping):
        return []
    found: list[Any] = []
    for name, part in value.items():
        found += [part.get(language)] if name in _WORDING else _texts(part, language)
    return found
