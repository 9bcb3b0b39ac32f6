"""Classes to the geometry of SVG charts, as charts.py: x in percent, y in pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import ceil

# Dots of a distribution: columns of 4 points, and no column higher than this.
_COLUMN = 0.04
_HIGHEST_COLUMN = 5
_DOT_BASE, _DOT_STEP = 22, 5

# The class over time.
_HEIGHT, _TOP, _BOTTOM = 150, 10.0, 126.0
_LEFT, _RIGHT = 6.0, 96.0
_LABEL_Y = 144
_FEW = 3
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Dots:
    """Results side by side: one dot is one student, or `each` students where they are many."""

    path: str
    """The `d` of a path of points, in a box of 100 by 30."""
    each: int
    target: str


@lru_cache(maxsize=1024)
def dots(shares: tuple[float, ...], *, target: float) -> Dots:
    """Lay out shares between 0 and 1."""
    columns: dict[int, int] = {}
    for share in shares:
        column = round(share / _COLUMN)
        columns[column] = columns.get(column, 0) + 1
    each = max(1, ceil(max(columns.values(), default=0) / _HIGHEST_COLUMN))
    return Dots(
        path="".join(
            f"M{column * _COLUMN * 100:g} {_DOT_BASE - _DOT_STEP * level}h.01"
            for column, n in sorted(columns.items())
            for level in range(ceil(n / each))
        ),
        each=each,
        target=f"{target * 100:g}%",
    )


@lru_cache(maxsize=4096)
def pulse_path(counts: tuple[int, ...], *, height: int = 16, step: int = 6) -> str:
    """Small upright strokes, the highest for the largest count: the `d` of a path."""
    most = max(counts, default=0)
    if not most:
        return ""
    return "".join(
        f"M{place * step + step // 2} {height}v-{max(2, round(height * count / most))}"
        for place, count in enumerate(counts)
        if count
    )


@dataclass(frozen=True, slots=True)
class GridLine:
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class WeekLabel:
    x: str
    anchor: str
    week: date


@dataclass(frozen=True, slots=True)
class ClassWeeks:
    """Median and middle half of a class by week. Points are those of a box 100 wide."""

    height: int
    label_y: int
    grid: tuple[GridLine, ...]
    band: str
    line: str
    dot_x: str
    dot_y: float
    target: float
    labels: tuple[WeekLabel, ...]


def class_weeks(weeks: Sequence[tuple[date, float, float, float]], *, target: float) -> ClassWeeks:
    """Lay out (week, low, median, high), all shares, at least two weeks, the earliest first.

    A week without figures is a longer way between its neighbours.
    """
    first, last = weeks[0][0], weeks[-1][0]
    if last <= first:
        raise ValueError("a line needs two weeks")

    def x(day: date) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * ((day - first) / (last - first)), 2)

    upper = [f"{x(week)},{_y(high)}" for week, _, _, high in weeks]
    lower = [f"{x(week)},{_y(low)}" for week, low, _, _ in reversed(weeks)]
    return ClassWeeks(
        height=_HEIGHT,
        label_y=_LABEL_Y,
        grid=tuple(GridLine(_y(share), f"{share * 100:g}") for share in (0.0, _HALF, 1.0)),
        band=" ".join(upper + lower),
        line=" ".join(f"{x(week)},{_y(median)}" for week, _, median, _ in weeks),
        dot_x=f"{x(last)}%",
        dot_y=_y(weeks[-1][2]),
        target=_y(target),
        labels=_labels([week for week, *_ in weeks], x),
    )


def _labels(weeks: Sequence[date], x: Callable[[date], float]) -> tuple[WeekLabel, ...]:
    """The first week, the last, and one between them where there is room."""
    shown = (
        {weeks[0], weeks[len(weeks) // 2], weeks[-1]}
        if len(weeks) > _FEW
        else {weeks[0], weeks[-1]}
    )
    anchors = {weeks[0]: "start", weeks[-1]: "end"}
    return tuple(WeekLabel(f"{x(week)}%", anchors.get(week, "mid"), week) for week in sorted(shown))


def _y(share: float) -> float:
    return round(_BOTTOM - share * (_BOTTOM - _TOP), 2)
