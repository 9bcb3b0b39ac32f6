"""One JSON object a line: name, value, unit, reference and ratio."""

from __future__ import annotations

import json
import sys


def report(name: str, value: float, unit: str, reference: float | None = None) -> None:
    """Print one figure; `reference` is the bare project's value or the ceiling that counts."""
    ratio = round(value / reference, 3) if reference else None
    row = {"name": name, "value": round(value, 3), "unit": unit}
    sys.stdout.write(
        json.dumps({**row, "reference": reference and round(reference, 3), "ratio": ratio}) + "\n"
    )
    sys.stdout.flush()
