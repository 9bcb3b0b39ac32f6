"""Reads a roster: a table of people as spreadsheets save it, in any of the usual encodings."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import islice

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 20_000
MOST_LABELS = 20
MOST_TIME = 3
LONGEST_NAME = 80
LONGEST_LABEL = 40
LONGEST_REASON = 200
LONGEST_ADDRESS = 254

# A header names a column in English or Chinese; signs between its words do not matter.
COLUMNS = {
    "email": (
        "email",
        "e-mail address",
        "mail",
        "邮箱",
        "电子邮箱",
        "电子邮件",
        "邮箱地址",
        "邮件",
    ),
    "name": ("name", "full name", "display name", "姓名", "名字"),
    "role": ("role", "角色", "身份"),
    "labels": ("labels", "label", "groups", "group", "标签", "分组", "组"),
    "extra_time": ("extra time", "extra time factor", "额外时间", "加时", "延时"),
    "reason": ("reason", "原因", "理由"),
}
ROLES = {
    "student": "student",
    "学生": "student",
    "学员": "student",
    "assistant": "assistant",
    "助教": "assistant",
}

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH = 0x80
_GB2312_FIRST = 0xA1
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"[^@\s<>\",;]+@[^@\s<>\",;]+\.[^@\s<>\",;]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, by a code and what its sentence needs to know."""

    code: str
    facts: dict[str, str | int] = field(default_factory=dict)


class RosterFileError(Exception):
    """Nothing of the file can be used; `line` is 0 where no line is to blame."""

    def __init__(self, code: str, *, line: int = 0, **facts: str | int) -> None:
        super().__init__(code)
        self.line = line
        self.problem = Problem(code, facts)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One person as the file has them; None for what it does not say."""

    line: int
    email: str
    name: str = ""
    role: str | None = None
    labels: tuple[str, ...] | None = None
    extra_time: Decimal | None = None
    """1 takes extra time away."""
    reason: str = ""
    problems: tuple[Problem, ...] = ()


def _plain(header: str) -> str:
    return re.sub(r"[\s_\-.]+", "", unicodedata.normalize("NFKC", header)).casefold()


_COLUMN_OF = {_plain(header): column for column, names in COLUMNS.items() for header in names}


def read_roster(data: bytes) -> tuple[FileRow, ...]:
    """Read every row, each with everything that is wrong with it.

    Raises:
        RosterFileError: it is too large, no table, or its columns are not known.
    """
    if len(data) > MOST_BYTES:
        raise RosterFileError("too_large", limit=MOST_BYTES // (1024 * 1024))
    text = decode(data)
    records = _records(text)
    header = next(records, None)
    if header is None:
        raise RosterFileError("empty")
    columns = _columns(*header)
    # Counted before anything is looked at: too many are refused at once.
    people = list(islice(records, MOST_ROWS + 1))
    if not people:
        raise RosterFileError("no_rows", line=header[0])
    if len(people) > MOST_ROWS:
        raise RosterFileError("too_many_rows", limit=MOST_ROWS)
    seen: dict[str, int] = {}
    return tuple(_row(line, cells, columns, seen) for line, cells in people)


def decode(data: bytes) -> str:
    """Turn bytes to text: by their mark, else UTF-8, GB18030 or Windows-1252.

    Raises:
        RosterFileError: they are none of these, or no text.
    """
    marked = [encoding for bom, encoding in _BOMS if data.startswith(bom)]
    guessed = ["utf-8", "gb18030" if _looks_chinese(data) else "cp1252"]
    for encoding in marked[:1] or guessed:
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            break
    else:
        raise RosterFileError("encoding")
    if "\x00" in text:
        raise RosterFileError("not_a_table")
    return text


def _looks_chinese(data: bytes) -> bool:
    """Chinese comes in pairs of high bytes, letters of the West mostly alone among others."""
    pairs = alone = at = 0
    while at < len(data):
        if data[at] < _HIGH:
            at += 1
        elif at + 1 < len(data) and min(data[at], data[at + 1]) >= _GB2312_FIRST:
            pairs, at = pairs + 1, at + 2
        else:
            alone, at = alone + 1, at + 1
    return pairs > alone


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that holds anything, with the line on which it begins."""
    first, _end, rest = text.partition("\n")
    skipped = 0
    if first.lower().startswith("sep="):
        # What some spreadsheets write for each other.
        text, skipped = rest, 1
        first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1 + skipped
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1 + skipped
    except csv.Error as error:
        raise RosterFileError("not_a_table", line=line) from error


