"""Time to the geometry of SVG charts, as charts.py: x in percent, y in pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from certportal.lib.charts import Interval

# A row of a table: a share from 0 (below) to 1 (above), with room for dots at both ends.
_TREND_HEIGHT = 98
_TREND_TOP, _TREND_BOTTOM = 10.0, 76.0
_CAP_PERCENT = 1.2

# Study days: a column a week, a row a day.
_DAY_ROW = 14.0
_LARGEST_SQUARE = 13.0
_SMALLEST_SQUARE = 3.0
_NO_ANSWER = 1.5
_LABELS_PERCENT = 9.0
_MONTHS_ROOM = 18
_DAYS = 7
# Fewer answers than these on the best day do not fill a square.
_FULL_SQUARE = 20


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One stretch of time. ``is_known`` false: a whisker without a dot."""

    x: str
    cap_left: str
    cap_right: str
    top: float
    bottom: float
    dot: float
    is_known: bool


@dataclass(frozen=True, slots=True)
class TrendChart:
    """One share through time, a whisker a stretch; stretches without answers stay empty."""

    height: int
    target: float
    points: tuple[TrendPoint, ...]


@dataclass(frozen=True, slots=True)
class DaySquare:
    """One day, drawn around its middle; the area is the number of answers."""

    x: str
    y: float
    side: float
    corner: float
    """From the middle to the upper left."""
    is_empty: bool


@dataclass(frozen=True, slots=True)
class DayLabel:
    x: str
    y: float
    day: date


@dataclass(frozen=True, slots=True)
class StudyCalendar:
    height: int
    squares: tuple[DaySquare, ...]
    weekdays: tuple[DayLabel, ...]
    months: tuple[DayLabel, ...]


def trend_chart(stretches: Sequence[tuple[Interval, bool] | None], *, target: float) -> TrendChart:
    """Lay out shares between 0 and 1 side by side, the earliest at the left.

    Each stretch is its estimate with whether enough is known to draw a dot, or None.
    """
    wide = 100 / max(1, len(stretches))
    return TrendChart(
        height=_TREND_HEIGHT,
        target=_share_y(target),
        points=tuple(
            _trend_point((place + 0.5) * wide, *stretch)
            for place, stretch in enumerate(stretches)
            if stretch is not None
        ),
    )


def study_calendar(answers: Mapping[date, int], *, first: date, last: date) -> StudyCalendar:
    """Lay out the days from a Monday to `last`."""
    if first.weekday() or last < first:
        raise ValueError(f"no weeks from {first} to {last}")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    weeks = math.ceil(len(days) / _DAYS)
    most = max(_FULL_SQUARE, *(answers.get(day, 0) for day in days))
    axis = _Weeks(first, weeks)
    return StudyCalendar(
        height=round(_DAYS * _DAY_ROW) + _MONTHS_ROOM,
        squares=tuple(_square(axis, day, answers.get(day, 0) / most) for day in days),
        weekdays=tuple(
            DayLabel("0%", axis.y(day) + 4, day)
            for day in (first + timedelta(days=n) for n in range(0, _DAYS, 2))
        ),
        months=tuple(
            DayLabel(axis.x(day), _DAYS * _DAY_ROW + _MONTHS_ROOM - 5, day)
            for day in days
            # A month that begins in the last columns has no room for its name.
            if day.day == 1 and axis.week(day) < weeks - 1
        ),
    )


@dataclass(frozen=True, slots=True)
class _Weeks:
    first: date
    count: int

    def week(self, day: date) -> int:
        return (day - self.first).days // _DAYS

    def x(self, day: date) -> str:
        wide = (100 - _LABELS_PERCENT) / self.count
        return f"{round(_LABELS_PERCENT + (self.week(day) + 0.5) * wide, 2):g}%"

    def y(self, day: date) -> float:
        return (day.weekday() + 0.5) * _DAY_ROW


def _square(axis: _Weeks, day: date, share: float) -> DaySquare:
    side = max(_SMALLEST_SQUARE, _LARGEST_SQUARE * math.sqrt(share)) if share else _NO_ANSWER
    side = round(side, 2)
    return DaySquare(axis.x(day), axis.y(day), side, -side / 2, is_empty=not share)


def _trend_point(x: float, estimate: Interval, is_known: bool) -> TrendPoint:
    return TrendPoint(
        x=f"{round(x, 2):g}%",
        cap_left=f"{round(x - _CAP_PERCENT, 2):g}%",
        cap_right=f"{round(x + _CAP_PERCENT, 2):g}%",
        top=_share_y(estimate.high),
        bottom=_share_y(estimate.low),
        dot=_share_y(estimate.value),
        is_known=is_known,
    )


def _share_y(share: float) -> float:
    return round(_TREND_BOTTOM - share * (_TREND_BOTTOM - _TREND_TOP), 2)
