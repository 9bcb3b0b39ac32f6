"""Writes docs/performance.md from one run."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench.journey import STEPS, Comparison, times
from bench.report import Row

_HEAD = """# Performance

Measured on {date} on a machine of {cores} cores and {memory} GB ({system}, Python {python}) that
also drove the load, with

    make bench ARGS="--write docs/performance.md"

What is compared with is a bare Django project on the same PostgreSQL (`bench/bare`): stock
sessions and sign-in, one page with a question and its 65 links, one checked save, no sanitising,
no receipts, no second language. It marks the limit of framework and database. CPU is that of
the processes of gunicorn, medians over rounds in turns; statements are counted in PostgreSQL's
log without transaction control; bytes are bodies before compression.

## A whole exam of 65 questions

| step | times | CPU, bare | CPU, portal | ratio | statements, bare | portal | KB, bare | portal |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""

_FOOT = """
Signing in is cheaper than the bare project's because passwords are hashed with argon2id in the
strength that OWASP names as the least, not with PBKDF2. Opening draws and freezes a paper; the
result shows every question with the reason of every option.

## Everything measured in this run

`reference` is the bare project's value, or the ceiling that counts.

| figure | value | reference | ratio |
| --- | ---: | ---: | ---: |
"""


def write(path: Path, found: Comparison, rows: Iterable[Row]) -> None:
    """Replace the page by what this run found."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    head = _HEAD.format(
        date=datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count(),
        memory=round(memory),
        system=platform.system(),
        python=platform.python_version(),
    )
    lines = [*_steps(found), *_wholes(found)]
    figures = [_figure(row) for row in rows if not row.name.startswith("journey")]
    path.write_text(head + "\n".join(lines) + "\n" + _FOOT + "\n".join(figures) + "\n")


def _steps(found: Comparison) -> Iterable[str]:
    for step in STEPS:
        bare, ours = found.bare, found.portal
        cells = (
            step,
            str(times(step)),
            f"{bare.cpu[step]:.1f} ms",
            f"{ours.cpu[step]:.1f} ms",
            f"{ours.cpu[step] / bare.cpu[step]:.2f}" if bare.cpu[step] else "",
            *(str(count) for count in found.statements[step]),
            f"{bare.sent[step] / 1024:.1f}",
            f"{ours.sent[step] / 1024:.1f}",
        )
        yield f"| {' | '.join(cells)} |"


def _wholes(found: Comparison) -> Iterable[str]:
    whole = found.bare.whole
    for name, side in (("by script", found.portal), ("by plain forms", found.forms)):
        yield (
            f"| **the whole exam, {name}** | | {whole:.0f} ms | {side.whole:.0f} ms |"
            f" {side.whole / whole:.2f} | | | | |"
        )


def _figure(row: Row) -> str:
    reference = "" if row.reference is None else f"{row.reference:g} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:g}"
    return f"| {row.name} | {row.value:g} {row.unit} | {reference} | {ratio} |"
