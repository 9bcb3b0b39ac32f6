"""Reads YAML into plain values and remembers on which line each of them stood.

Nothing here stops at the first mistake: what is wrong is noted as a `Problem`, a harmless
value takes its place, and reading goes on to the end.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import yaml

# The C reader is ten times faster; both give the same nodes.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Item = TypeVar("Item")

ENGLISH = "en"
CHINESE = "zh-hans"
LANGUAGES = (ENGLISH, CHINESE)

LONGEST_TEXT = 2000
LONGEST_ADDRESS = 300
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

# Text in every language of the portal: {"en": ..., "zh-hans": ...}.
Text = dict[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something that must be put right before the file is accepted."""

    place: Place
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.code}]"


class Problems:
    """Everything found so far."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, place: Place, code: str, message: str) -> None:
        self.found.append(Problem(place, code, message))


class Fields:
    """One mapping of a file; every key is asked for once, `done` reports what is left over."""

    def __init__(self, node: yaml.MappingNode, *, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems
        self.place = _place(node, file)
        self._nodes: dict[str, yaml.Node] = {}
        self._asked: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._problem(key, "wrong-shape", "a key must be a plain word")
                continue
            if key.value in self._nodes:
                self._problem(key, "duplicate-key", f"{key.value} is given twice")
            self._nodes[key.value] = value

    def has(self, key: str) -> bool:
        return key in self._nodes

    def place_of(self, key: str) -> Place:
        node = self._nodes.get(key)
        return self.place if node is None else _place(node, self._file)

    def note(self, key: str, code: str, message: str) -> None:
        """Note a problem with the value under this key."""
        self._problems.add(self.place_of(key), code, message)

    # --- scalars --------------------------------------------------------------------------

    def string(self, key: str, *, default: str | None = None, longest: int = LONGEST_TEXT) -> str:
        """A text; with a default it may be left out."""
        node = self._take(key, needed=default is None)
        if node is None:
            return default or ""
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self._problem(node, "not-a-text", f"{key} must be a text")
            return default or ""
        text: str = node.value.strip()
        if len(text) > longest:
            self._problem(node, "too-long", f"{key} has {len(text)} characters, {longest} fit")
        return text

    def identifier(self, key: str, *, longest: int) -> str:
        """A short name of letters, digits, dots and hyphens."""
        value = self.string(key, longest=longest)
        if value and not _IDENTIFIER.fullmatch(value):
            self.note(key, "not-an-identifier", f"{key} {value!r} may hold A-Z, a-z, 0-9, . - only")
        return value

    def slug(self, key: str, *, longest: int) -> str:
        """A short name for addresses: small letters, digits and hyphens."""
        value = self.string(key, longest=longest)
        if value and not _SLUG.fullmatch(value):
            self.note(key, "not-an-identifier", f"{key} {value!r} may hold a-z, 0-9 and - only")
        return value

    def choice(self, key: str, allowed: Collection[str], *, default: str | None = None) -> str:
        value = self.string(key, default=default)
        if value and value not in allowed:
            self.note(key, "unknown-value", f"{key} is {value}, not one of {', '.join(allowed)}")
        return value

    def url(self, key: str, *, default: str | None = None) -> str:
        value = self.string(key, default=default, longest=LONGEST_ADDRESS)
        if value and not value.startswith("https://"):
            self.note(key, "not-an-address", f"{key} must be an https address, not {value}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.string(key, default="true" if default else "false")
        if value not in {"true", "false"}:
            self.note(key, "not-yes-or-no", f"{key} must be true or false, not {value}")
        return value == "true"

    def integer(self, key: str, *, needed: bool = False) -> int | None:
        return self._parsed(key, int, "not-a-number", "a whole number", needed=needed)

    def decimal(self, key: str, *, needed: bool = False) -> Decimal | None:
        return self._parsed(key, _finite, "not-a-number", "a number", needed=needed)

    def date(self, key: str, *, needed: bool = False) -> dt.date | None:
        parse = dt.date.fromisoformat
        return self._parsed(key, parse, "not-a-date", "a date such as 2026-11-23", needed=needed)

    # --- texts in several languages ---------------------------------------------------------

    def text(
        self,
        key: str,
        *,
        needed: bool = False,
        translated: bool = True,
        longest: int = LONGEST_TEXT,
    ) -> Text:
        """A text in every language of the portal; names may stay as the vendor writes them."""
        node = self._take(key, needed=needed)
        if node is None:
            return {}
        words = self._by_language(key, node)
        self._check_languages(key, words, translated=translated)
        return {
            language: words.string(language, default="", longest=longest)
            for language in words.languages()
        }

    def text_lists(self, key: str) -> dict[str, list[str]]:
        """Lists of texts by language; without a translation the English one is meant for all."""
        node = self._take(key, needed=False)
        if node is None:
            return {}
        words = self._by_language(key, node)
        self._check_languages(key, words, translated=False)
        lists = {language: words.strings(language) for language in words.languages()}
        if len({len(items) for items in lists.values()}) > 1:
            self._problem(node, "translation", f"{key} has not the same length in every language")
        return lists

    def languages(self) -> list[str]:
        """The keys of this mapping that are languages of the portal; notes the others."""
        for key in self._nodes.keys() - set(LANGUAGES):
            self.note(key, "unknown-language", f"{key} is no language of the portal")
        return [language for language in LANGUAGES if language in self._nodes]

    def _by_language(self, key: str, node: yaml.Node) -> Fields:
        if isinstance(node, yaml.MappingNode):
            return Fields(node, file=self._file, problems=self._problems)
        self._problem(node, "not-a-text", f"{key} must give its text by language")
        return Fields(_empty_mapping(node), file=self._file, problems=Problems())

    def _check_languages(self, key: str, words: Fields, *, translated: bool) -> None:
        needed = LANGUAGES if translated else (ENGLISH,)
        for language in needed:
            if self.has(key) and not words.has(language):
                self.note(key, "translation", f"{key} has no text in {language}")

    # --- lists ----------------------------------------------------------------------------------

    def strings(self, key: str) -> list[str]:
        """A list of texts; left out means empty."""
        return [node.value for node in self._items(key, yaml.ScalarNode)]

    def integers(self, key: str) -> list[int]:
        numbers = []
        for node in self._items(key, yaml.ScalarNode):
            try:
                numbers.append(int(node.value))
            except ValueError:
                self._problem(node, "not-a-number", f"{node.value} must be a whole number")
        return numbers

    def records(self, key: str) -> Iterator[Fields]:
        """The mappings of a list, each with its own lines."""
        for node in self._items(key, yaml.MappingNode):
            yield Fields(node, file=self._file, problems=self._problems)

    def records_or_strings(self, key: str, *, named: str) -> Iterator[Fields]:
        """Like `records`, where a plain text stands for a mapping with that one key."""
        for node in self._items(key, yaml.Node):
            if isinstance(node, yaml.ScalarNode):
                node = _single(named, node)  # noqa: PLW2901 - the short form of the same thing
            if isinstance(node, yaml.MappingNode):
                yield Fields(node, file=self._file, problems=self._problems)
            else:
                self._problem(node, "wrong-shape", f"{key} must list texts or mappings")

    def record(self, key: str) -> Fields | None:
        node = self._take(key, needed=False)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self._problem(node, "wrong-shape", f"{key} must be a mapping")
            return None
        return Fields(node, file=self._file, problems=self._problems)

    def done(self) -> None:
        """Report keys that nobody asked for: usually a typing error."""
        for key in self._nodes.keys() - self._asked:
            self.note(key, "unknown-key", f"{key} is no key here")

    # --- inside -----------------------------------------------------------------------------------

    def _take(self, key: str, *, needed: bool) -> yaml.Node | None:
        self._asked.add(key)
        node = self._nodes.get(key)
        if node is None and needed:
            self._problems.add(self.place, "missing", f"{key} is missing")
        return node

    def _items(self, key: str, kind: type[Any]) -> list[Any]:
        node = self._take(key, needed=False)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._problem(node, "wrong-shape", f"{key} must be a list")
            return []
        for item in node.value:
            if not isinstance(item, kind):
                self._problem(item, "wrong-shape", f"an entry of {key} has the wrong shape")
        return [item for item in node.value if isinstance(item, kind)]

    def _parsed(
        self, key: str, parse: Callable[[str], Item], code: str, what: str, *, needed: bool
    ) -> Item | None:
        node = self._take(key, needed=needed)
        if node is None:
            return None
        try:
            return parse(node.value)
        except (ValueError, TypeError, InvalidOperation):
            self._problem(node, code, f"{key} must be {what}")
            return None

    def _problem(self, node: yaml.Node, code: str, message: str) -> None:
        self._problems.add(_place(node, self._file), code, message)


def read_mapping(text: str, *, file: str, problems: Problems) -> Fields | None:
    """The top of a file, or None (and a problem) when it is no YAML mapping."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.add(Place(file, line), "not-yaml", f"this is not YAML: {error.problem}")
        return None
    except yaml.YAMLError as error:
        problems.add(Place(file, 1), "not-yaml", f"this is not YAML: {error}")
        return None
    if not isinstance(node, yaml.MappingNode):
        problems.add(Place(file, 1), "wrong-shape", "the file must be a mapping")
        return None
    return Fields(node, file=file, problems=problems)


def _place(node: yaml.Node, file: str) -> Place:
    return Place(file, node.start_mark.line + 1)


def _finite(value: str) -> Decimal:
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(value)
    return number


def _empty_mapping(node: yaml.Node) -> yaml.MappingNode:
    return yaml.MappingNode("tag:yaml.org,2002:map", [], node.start_mark, node.end_mark)


def _single(key: str, value: yaml.ScalarNode) -> yaml.MappingNode:
    name = yaml.ScalarNode("tag:yaml.org,2002:str", key, value.start_mark, value.end_mark)
    return yaml.MappingNode(
        "tag:yaml.org,2002:map", [(name, value)], value.start_mark, value.end_mark
    )
