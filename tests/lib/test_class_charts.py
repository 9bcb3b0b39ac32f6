"""Classes as geometry."""

from __future__ import annotations

from datetime import date

import pytest

from certportal.lib.class_charts import class_weeks, dots, pulse_path


def test_a_dot_is_a_student_and_dots_stand_on_each_other():
    found = dots((0.5, 0.5, 1.0), target=0.7)

    assert found.each == 1
    assert found.path.count("M") == 3
    assert found.target == "70%"
    assert "M100 22h.01" in found.path


def test_many_students_share_a_dot():
    found = dots((0.5,) * 1000, target=0.7)

    assert found.each == 200
    assert found.path.count("M") == 5


def test_no_results_draw_nothing():
    assert dots((), target=0.7).path == ""


def test_the_busiest_week_is_the_highest():
    assert pulse_path((0, 5, 10)) == "M9 16v-8M15 16v-16"
    assert pulse_path((0, 0)) == ""


def test_weeks_lie_as_far_apart_as_they_are():
    monday = [date(2026, 9, 7), date(2026, 9, 14), date(2026, 10, 5)]
    found = class_weeks([(week, 0.4, 0.5, 0.6) for week in monday], target=0.7)

    first, second, last = (float(point.split(",")[0]) for point in found.line.split())
    assert (second - first) * 3 == pytest.approx(last - second, abs=0.1)
    assert [label.anchor for label in found.labels] == ["start", "end"]


def test_one_week_is_no_line():
    with pytest.raises(ValueError, match="two weeks"):
        class_weeks([(date(2026, 9, 7), 0.4, 0.5, 0.6)], target=0.7)
