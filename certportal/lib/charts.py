"""Numbers to the geometry of our SVG charts: x in percent, y in pixels, so they fit any width.

The templates in templates/components/charts draw what is here; nothing is computed there, and no
inline style is needed. Dots stay round and text stays 12 px because the SVG has no viewBox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Anchor = Literal["start", "mid", "end"]

# Heights of the interval scale, in pixels from its top.
_SCALE_HEIGHT = 92
# A label nearer than this to an edge is set against the edge, so that nothing is cut off.
_EDGE_PERCENT = 8.0
# Two labels on one line nearer than this would run into each other.
_CROWDED_PERCENT = 9.0
_HUNDRED = 100.0

# Domain bars: the thickest bar is that of a domain that is the whole exam.
_ROW_HEIGHT = 48
_THICKEST = 62.0
_THINNEST = 4.0
_WIDEST_BAR = 30.0


@dataclass(frozen=True, slots=True)
class Label:
    """A word or figure at a place on the scale."""

    x: str
    text: str
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the scale."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """An estimate on a scale: axis, 90% whisker, optional 50% band, pass line, earlier results."""

    height: int
    ticks: tuple[Label, ...]
    low: Label
    high: Label
    dot: str
    band: Band | None
    target: Label | None
    rings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DomainBar:
    """One row of a domain table. ``dot`` is empty where too little is known to draw one."""

    height: int
    middle: float
    bar_width: str
    bar_y: float
    bar_height: float
    low: str
    high: str
    cap_top: float
    cap_bottom: float
    dot: str
    target: str


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the interval that holds it; all on the scale of the chart."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"the value {self.value} is outside of {self.low} to {self.high}")


def interval_chart(
    estimate: Interval,
    *,
    scale: tuple[float, float],
    inner: tuple[float, float] | None = None,
    target: tuple[float, str] | None = None,
    earlier: Sequence[float] = (),
) -> IntervalChart:
    """Lay out an estimate on a scale.

    Args:
        estimate: the dot and the ends of the 90% whisker.
        scale: first and last figure of the axis; what lies outside is drawn at its end.
        inner: ends of the 50% band, if known.
        target: the line to reach and its words ("pass line 46").
        earlier: results already seen, drawn as hollow rings.
    """
    axis = _Axis(*scale)
    low, high = _ends(axis, estimate)
    return IntervalChart(
        height=_SCALE_HEIGHT,
        ticks=_ticks(axis),
        low=low,
        high=high,
        dot=axis.percent(estimate.value),
        band=axis.band(*inner) if inner else None,
        target=axis.label(target[0], text=target[1]) if target else None,
        rings=tuple(axis.percent(value) for value in earlier),
    )


def domain_bar(
    share: Interval, *, weight: float, target: float, is_known: bool = True
) -> DomainBar:
    """Lay out one domain; every number is a share between 0 and 1.

    The bar is as thick as the domain is heavy, so its area is its share of the score. Without
    enough answers (``is_known`` false) only the whisker is drawn.
    """
    axis = _Axis(0.0, 1.0)
    thickness = min(_WIDEST_BAR, max(_THINNEST, _THICKEST * weight))
    middle = _ROW_HEIGHT / 2
    return DomainBar(
        height=_ROW_HEIGHT,
        middle=middle,
        bar_width=axis.percent(share.value) if is_known else "0%",
        bar_y=round(middle - thickness / 2, 2),
        bar_height=round(thickness, 2),
        low=axis.percent(share.low),
        high=axis.percent(share.high),
        cap_top=middle - 5,
        cap_bottom=middle + 5,
        dot=axis.percent(share.value) if is_known else "",
        target=axis.percent(target),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    first: float
    last: float

    def __post_init__(self) -> None:
        if not self.first < self.last:
            raise ValueError(f"an axis from {self.first} to {self.last} has no length")

    def at(self, value: float) -> float:
        place = (value - self.first) / (self.last - self.first) * _HUNDRED
        return min(_HUNDRED, max(0.0, place))

    def percent(self, value: float) -> str:
        return _percent(self.at(value))

    def band(self, start: float, end: float) -> Band:
        return Band(self.percent(start), _percent(self.at(end) - self.at(start)))

    def label(self, value: float, *, text: str = "", anchor: Anchor | None = None) -> Label:
        place = self.at(value)
        return Label(_percent(place), text or _figure(value), anchor or _anchor(place))


def _percent(place: float) -> str:
    return f"{round(place, 2):g}%"


def _figure(value: float) -> str:
    return f"{round(value):d}".replace("-", "−")


def _anchor(place: float) -> Anchor:
    if place < _EDGE_PERCENT:
        return "start"
    return "end" if place > _HUNDRED - _EDGE_PERCENT else "mid"


def _ends(axis: _Axis, estimate: Interval) -> tuple[Label, Label]:
    """The figures at both ends; close ones move apart, at an edge they become one ("0–3")."""
    low, high = axis.label(estimate.low), axis.label(estimate.high)
    start, end = axis.at(estimate.low), axis.at(estimate.high)
    if end - start >= _CROWDED_PERCENT:
        return low, high
    if start >= _EDGE_PERCENT and end <= _HUNDRED - _EDGE_PERCENT:
        return replace(low, anchor="end"), replace(high, anchor="start")
    both = f"{low.text}–{high.text}"
    if start < _EDGE_PERCENT:
        return replace(low, text=both, anchor="start"), replace(high, text="")
    return replace(low, text=""), replace(high, text=both, anchor="end")


def _ticks(axis: _Axis) -> tuple[Label, ...]:
    """First, last and two figures between them; the real distance decides where they stand."""
    length = axis.last - axis.first
    inner = [round(axis.first + length * third / 3) for third in (1, 2)]
    figures = sorted({axis.first, *map(float, inner), axis.last})
    return tuple(
        Label(
            axis.percent(figure),
            _figure(figure),
            "start" if figure == axis.first else "end" if figure == axis.last else "mid",
        )
        for figure in figures
        if axis.first <= figure <= axis.last
    )
