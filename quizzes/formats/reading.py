"""Reads plain values, whatever file they came from, into canonical questions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias, cast

from quizzes.engine.kinds.checking import Findings, Problem
from quizzes.engine.kinds.registry import KINDS
from quizzes.formats.document import (
    EASIEST,
    FITS,
    HARDEST,
    USUAL,
    VERIFICATIONS,
    Evidence,
    Finding,
    Fit,
    ParsedBank,
    PlacementRef,
    Question,
    Verification,
)

Locate: TypeAlias = Callable[[int, str], int | None]
"""The line of a field, given the index of the question and the path inside it."""

_EXTERNAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_TAG = re.compile(r"[^\s,]{1,60}")
_MAX_GROUP = 80
_MAX_EVIDENCE = 2_000

_WHOLE_NUMBERS = frozenset({"choose"})
_TEXT_FIELDS = frozenset({"stem", "text", "explanation", "unit"})
_FLAGS = frozenset({"shuffle", "case_sensitive"})

_REQUIRED = ("id", "kind", "body", "key")
_OPTIONAL = (
    "difficulty",
    "tags",
    "enemy_group",
    "verification",
    "evidence",
    "checked_on",
    "is_sample",
    "placements",
)


def read_bank(
    rows: Sequence[object],
    *,
    name: str,
    format_name: str,
    locate: Locate,
    errors: Iterable[Finding] = (),
    lost: int = 0,
) -> ParsedBank:
    """Read raw questions, as plain Python values, into a bank.

    Args:
        rows: one object a question.
        name: the file, for findings.
        format_name: what the bank says it was.
        locate: finds lines for findings.
        errors: what was already found wrong with the file.
        lost: questions that could not even be told apart from their neighbours.
    """
    questions: dict[str, Question] = {}
    wrong, doubtful, refused = list(errors), [], lost
    for index, row in enumerate(rows):
        question, problems = read_question(row)
        if question is not None and question.external_id in questions:
            message = f"{question.external_id} stands here twice"
            problems.append(Problem("id", "repeated_id", message))
        place = _Place(name, _label(row, index), index, locate)
        wrong += [place.finding(problem) for problem in problems]
        refused += bool(problems)
        if question is not None and not problems:
            questions[question.external_id] = replace(
                question, source=place.spot, line=locate(index, "")
            )
            doubtful += [place.finding(problem) for problem in doubts(question)]
    return ParsedBank(
        tuple(questions.values()), tuple(wrong), tuple(doubtful), format_name, refused
    )


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    label: str
    index: int
    locate: Locate

    @property
    def spot(self) -> str:
        """File and line of the question itself."""
        return self._spot(self.locate(self.index, ""))

    def finding(self, problem: Problem) -> Finding:
        path = problem.where.lstrip(".")
        line = self.locate(self.index, path)
        where = " ".join(part for part in (self._spot(line), self.label, path) if part)
        return Finding(where, problem.code, problem.message, line)

    def _spot(self, line: int | None) -> str:
        file = self.file or "file"
        return file if line is None else f"{file}:{line}"


def _label(row: object, index: int) -> str:
    name = plain_text(row.get("id")) if isinstance(row, Mapping) else None
    return name if isinstance(name, str) and name else f"question {index + 1}"


def read_question(raw: object) -> tuple[Question | None, list[Problem]]:
    """A question from plain Python values, with every problem; `None` if it has any."""
    reader = _Reader()
    question = reader.read(raw)
    return (None if reader.problems else question), reader.problems


class _Reader:
    """Reads the fields around body and key; plain scalars count as the text they stand for."""

    def __init__(self) -> None:
        self._findings = Findings(language="en")
        self._extra: list[Problem] = []

    @property
    def problems(self) -> list[Problem]:
        return self._findings.problems + self._extra

    def read(self, raw: object) -> Question:
        fields = self._findings.mapping(raw, "", required=_REQUIRED, optional=_OPTIONAL)
        kind = self._one_of(fields.get("kind"), "kind", tuple(KINDS))
        body, key = as_document(fields.get("body", {})), as_document(fields.get("key", {}))
        if isinstance(body, dict):
            body = {"kind": kind, **body}
        if kind in KINDS:
            self._extra += KINDS[kind].validate(body, key)
        return Question(
            external_id=self._identity(fields.get("id")),
            kind=kind,
            body=body,
            key=key,
            difficulty=self._difficulty(fields.get("difficulty", USUAL)),
            tags=self._list(fields.get("tags", ()), "tags", _TAG),
            enemy_group=self._group(fields.get("enemy_group", "")),
            verification=cast(
                "Verification",
                self._one_of(
                    fields.get("verification", "unverified"), "verification", VERIFICATIONS
                ),
            ),
            evidence=tuple(self._evidence(fields.get("evidence", ()))),
            checked_on=self._day(fields.get("checked_on")),
            is_sample=self._flag(fields.get("is_sample", False)),
            placements=tuple(self._placements(fields.get("placements", ()))),
        )

    def _difficulty(self, value: object) -> int:
        if isinstance(value, int) and EASIEST <= value <= HARDEST and not isinstance(value, bool):
            return value
        self._findings.add("difficulty", "wrong_value", f"must be {EASIEST} to {HARDEST}")
        return USUAL

    def _flag(self, value: object) -> bool:
        self._findings.flag(value, "is_sample")
        return value is True

    def _group(self, value: object) -> str:
        return "" if value == "" else self._string(value, "enemy_group", limit=_MAX_GROUP)

    def _string(self, value: object, where: str, *, limit: int) -> str:
        return self._findings.string(plain_text(value), where, limit=limit)

    def _day(self, value: object) -> date | None:
        if value is None or isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self._findings.add("checked_on", "wrong_value", "must be a day such as 2026-11-23")
            return None

    def _one_of(self, value: object, where: str, among: Sequence[str]) -> str:
        if value is None:
            return ""
        text = plain_text(value)
        if not isinstance(text, str) or text not in among:
            self._findings.add(where, f"unknown_{where.rsplit('.', 1)[-1]}", _must_be(among))
            return ""
        return text

    def _identity(self, value: object) -> str:
        return "" if value is None else self._matching(value, "id", _EXTERNAL_ID)

    def _matching(self, value: object, where: str, pattern: re.Pattern[str]) -> str:
        text = self._findings.string(plain_text(value), where)
        if text.strip() and not pattern.fullmatch(text):
            self._findings.add(where, "wrong_value", f"{text!r:.60} is not allowed here")
        return text

    def _list(self, value: object, where: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            self._findings.add(where, "wrong_type", "must be a list")
            return ()
        found: list[str] = []
        for index, row in enumerate(value):
            text = self._matching(row, f"{where}.{index}", pattern)
            if text in found:
                self._findings.add(
                    f"{where}.{index}", "repeated_value", f"{text} stands here twice"
                )
            found.append(text)
        return tuple(found)

    def _objects(
        self, value: object, where: str, required: Sequence[str], optional: Sequence[str]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if not isinstance(value, list | tuple):
            self._findings.add(where, "wrong_type", "must be a list")
            return
        for index, row in enumerate(value):
            here = f"{where}.{index}"
            yield here, self._findings.mapping(row, here, required=required, optional=optional)

    def _evidence(self, value: object) -> Iterator[Evidence]:
        names = ("quote", "result", "date")
        for here, row in self._objects(value, "evidence", ("source",), names):
            texts = {
                name: self._string(row[name], f"{here}.{name}", limit=_MAX_EVIDENCE)
                for name in ("source", *names)
                if name in row
            }
            yield Evidence(**{"source": "", **texts})

    def _placements(self, value: object) -> Iterator[PlacementRef]:
        seen: set[str] = set()
        fields = ("certification", "domain")
        for here, row in self._objects(value, "placements", fields, ("objectives", "fit")):
            code, domain = (
                "" if row.get(name) is None else self._matching(row[name], f"{here}.{name}", _CODE)
                for name in fields
            )
            if code in seen:
                self._findings.add(here, "repeated_placement", f"{code} stands here twice")
            seen.add(code)
            objectives = self._list(row.get("objectives", ()), f"{here}.objectives", _CODE)
            fit = cast("Fit", self._one_of(row.get("fit", "good"), f"{here}.fit", FITS))
            yield PlacementRef(code, domain, objectives, fit)


def _must_be(among: Sequence[str]) -> str:
    return f"must be one of {', '.join(among)}"


def plain_text(value: object) -> object:
    """A plain number or flag as the text it was written as; anything else unchanged."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def as_document(value: object, *, field: str = "") -> Any:
    """Plain JSON values with texts where question documents have texts.

    A file may say `en: 404` or `value: 90`; only the few fields that are numbers
    or flags keep their type.
    """
    if isinstance(value, Mapping):
        return {str(name): as_document(inner, field=str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_document(inner) for inner in value]
    return value if field in _WHOLE_NUMBERS | _FLAGS else plain_text(value)


def doubts(question: Question) -> list[Problem]:
    """What an author should look at in a question that is otherwise in order."""
    found: list[Problem] = []
    if not question.key.get("explanation"):
        found.append(Problem("key", "no_explanation", "has no explanation"))
    if not question.placements:
        found.append(Problem("", "no_placement", "counts for no certification"))
    wanted = set(question.body["stem"])
    for part, document in (("body", question.body), ("key", question.key)):
        for where, text in _texts(document, part):
            found += [
                Problem(where, "untranslated", f"has no text in {language}")
                for language in sorted(wanted - text.keys())
            ]
    return found


def _texts(value: object, where: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every text by language inside a valid document."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            here = f"{where}.{name}"
            is_text = name in _TEXT_FIELDS or where == "key.option_rationales"
            if is_text and isinstance(inner, Mapping):
                if inner:
                    yield here, inner
            else:
                yield from _texts(inner, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{where}.{index}")
