"""The canonical question document that every format is read into and written from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias

Verification: TypeAlias = Literal["sourced", "executed", "unverified"]
Fit: TypeAlias = Literal["good", "weak"]

VERIFICATIONS = ("sourced", "executed", "unverified")
FITS = ("good", "weak")

EASIEST, HARDEST, USUAL = 1, 5, 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What backs a key: where it was looked up or what was run, and when."""

    source: str
    quote: str = ""
    result: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class PlacementRef:
    """Where a question counts, by the catalogue's codes; the main objective comes first."""

    certification: str
    domain: str
    objectives: tuple[str, ...] = ()
    fit: Fit = "good"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as files carry it; `body` and `key` as `quizzes.engine.kinds` checks them."""

    external_id: str
    kind: str
    body: Mapping[str, Any]
    key: Mapping[str, Any]
    difficulty: int = USUAL
    tags: tuple[str, ...] = ()
    enemy_group: str = ""
    verification: Verification = "unverified"
    evidence: tuple[Evidence, ...] = ()
    checked_on: date | None = None
    is_sample: bool = False
    placements: tuple[PlacementRef, ...] = ()
    source: str = field(default="", compare=False)
    """File and line, for what is found wrong later."""
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a file: where (file, line, question, field), a stable code, and why."""

    where: str
    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedBank:
    """A file that was read to its end: the good questions and everything wrong with the rest."""

    questions: tuple[Question, ...]
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    format: str
    refused: int = 0
    """Questions that have errors."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: how to know it, which kinds it carries, how to read it."""

    name: str
    suffixes: tuple[str, ...]
    kinds: frozenset[str]
    looks_like: Callable[[bytes], bool]
    read: Callable[[bytes, str], ParsedBank]
