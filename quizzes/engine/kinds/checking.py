"""Checks of question documents that collect every problem instead of stopping at the first."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

Document: TypeAlias = Mapping[str, Any]

MAX_TEXT_LENGTH = 20_000
"""Characters of one text of a question."""

MAX_OPTIONS = 20

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_MAIN_LANGUAGE = "en"
_SURROGATES = re.compile("[\ud800-\udfff]")
_EMPTY: Document = {}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something an author must put right.

    `where` is the path inside the question with points, such as `body.options.1.text.en`.
    """

    where: str
    code: str
    message: str


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold the text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and _SURROGATES.search(text) is None


def main_language(stem: object) -> str:
    """The language that every text of a question must have: English where the stem has it."""
    if not isinstance(stem, Mapping) or not stem or _MAIN_LANGUAGE in stem:
        return _MAIN_LANGUAGE
    return str(min(stem, key=str))


class Findings:
    """The problems of one question document.

    Every method accepts any JSON value, records what is wrong with it, and returns
    something of the promised type, so that checking can go on.
    """

    def __init__(self, *, language: str) -> None:
        self.problems: list[Problem] = []
        self._language = language

    def add(self, where: str, code: str, message: str) -> None:
        self.problems.append(Problem(where, code, message))

    def mapping(
        self, value: object, where: str, *, required: Collection[str], optional: Collection[str]
    ) -> Document:
        """An object with known fields only; {} if it is none."""
        if not isinstance(value, Mapping):
            self.add(where, "wrong_type", "must be an object with named fields")
            return _EMPTY
        for name in required:
            if value.get(name) is None:
                self.add(where, "missing_field", f"{name} is missing")
        for name in value:
            if name not in required and name not in optional:
                self.add(f"{where}.{name}", "unknown_field", f"there is no field {name}")
        return value

    def text(self, value: object, where: str, *, needed: bool = True) -> None:
        """A text by language; `needed` texts must have the question's main language."""
        if not isinstance(value, Mapping):
            self.add(where, "wrong_type", "must be texts by language, such as en: …")
            return
        if needed and self._language not in value:
            self.add(where, "missing_language", f"has no text in {self._language}")
        for language, text in value.items():
            here = f"{where}.{language}"
            if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
                self.add(here, "bad_language", "is no language code such as en or zh-hans")
            self.string(text, here)

    def string(self, value: object, where: str, *, limit: int = MAX_TEXT_LENGTH) -> str:
        """A text that is not empty; "" if it is none."""
        if not isinstance(value, str):
            self.add(where, "wrong_type", "must be a text")
            return ""
        if not value.strip():
            self.add(where, "empty_text", "is empty")
        if len(value) > limit:
            self.add(where, "too_long", f"is longer than {limit} characters")
        if not is_storable(value):
            self.add(where, "bad_character", "has a character that cannot be stored")
        return value

    def flag(self, value: object, where: str) -> None:
        if not isinstance(value, bool):
            self.add(where, "wrong_type", "must be true or false")

    def entries(self, value: object, where: str, *, least: int = 2) -> list[str]:
        """The ids of a list of `{"id", "text"}`, with ids and texts that differ."""
        rows = self.rows(value, where, least=least)
        ids: list[str] = []
        texts: Counter[tuple[str, str]] = Counter()
        for index, row in enumerate(rows):
            here = f"{where}.{index}"
            entry = self.mapping(row, here, required=("id", "text"), optional=())
            ids += self._new_id(entry.get("id"), f"{here}.id", ids) if "id" in entry else []
            if "text" in entry:
                self.text(entry["text"], f"{here}.text")
                self._repeated(entry["text"], f"{here}.text", texts)
        return ids

    def rows(self, value: object, where: str, *, least: int) -> list[Any]:
        if not isinstance(value, list | tuple):
            self.add(where, "wrong_type", "must be a list")
            return []
        if not least <= len(value) <= MAX_OPTIONS:
            self.add(where, "wrong_count", f"must have {least} to {MAX_OPTIONS} entries")
        return list(value[:MAX_OPTIONS])

    def _new_id(self, value: object, where: str, before: list[str]) -> list[str]:
        if not isinstance(value, str) or not _ID.fullmatch(value):
            self.add(where, "bad_id", "must be a short id of small letters and digits")
            return []
        if value in before:
            self.add(where, "repeated_id", f"{value} stands here twice")
            return []
        return [value]

    def _repeated(self, text: object, where: str, seen: Counter[tuple[str, str]]) -> None:
        if not isinstance(text, Mapping):
            return
        for language, words in text.items():
            if not isinstance(words, str):
                continue
            same = (str(language), unicodedata.normalize("NFKC", words).strip())
            seen[same] += 1
            if seen[same] > 1:
                self.add(f"{where}.{language}", "repeated_text", "says the same as another one")

    def chosen(self, value: object, where: str, *, among: Collection[str]) -> list[str]:
        """Ids out of a known set, each once."""
        rows = self.rows(value, where, least=1)
        found: list[str] = []
        for index, row in enumerate(rows):
            if not isinstance(row, str) or row not in among:
                self.add(f"{where}.{index}", "unknown_option", f"there is no {row!r:.40}")
            elif row in found:
                self.add(f"{where}.{index}", "repeated_id", f"{row} stands here twice")
            else:
                found.append(row)
        return found

    def texts_by_id(self, value: object, where: str, *, among: Collection[str]) -> None:
        """Texts for some of the known ids."""
        if not isinstance(value, Mapping):
            self.add(where, "wrong_type", "must be texts by option id")
            return
        for name, text in value.items():
            if name not in among:
                self.add(f"{where}.{name}", "unknown_option", f"there is no {name!r:.40}")
            self.text(text, f"{where}.{name}")

    def link(self, value: object, where: str) -> None:
        """The address of a page, or an empty text."""
        if value == "" or not self.string(value, where):
            return
        try:
            address = urlsplit(str(value))
        except ValueError:
            address = urlsplit("")
        if address.scheme not in {"http", "https"} or not address.netloc:
            self.add(where, "bad_link", "must be an address that begins with https://")
