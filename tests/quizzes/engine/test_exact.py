"""Reading numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.engine.exact import exact, parse_number


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (3, Fraction(3)),
        (0.1, Fraction(1, 10)),
        (46.79, Fraction(4679, 100)),
        ("0.72", Fraction(18, 25)),
        (Decimal("18.9"), Fraction(189, 10)),
        (Fraction(1, 3), Fraction(1, 3)),
        ("0e999999999", Fraction(0)),
    ],
)
def test_exact_takes_the_shortest_decimal(number, expected):
    assert exact(number) == expected


@pytest.mark.parametrize(
    "number", ["", "abc", "nan", float("nan"), float("inf"), "1e401", "-1e99999999", "1/3"]
)
def test_exact_refuses_what_is_no_sensible_number(number):
    with pytest.raises(ValueError, match=r"number|range"):
        exact(number)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1 234,5", "1234.5"),
        ("1\u202f234,5", "1234.5"),
        ("1'234.5", "1234.5"),
        ("1.5e3", "1500"),
        ("1.5E+3", "1500"),
        ("2e-2", "0.02"),
        ("1.5 × 10^3", "1500"),
        ("75%", "0.75"),
        ("75 ％", "0.75"),
        ("1,234", "1234"),
        ("1,234,567.8", "1234567.8"),
        ("1.234.567", "1234567"),
        ("1.234,5", "1234.5"),
        ("0,125", "0.125"),
        ("3,5", "3.5"),
        ("１２，５", "12.5"),
        ("−3", "-3"),
        (" +7 ", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("90 days", "90"),
        ("90天", "90"),
        ("1.5 hours", "90"),
        ("$720", "720"),
    ],
)
def test_parse_number_reads_what_people_type(typed, expected):
    units = {"days": 1, "天": 1, "hours": 60, "$": 1}

    assert parse_number(typed, units=units) == Fraction(expected)


@pytest.mark.parametrize(
    "typed",
    ["", " ", ".", "-", "abc", "1 2", "12 34", "1,23,456", "1.2.3", "3-", "5 furlongs", "1e9999",
     "$5 days", "9" * 101, "--5", "0x10"],
)  # fmt: skip
def test_parse_number_gives_none_for_the_unreadable(typed):
    assert parse_number(typed, units={"days": 1, "$": 1}) is None


def test_percent_as_the_unit_is_no_fraction():
    assert parse_number("75%", units={"%": 1}) == 75


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_plain_decimals_survive(number):
    text = format(number, "f")
    expected = exact(number) if len(text) <= 100 else None

    assert parse_number(text) == expected


@settings(deadline=None)
@given(st.text(max_size=120))
def test_parse_number_never_raises(text):
    assert parse_number(text) is None or isinstance(parse_number(text), Fraction)


@settings(deadline=None)
@given(st.text(alphabet="0123456789.,' eE+-x*^%", max_size=100))
def test_parse_number_never_raises_on_near_numbers(text):
    assert parse_number(text) is None or isinstance(parse_number(text), Fraction)
