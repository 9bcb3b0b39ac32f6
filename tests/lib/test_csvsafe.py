"""No cell of text becomes a formula, and everything is read again as it was."""

from __future__ import annotations

import csv
import io

import pytest

from certportal.lib.csvsafe import lines, safe

FORMULAS = [
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "\u3000=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
    '=HYPERLINK("http://x","y")',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_a_formula_is_marked_as_text(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Ada", "", "O'Neil", "a=b", "李芳", " ", 12, -3, 0.5, None])
def test_everything_else_stays(value):
    assert safe(value) == value


def test_it_is_read_again_as_it_was():
    rows = [["=1+1", 'say "hi", Ada', "two\nlines", -3, None], ["李芳", "a;b", "", 0.5, ""]]

    read = list(csv.reader(io.StringIO("".join(lines(rows)), newline="")))

    assert read == [
        ["'=1+1", 'say "hi", Ada', "two\nlines", "-3", ""],
        ["李芳", "a;b", "", "0.5", ""],
    ]


def test_lines_are_made_one_at_a_time():
    def endless():
        while True:
            yield ["a", 1]

    assert next(iter(lines(endless()))) == "a,1\r\n"
