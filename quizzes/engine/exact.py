"""Exact numbers: from every numeric type, and from what people type into a field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from types import MappingProxyType
from typing import TypeAlias

Number: TypeAlias = int | float | str | Decimal | Fraction

MAX_EXPONENT = 400
"""Beyond the range of a double nothing is meant seriously, and 10**exponent costs memory."""

MAX_NUMBER_LENGTH = 100
"""Characters that a typed number may have."""

_HUNDREDTH = Fraction(1, 100)
_NO_UNITS: Mapping[str, Number] = MappingProxyType({})

_TYPED = re.compile(
    r"(?P<before>[^0-9.,+\-\s][^0-9.,+\-]*?)?\s*"
    r"(?P<sign>[+-]?)\s*"
    r"(?P<digits>[0-9.,][0-9.,' ]*)"
    r"(?:\s*(?:e|x\s*10\s*\^)\s*(?P<exponent>[+-]?[0-9]{1,4}))?"
    r"\s*(?P<unit>[^0-9.,'\s].*)?",
    re.IGNORECASE,
)
_SPACED = re.compile(r"[0-9]{1,3}(?:[ '][0-9]{3})+(?:[.,][0-9]*)?")
_COMMA_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_POINT_GROUPS = re.compile(
    r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]*|[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}"
)
_ONE_MARK = re.compile(r"[0-9]+[.,]?[0-9]*|[.,][0-9]+")


def exact(number: Number) -> Fraction:
    """The number itself, without rounding; a float means its shortest decimal string.

    Raises:
        ValueError: not a finite number, or too far from 1 to be meant.
    """
    if isinstance(number, int | Fraction):
        return Fraction(number)
    try:
        decimal = Decimal(repr(number) if isinstance(number, float) else str(number).strip())
    except InvalidOperation:
        raise ValueError(f"not a number: {number!r:.60}") from None
    if not decimal.is_finite():
        raise ValueError(f"not a finite number: {number!r:.60}")
    if not decimal:
        return Fraction(0)
    if abs(decimal.adjusted()) > MAX_EXPONENT:
        raise ValueError(f"out of range: {number!r:.60}")
    return Fraction(decimal)


def parse_number(text: str, *, units: Mapping[str, Number] = _NO_UNITS) -> Fraction | None:
    """What somebody meant by "1 234,5", "1.5e3", "75%" or "90 days"; `None` if unreadable.

    Args:
        text: as typed; full-width digits and signs are read like plain ones.
        units: names and their factors, compared without case. `%` divides by
            100 unless it is listed here.

    A single comma before exactly three digits groups thousands ("1,234"), as
    English and Chinese readers write; any other single comma is a decimal mark.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > MAX_NUMBER_LENGTH:
        return None
    plain = plain.translate({0x2212: "-", 0x00D7: "x", ord("*"): "x", 0x2019: "'"})
    found = _TYPED.fullmatch(plain)
    if found is None or (found["before"] and found["unit"]):
        return None
    factor = _factor(found["before"] or found["unit"] or "", units)
    digits = _plain_decimal(found["digits"].strip())
    if factor is None or digits is None:
        return None
    try:
        return exact(f"{found['sign']}{digits}e{found['exponent'] or 0}") * factor
    except ValueError:
        return None


def _factor(unit: str, units: Mapping[str, Number]) -> Fraction | None:
    if not unit:
        return Fraction(1)
    wanted = _unit_name(unit)
    for name, factor in units.items():
        if _unit_name(name) == wanted:
            return exact(factor)
    return _HUNDREDTH if wanted == "%" else None


def _unit_name(unit: str) -> str:
    return unicodedata.normalize("NFKC", unit).strip().casefold()


def _plain_decimal(digits: str) -> str | None:
    """The digits with a point as decimal mark and no grouping, or `None`."""
    if _SPACED.fullmatch(digits):
        return digits.replace(" ", "").replace("'", "").replace(",", ".")
    if _COMMA_GROUPS.fullmatch(digits):
        return digits.replace(",", "")
    if _POINT_GROUPS.fullmatch(digits):
        return digits.replace(".", "").replace(",", ".")
    if _ONE_MARK.fullmatch(digits):
        return digits.replace(",", ".")
    return None
