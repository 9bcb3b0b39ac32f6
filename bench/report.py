"""One JSON object a line: name, value, unit, reference and ratio."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """One figure; `reference` is the bare project's value or the ceiling that counts."""

    name: str
    value: float
    unit: str
    reference: float | None
    ratio: float | None


PRINTED: list[Row] = []
"""What this process has reported so far."""


def report(name: str, value: float, unit: str, reference: float | None = None) -> None:
    """Print one figure and keep it."""
    row = Row(
        name,
        round(value, 3),
        unit,
        None if reference is None else round(reference, 3),
        round(value / reference, 3) if reference else None,
    )
    PRINTED.append(row)
    sys.stdout.write(json.dumps(asdict(row)) + "\n")
    sys.stdout.flush()
