"""Wall times of a zone and the moments that they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certportal.lib.zoned import NonexistentTimeError, moment, wall_time

read = datetime.fromisoformat
"""A wall time, which has no zone."""

BERLIN = ZoneInfo("Europe/Berlin")
zones = st.sampled_from(
    [
        "Asia/Kolkata",
        "America/St_Johns",
        "Pacific/Apia",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "UTC",
    ]
).map(ZoneInfo)
walls = st.datetimes(read("2009-01-01"), read("2028-01-01"))
instants = st.datetimes(read("2009-01-01"), read("2028-01-01"), timezones=st.just(UTC))


@given(instants, zones)
def test_what_the_clock_shows_leads_back_to_the_moment(at, zone):
    shown = wall_time(at, zone)

    assert at in {moment(shown, zone), moment(shown, zone, later=True)}


@given(walls, zones)
def test_a_wall_time_has_a_moment_that_shows_it_or_is_refused(wall, zone):
    try:
        found = moment(wall, zone)
    except NonexistentTimeError:
        aware = wall.replace(tzinfo=zone)
        assert wall_time(aware.astimezone(UTC), zone) != wall
    else:
        assert wall_time(found, zone) == wall
        assert found <= moment(wall, zone, later=True)


@pytest.mark.parametrize(
    ("zone", "wall"),
    [
        ("Europe/Berlin", read("2026-03-29 02:00")),
        ("Europe/Berlin", read("2026-03-29 02:59:59")),
        ("Australia/Lord_Howe", read("2026-10-04 02:15")),
        ("Pacific/Apia", read("2011-12-30 12:00")),
    ],
)
def test_what_the_clocks_skip_is_refused_by_name(zone, wall):
    with pytest.raises(NonexistentTimeError, match=zone):
        moment(wall, ZoneInfo(zone))


@pytest.mark.parametrize("wall", [read("2026-03-29 01:59:59"), read("2026-03-29 03:00")])
def test_just_before_and_after_the_gap_there_is_one_moment(wall):
    assert moment(wall, BERLIN) == moment(wall, BERLIN, later=True)


@pytest.mark.parametrize(
    ("zone", "wall", "apart"),
    [
        ("Europe/Berlin", read("2026-10-25 02:30"), timedelta(hours=1)),
        ("America/St_Johns", read("2026-11-01 01:30"), timedelta(hours=1)),
        ("Australia/Lord_Howe", read("2026-04-05 01:45"), timedelta(minutes=30)),
        ("Asia/Kolkata", read("2026-10-25 02:30"), timedelta(0)),
    ],
)
def test_what_comes_twice_means_the_first_or_the_second(zone, wall, apart):
    found = ZoneInfo(zone)

    assert moment(wall, found, later=True) - moment(wall, found) == apart


def test_half_hour_zones():
    assert moment(read("2026-07-01 18:00"), ZoneInfo("Asia/Kolkata")) == datetime(
        2026, 7, 1, 12, 30, tzinfo=UTC
    )
