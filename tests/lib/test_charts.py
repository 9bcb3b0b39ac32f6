"""Geometry of the charts: boundaries, edges, and nothing outside of the drawing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certportal.lib.charts import Interval, domain_bar, interval_chart


def percent(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


def test_the_drawing_of_the_mock_up():
    chart = interval_chart(
        Interval(48, 42, 53),
        scale=(20, 65),
        inner=(45, 50),
        target=(46, "pass line 46"),
        earlier=[41, 45],
    )

    assert (chart.low.x, chart.dot, chart.high.x) == ("48.89%", "62.22%", "73.33%")
    assert (chart.low.text, chart.high.text) == ("42", "53")
    assert chart.band is not None
    assert (chart.band.x, chart.band.width) == ("55.56%", "11.11%")
    assert chart.target is not None
    assert (chart.target.x, chart.target.text) == ("57.78%", "pass line 46")
    assert chart.rings == ("46.67%", "55.56%")
    assert [(t.x, t.text, t.anchor) for t in chart.ticks] == [
        ("0%", "20", "start"),
        ("33.33%", "35", "mid"),
        ("66.67%", "50", "mid"),
        ("100%", "65", "end"),
    ]


def test_labels_at_the_edges_are_set_inwards():
    chart = interval_chart(Interval(0.5, 0, 1), scale=(0, 1))

    assert (chart.low.anchor, chart.high.anchor) == ("start", "end")


def test_close_ends_move_their_figures_apart():
    chart = interval_chart(Interval(50, 49, 51), scale=(0, 100))

    assert (chart.low.anchor, chart.high.anchor) == ("end", "start")


@pytest.mark.parametrize(
    ("ends", "texts", "anchors"),
    [((0, 3), ("0–3", ""), ("start", "start")), ((98, 100), ("", "98–100"), ("end", "end"))],
)
def test_close_ends_at_an_edge_share_one_figure(ends, texts, anchors):
    low, high = ends
    chart = interval_chart(Interval(low, low, high), scale=(0, 100))

    assert (chart.low.text, chart.high.text) == texts
    assert (chart.low.anchor, chart.high.anchor) == anchors


def test_ticks_stand_where_their_figure_is():
    chart = interval_chart(Interval(30, 20, 40), scale=(0, 65))

    assert [(t.x, t.text) for t in chart.ticks] == [
        ("0%", "0"),
        ("33.85%", "22"),
        ("66.15%", "43"),
        ("100%", "65"),
    ]


def test_short_scales_repeat_no_tick():
    chart = interval_chart(Interval(1, 0, 2), scale=(0, 2))

    assert [t.text for t in chart.ticks] == ["0", "1", "2"]


def test_without_band_target_and_earlier_results_nothing_is_drawn_for_them():
    chart = interval_chart(Interval(5, 4, 6), scale=(0, 10))

    assert (chart.band, chart.target, chart.rings) == (None, None, ())


@pytest.mark.parametrize(("value", "low", "high"), [(5, 6, 7), (8, 6, 7), (6, 7, 5)])
def test_a_value_outside_of_its_interval_is_refused(value, low, high):
    with pytest.raises(ValueError, match="outside"):
        Interval(value, low, high)


def test_a_scale_without_length_is_refused():
    with pytest.raises(ValueError, match="no length"):
        interval_chart(Interval(5, 5, 5), scale=(5, 5))


def test_the_bar_of_the_mock_up():
    bar = domain_bar(Interval(0.875, 0.6838, 0.9577), weight=0.24, target=0.7)

    assert (bar.bar_y, bar.bar_width, bar.bar_height) == (16.56, "87.5%", 14.88)
    assert (bar.low, bar.high, bar.dot, bar.target) == ("68.38%", "95.77%", "87.5%", "70%")


@pytest.mark.parametrize(("weight", "height"), [(0.0, 4), (0.064, 4), (0.3, 18.6), (1.0, 30)])
def test_thickness_follows_the_weight_between_its_bounds(weight, height):
    bar = domain_bar(Interval(0.5, 0.4, 0.6), weight=weight, target=0.7)

    assert bar.bar_height == pytest.approx(height, abs=0.05)
    assert bar.bar_y * 2 + bar.bar_height == pytest.approx(bar.height)


def test_too_little_data_draws_no_dot_and_no_bar():
    bar = domain_bar(Interval(0.5, 0.0, 1.0), weight=0.3, target=0.7, is_known=False)

    assert (bar.dot, bar.bar_width) == ("", "0%")
    assert (bar.low, bar.high) == ("0%", "100%")


shares = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted)


@given(shares, st.floats(0, 1), st.floats(0, 1))
def test_bars_stay_inside_and_in_order(numbers, weight, target):
    low, value, high = numbers
    bar = domain_bar(Interval(value, low, high), weight=weight, target=target)

    assert 0 <= percent(bar.low) <= percent(bar.dot) <= percent(bar.high) <= 100
    assert 0 <= percent(bar.target) <= 100
    assert bar.bar_y >= 0
    assert bar.bar_y + bar.bar_height <= bar.height


figures = st.floats(-1000, 1000)


@given(
    st.lists(figures, min_size=3, max_size=3).map(sorted), st.floats(-500, 500), st.floats(1, 900)
)
def test_nothing_is_drawn_outside_of_the_scale(numbers, first, length):
    low, value, high = numbers
    chart = interval_chart(
        Interval(value, low, high), scale=(first, first + length), inner=(low, high)
    )

    assert 0 <= percent(chart.low.x) <= percent(chart.dot) <= percent(chart.high.x) <= 100
    assert chart.band is not None
    assert percent(chart.band.x) + percent(chart.band.width) <= 100.01
    places = [percent(tick.x) for tick in chart.ticks]
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] == 100