def _columns(line: int, cells: list[str]) -> list[str | None]:
    """The column behind each place of a row; None where a nameless one holds nothing."""
    columns: list[str | None] = []
    for cell in cells:
        name = cell.strip()
        column = _COLUMN_OF.get(_plain(name))
        if column is None and name:
            raise RosterFileError("unknown_column", line=line, column=name[:LONGEST_LABEL])
        if column is not None and column in columns:
            raise RosterFileError("column_twice", line=line, column=name)
        columns.append(column)
    if "email" not in columns:
        raise RosterFileError("missing_column", line=line, column="email")
    return columns


def _row(line: int, cells: list[str], columns: list[str | None], seen: dict[str, int]) -> FileRow:
    values = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column}
    problems = list(_bad_cells(values))
    if any(cell.strip() for cell in cells[len(columns) :]):
        problems.append(Problem("too_many_cells"))
    email = values["email"].lower() if "email" in values else ""
    problems += _bad_address(email, line, seen)
    labels, bad_labels = _labels(values.get("labels", ""))
    role, bad_role = _role(values.get("role", ""))
    factor, bad_factor = _factor(values.get("extra_time", ""), values.get("reason", ""))
    return FileRow(
        line=line,
        email=email[:LONGEST_ADDRESS],
        name=values.get("name", "")[:LONGEST_NAME],
        role=role,
        labels=labels,
        extra_time=factor,
        reason=values.get("reason", "")[:LONGEST_REASON],
        problems=(*problems, *bad_labels, *bad_role, *bad_factor),
    )


def _bad_cells(values: dict[str, str]) -> Iterator[Problem]:
    """What no cell may hold: signs that nobody sees, and what a spreadsheet would compute."""
    for column, value in values.items():
        # Where a number belongs its own check says what is wrong with a sign before it.
        if column != "extra_time" and value.startswith(_FORMULA_STARTS):
            yield Problem("formula", {"column": column})
        if _UNPRINTABLE.search(value) or "\n" in value or "\t" in value:
            yield Problem("unprintable", {"column": column})
    if len(values.get("name", "")) > LONGEST_NAME:
        yield Problem("name_too_long", {"limit": LONGEST_NAME})
    if len(values.get("reason", "")) > LONGEST_REASON:
        yield Problem("reason_too_long", {"limit": LONGEST_REASON})


def _bad_address(email: str, line: int, seen: dict[str, int]) -> Iterator[Problem]:
    if not email:
        yield Problem("no_address")
    elif len(email) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(email):
        yield Problem("bad_address", {"email": email[:LONGEST_ADDRESS]})
    elif email in seen:
        yield Problem("twice", {"email": email, "first": seen[email]})
    else:
        seen[email] = line


def _labels(text: str) -> tuple[tuple[str, ...] | None, list[Problem]]:
    names = [name for part in re.split("[;；]", text) if (name := " ".join(part.split()))]
    if not names:
        return None, []
    problems = []
    if any(len(name) > LONGEST_LABEL for name in names):
        problems.append(Problem("label_too_long", {"limit": LONGEST_LABEL}))
    if any(name.startswith(_FORMULA_STARTS) for name in names[1:]):
        problems.append(Problem("formula", {"column": "labels"}))
    if len(names) > MOST_LABELS:
        problems.append(Problem("too_many_labels", {"limit": MOST_LABELS}))
    return tuple(dict.fromkeys(names)), problems


def _role(text: str) -> tuple[str | None, list[Problem]]:
    if not text:
        return None, []
    role = ROLES.get(text.casefold())
    return role, [] if role else [Problem("bad_role", {"role": text[:LONGEST_LABEL]})]


def _factor(text: str, reason: str) -> tuple[Decimal | None, list[Problem]]:
    """The factor of 1.5, 1,5 or 150%."""
    if not text:
        return None, [Problem("reason_without_time")] if reason else []
    plain = unicodedata.normalize("NFKC", text).replace(",", ".").replace(" ", "")
    try:
        factor = Decimal(plain[:-1]) / 100 if plain.endswith("%") else Decimal(plain)
        is_fair = 1 <= factor <= MOST_TIME and factor == factor.quantize(Decimal("0.01"))
    except InvalidOperation:
        is_fair = False
    if not is_fair:
        return None, [Problem("bad_time", {"time": text[:LONGEST_LABEL]})]
    if factor > 1 and not reason:
        return factor, [Problem("no_reason")]
    return factor, []
