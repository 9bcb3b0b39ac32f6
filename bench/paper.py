"""Writes docs/performance.md from one run."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench.journey import STEPS, Comparison, Costs
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

By script an exam is one page, one paper with all questions, and saves; by plain forms every
question is a page and every answer a form. A save by script tells of the first sight, too.

| step | bare: times | CPU | script: times | CPU | forms: times | CPU | SQL | ours | KB | ours |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""

_FOOT = """
Signing in is cheaper than the bare project's because passwords are hashed with argon2id in the
strength that OWASP names as the least, not with PBKDF2. Opening draws and freezes a paper; the
result shows every question with the reason of every option.

The students who sit at once start within the same moment, save every five seconds, and end
within the same moment; the generator of this load takes its part of the same cores. No request
of theirs is tried again. The highest rate is found by sending at a rate whatever comes back.

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
        before, now = found.statements[step]
        sides = (found.bare, found.portal, found.forms)
        cells = (
            step,
            *(cell for side in sides for cell in _times_and_cpu(side, step)),
            "" if before is None else str(before),
            str(now),
            _kilobytes(found.bare, step),
            _kilobytes(found.ours(step), step),
        )
        yield f"| {' | '.join(cells)} |"


def _times_and_cpu(side: Costs, step: str) -> tuple[str, str]:
    if step not in side.times:
        return "", ""
    return str(side.times[step]), f"{side.cpu[step]:.1f} ms"


def _kilobytes(side: Costs, step: str) -> str:
    return f"{side.sent[step] / 1024:.1f}" if step in side.sent else ""


def _wholes(found: Comparison) -> Iterable[str]:
    bare, script, forms = found.bare.whole, found.portal.whole, found.forms.whole
    yield (
        f"| **the whole exam** | | {bare:.0f} ms | | {script:.0f} ms | | {forms:.0f} ms | | | | |"
    )
    yield (
        f"| **compared with the bare one** | | 1 | | {script / bare:.2f} | | {forms / bare:.2f} |"
        " | | | |"
    )


def _figure(row: Row) -> str:
    reference = "" if row.reference is None else f"{row.reference:g} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:g}"
    return f"| {row.name} | {f'{row.value:g} {row.unit}'.strip()} | {reference.strip()} | {ratio} |"
