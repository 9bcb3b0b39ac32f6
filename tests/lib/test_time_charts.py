from __future__ import annotations

from datetime import date, timedelta

import pytest

from certportal.lib.charts import Interval
from certportal.lib.time_charts import study_calendar, trend_chart

MONDAY = date(2026, 6, 1)
SUNDAY = MONDAY + timedelta(weeks=26) - timedelta(days=1)


def percent(x: str) -> float:
    return float(x.removesuffix("%"))


def test_better_is_higher_and_later_is_further_right():
    low, high = Interval(0.2, 0.1, 0.3), Interval(0.8, 0.7, 0.9)
    chart = trend_chart([(low, True), None, (high, False)], target=0.5)

    first, last = chart.points
    assert percent(first.x) < percent(last.x)
    assert first.top < first.dot < first.bottom
    assert last.bottom < chart.target < first.top
    assert (first.is_known, last.is_known) == (True, False)


def test_everything_stays_inside():
    ends = [(Interval(0, 0, 0), True), (Interval(1, 1, 1), True)]
    chart = trend_chart(ends, target=1)

    assert all(0 < point.dot < chart.height for point in chart.points)
    assert all(percent(point.cap_left) >= 0 for point in chart.points)
    assert all(percent(point.cap_right) <= 100 for point in chart.points)
    assert trend_chart([], target=0.5).points == ()


def test_a_column_a_week_and_a_row_a_day():
    chart = study_calendar({MONDAY: 4}, first=MONDAY, last=SUNDAY)

    assert len(chart.squares) == 26 * 7
    assert len({square.x for square in chart.squares}) == 26
    assert len({square.y for square in chart.squares}) == 7
    assert all(9 < percent(square.x) < 100 for square in chart.squares)
    assert [it.day.weekday() for it in chart.weekdays] == [0, 2, 4, 6]


def test_the_area_is_the_number_of_answers():
    days = {MONDAY: 25, MONDAY + timedelta(days=1): 100}
    first, second, none, *_rest = study_calendar(days, first=MONDAY, last=SUNDAY).squares

    assert second.side**2 == pytest.approx(4 * first.side**2, rel=0.01)
    assert (first.is_empty, none.is_empty) == (False, True)
    assert none.side < first.side
    assert second.corner == -second.side / 2


def test_one_answer_can_be_told_from_none():
    one, none, *_rest = study_calendar({MONDAY: 1}, first=MONDAY, last=SUNDAY).squares

    assert not one.is_empty
    assert one.side >= 2 * none.side


def test_a_week_that_has_just_begun_ends_today():
    chart = study_calendar({}, first=MONDAY, last=MONDAY + timedelta(weeks=25))

    assert len(chart.squares) == 25 * 7 + 1
    assert all(square.is_empty for square in chart.squares)


def test_months_stand_under_the_week_they_begin_in():
    chart = study_calendar({}, first=MONDAY, last=SUNDAY)

    assert [it.day for it in chart.months] == [date(2026, month, 1) for month in range(6, 12)]


@pytest.mark.parametrize(
    ("first", "last"), [(MONDAY + timedelta(days=1), SUNDAY), (MONDAY, MONDAY - timedelta(days=1))]
)
def test_weeks_begin_on_mondays_and_end_later(first, last):
    with pytest.raises(ValueError, match="no weeks"):
        study_calendar({}, first=first, last=last)
