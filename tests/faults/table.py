"""The table of faults: what was struck, what was acknowledged, and what of it was lost."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

HEAD = (
    "fault",
    "strikes",
    "acknowledged",
    "stored",
    "lost",
    "duplicates",
    "repeats",
    "longest gap",
)
LEGEND = "repeats: retries of what was stored already and was not stored again"
Row = tuple[str, ...]
PAGE = """\
# Reliability

Measured on {date} on a machine of {cores} cores and {memory} GB ({system}), with

    make faults ARGS="--write-table docs/reliability.md"

Each row is a fault done on purpose to a whole portal: PostgreSQL with the settings of `make run`,
gunicorn with two processes, students as clients or in a real Chromium, and a TCP proxy in between
where the network is what fails. The students note what the portal acknowledged. After each
fault this is compared with what is stored, graded and shown (`tests/faults/ledger.py`):

- what was acknowledged is in the log once, as it was sent and with the outcome that was said;
- for each question the accepted answer with the highest number stands;
- points and fingerprint, computed anew from the answers, are those stored and those shown;
- every attempt has one close and one score, and asking again changes nothing;
- nothing was accepted after deadline and grace, nothing after the close;
- a page that comes back shows what was acknowledged.

{table}

- **strikes**: how often the fault was done, or how many students, answers or payloads it met.
- **lost**: acknowledged entries that are not stored.
- **duplicates**: entries, closes and scores that are stored more than once.
- **repeats**: retries of what was stored already; the answer was "I have it", and nothing was
  stored again. A system without keys for its entries would have these as duplicates.
- **longest gap**: the longest time between two acknowledgements of one client, fault included.
{notes}
Rows named *control* do something wrong on purpose, to show that the check would see it: what
they lose or double is meant. `F11 control` is a database that may forget what it confirmed;
the portal starts no exam on such a one. Numbers are of one run, timings those of a machine that
also ran the students, the browser and the database.

A disk that loses what it confirmed, and a machine that loses its power, are not tested.
A tab that is frozen and a device that sleeps are stood in for by a page whose script is halted.
"""


def lines(rows: Sequence[Row], notes: Sequence[str]) -> list[str]:
    """For the terminal."""
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    shown = []
    for row in (HEAD, *rows):
        first, *rest = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        shown.append("  ".join(cells))
    return [*shown, *notes, LEGEND]


def page(rows: Sequence[Row], notes: Sequence[str]) -> str:
    """For readers, in Markdown."""
    ruler = ("---", *["---:"] * (len(HEAD) - 1))
    ordered = sorted(rows, key=_number)
    table = "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, ruler, *ordered))
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return PAGE.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        cores=os.cpu_count(),
        memory=round(pages * size / 2**30),
        system=f"{platform.system()}, Python {platform.python_version()}",
        table=table,
        notes="".join(f"- {note}.\n" for note in notes),
    )


def _number(row: Row) -> int:
    """The number of a fault: F7 comes before F11."""
    return int(row[0][1:].split()[0].split("-")[0])


def write(path: Path, rows: Sequence[Row], notes: Sequence[str]) -> None:
    path.write_text(page(rows, notes))
