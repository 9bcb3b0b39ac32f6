"""CSV that a spreadsheet reads as what it is: no cell of text becomes a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal

# Spreadsheets begin a formula at these, some also at the full-width forms and after blanks.
_BEGIN_FORMULAS = frozenset("=+-@\t\r\n＝＋－＠|")

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as whatever the machine prefers."""

Value = str | int | float | Decimal | None


class _Line:
    """What `csv` writes into; hands each line back at once."""

    def write(self, text: str) -> str:
        return text


def safe(value: Value) -> Value:
    """Text that would begin a formula gets an apostrophe in front; numbers stay numbers."""
    if not isinstance(value, str) or not value:
        return value
    first = value.lstrip(" \u00a0\u3000")[:1]
    return f"'{value}" if first in _BEGIN_FORMULAS and first else value


def lines(rows: Iterable[Iterable[Value]]) -> Iterator[str]:
    """The rows as lines of a CSV file, one at a time."""
    writer = csv.writer(_Line())
    for row in rows:
        # The writer returns what `write` returned, which its types do not say.
        yield str(writer.writerow([safe(value) for value in row]))
