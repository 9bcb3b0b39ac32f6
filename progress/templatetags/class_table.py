"""The rows of a class's tables: hundreds of figures, too many for a template tag each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape  # Django's own does the same to text, and asks each time if it is lazy

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from certportal.templatetags.ui import icon
from progress.selectors.class_cells import Cell, Shade, day_words
from progress.selectors.class_dashboard import (
    AssignmentRow,
    DomainColumn,
    Needy,
    OverTime,
    StudentRow,
    WeekRow,
)

register = template.Library()


@register.simple_tag
def domain_heads(columns: Iterable[DomainColumn]) -> SafeString:
    """The heads of the columns of domains; names are escaped."""
    heads = [
        f'<th scope="col">{escape(it.domain.name)}<br>{it.domain.weight}%</th>' for it in columns
    ]
    return SafeString("".join(heads))


@register.simple_tag
def domain_medians(columns: Iterable[DomainColumn]) -> SafeString:
    """The feet of the same columns; all figures."""
    return SafeString("".join([f"<td>{it.median}</td>" for it in columns]))


@register.simple_tag
def shade_items(shades: Iterable[Shade]) -> SafeString:
    """The legend as items of a list; `< 52` needs escaping."""
    return SafeString(
        "".join(
            [f'<li><span class="sw {it.swatch}"></span>{escape(it.text)}</li>' for it in shades]
        )
    )


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


@register.simple_tag
def needy_rows(rows: Iterable[Needy], class_url: str) -> SafeString:
    """Those who need the instructor as items of a list; names and reasons are escaped."""
    look, base = escape(_("Look closer")), escape(f"{class_url}students/")
    overdue = f' <span class="tag tag-caution">{icon("caution")} {escape(_("Overdue"))}</span>'
    parts = []
    for row in rows:
        name, url = escape(row.name), f"{base}{row.public_id}/"
        tags = "".join([f' <span class="tag">{escape(tag)}</span>' for tag in row.tags])
        parts.append(
            f'<li><span class="what"><a class="row-link wrap-any" href="{url}">{name}</a>'
            f"{overdue if row.is_overdue else ''}{tags}</span>"
            f'<span class="why">{escape(row.why)}</span><span class="do row">'
            f'<a class="btn btn-quiet btn-s" href="{url}">{look}'
            f'<span class="vh">: {name}</span></a></span></li>'
        )
    return SafeString("".join(parts))


@register.simple_tag
def assignment_rows(rows: Iterable[AssignmentRow], class_url: str) -> SafeString:
    """What the class was given, with everybody's results as dots; titles are escaped."""
    base = escape(f"{class_url}assignments/")
    return SafeString(
        "".join(
            [
                f'<tr><th scope="row"><a class="row-link" href="{base}{row.public_id}/">'
                f'{escape(row.title)}</a><span class="sub">{escape(row.due)}</span></th>'
                f'<td class="num">{row.done}{_sub(row.behind, "sub is-caution")}</td>'
                f'<td class="dots">{_sub(row.goal) or _dots(row)}</td></tr>'
                for row in rows
            ]
        )
    )


def _dots(row: AssignmentRow) -> str:
    target = row.dots.target
    return (
        '<svg class="chart" height="30" aria-hidden="true">'
        '<line class="c-axis" x1="0" x2="100%" y1="26" y2="26"/>'
        '<svg width="100%" height="30" viewBox="0 0 100 30" preserveAspectRatio="none">'
        f'<path class="c-dots" d="{row.dots.path}"/></svg>'
        f'<line class="c-target" x1="{target}" x2="{target}" y1="0" y2="30"/></svg>{_sub(row.dot)}'
    )


def _sub(words: str, css: str = "sub") -> str:
    """A second line in a cell, where there is anything to say."""
    return f'<span class="{css}">{escape(words)}</span>' if words else ""


@register.simple_tag
def week_rows(rows: Iterable[WeekRow]) -> SafeString:
    """The class week by week; a date may be written in any way, all else are figures."""
    return SafeString(
        "".join(
            [
                f'<tr><th scope="row">{escape(row.week)}</th><td class="num">{row.median}</td>'
                f'<td class="num">{row.low}–{row.high}</td><td class="num">{row.students}</td></tr>'
                for row in rows
            ]
        )
    )


@register.simple_tag
def weeks_chart(found: OverTime) -> SafeString:
    """The class over time as SVG; words are escaped, all else are figures of our own."""
    chart = found.chart
    grid = [
        f'<line class="c-grid" x1="6%" x2="96%" y1="{it.y}" y2="{it.y}"/>'
        f'<text class="end" x="5%" y="{it.y}" dy="4">{it.text}</text>'
        for it in chart.grid
    ]
    weeks = [
        f'<text class="{it.anchor}" x="{it.x}" y="{chart.label_y}">'
        f"{escape(day_words(it.week, 'MONTH_DAY_FORMAT'))}</text>"
        for it in chart.labels
    ]
    return SafeString(
        f'<svg class="chart" height="{chart.height}" role="img" aria-label="{escape(found.label)}">'
        f'{"".join(grid)}<svg width="100%" height="{chart.height}" '
        f'viewBox="0 0 100 {chart.height}" preserveAspectRatio="none">'
        f'<polygon class="c-band" points="{chart.band}"/>'
        f'<polyline class="c-line" points="{chart.line}"/></svg>'
        f'<line class="c-target" x1="6%" x2="96%" y1="{chart.target}" y2="{chart.target}"/>'
        f'<circle class="c-dot" cx="{chart.dot_x}" cy="{chart.dot_y}" r="4.5"/>'
        f"{''.join(weeks)}</svg>"
    )
