"""The gradebook of a class as CSV, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from certportal.lib.csvsafe import BYTE_ORDER_MARK, Value, lines
from progress.selectors.gradebook import GradeCell, GradeRow, WholeGradebook
from quizzes.selectors.assignment_status import CountedMark


def gradebook_lines(book: WholeGradebook, *, zone: ZoneInfo, language: str) -> Iterator[str]:
    """Lines in the reader's language, moments in the zone of the class.

    They are made after the view has returned, when neither is active any more.
    """
    with translation.override(language):
        head = [*_head(book, zone)]
    yield BYTE_ORDER_MARK
    yield from lines([head])
    for row in book.rows():
        with translation.override(language):
            cells = _row(row, zone)
        yield from lines([cells])


def _head(book: WholeGradebook, zone: ZoneInfo) -> Iterator[str]:
    yield _("Name")
    yield _("E-mail")
    yield _("Labels")
    yield _("Missing")
    for task in book.assignments:
        named = {"title": task.title, "zone": zone.key}
        yield _("%(title)s: mark in percent") % named
        yield _("%(title)s: state") % named
        yield _("%(title)s: late") % named
        yield _("%(title)s: ended (%(zone)s)") % named


def _row(row: GradeRow, zone: ZoneInfo) -> list[Value]:
    person = row.member.person
    labels = ", ".join(sorted(label.name for label in row.member.labels.all()))
    cells: list[Value] = [person.display_name, person.email or "", labels, row.missing]
    for cell in row.cells:
        cells += _cell(cell, zone)
    return cells


def _cell(cell: GradeCell, zone: ZoneInfo) -> list[Value]:
    status = cell.status
    if status is None:
        return [None, _("not given"), None, None]
    late = _("late") if status.is_late else ""
    return [_mark(status.counted), str(cell.word), late, _ended(status.counted, zone)]


def _mark(counted: CountedMark | None) -> float | None:
    return None if counted is None else round(float(counted.share) * 100, 1)


def _ended(counted: CountedMark | None, zone: ZoneInfo) -> str | None:
    if counted is None or counted.attempt.ended_at is None:
        return None
    return f"{counted.attempt.ended_at.astimezone(zone):%Y-%m-%d %H:%M}"
