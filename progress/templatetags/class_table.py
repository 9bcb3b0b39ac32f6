"""The rows of a class's table: hundreds of cells, too many for a template tag each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from progress.selectors.class_cells import Cell
from progress.selectors.class_dashboard import StudentRow

register = template.Library()


@register.simple_tag
def student_rows(rows: Iterable[StudentRow], class_url: str) -> SafeString:
    """All rows as HTML. Names and words are escaped; the rest are figures and our own classes."""
    few, overdue = escape(_("too few answers")), escape(_("overdue"))
    results = {True: escape(_("passed")), False: escape(_("not passed"))}
    base = escape(f"{class_url}students/")
    parts = []
    for row in rows:
        cells = "".join([_cell(cell, few) for cell in row.cells])
        late = f'<small class="kn is-caution">{row.overdue} {overdue}</small>'
        mock = f'<small class="kn">{results[bool(row.mock_passed)]}, {row.mocks}</small>'
        parts.append(
            f'<tr><th scope="row"><a href="{base}{row.public_id}/">{escape(row.name)}</a></th>'
            f"{cells}<td>{row.work}{late if row.overdue else ''}</td>"
            f"<td>{row.mock_percent}{mock if row.mocks else ''}</td>"
            f'<td>{_pulse(row.pulse)}</td><td class="last">{escape(row.last)}</td></tr>'
        )
    return SafeString("".join(parts))


@lru_cache(maxsize=8192)
def _cell(cell: Cell, few: str) -> str:
    if not cell.share:
        return (
            f'<td class="cell {cell.css}"><span class="vh">{few} </span>'
            f"<small>{cell.tally}</small></td>"
        )
    return (
        f'<td class="cell {cell.css}">{cell.share} <small>{cell.spread}</small>'
        f'<small class="kn">{cell.tally}</small></td>'
    )


def _pulse(path: str) -> str:
    if not path:
        return ""
    return f'<svg class="pulse" viewBox="0 0 48 18" aria-hidden="true"><path d="{path}"/></svg>'
