from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certportal.lib.icalendar import Event, calendar
from tests.lib.ical import read

STAMP = datetime(2026, 11, 23, 9, tzinfo=UTC)
MOMENT = datetime(2026, 11, 27, 18, tzinfo=timezone(timedelta(hours=1)))


def written(*events: Event, name: str = "Classes"):
    return read(calendar(events, name=name, stamp=STAMP, product="-//Certportal//EN"))


def test_a_moment_is_written_in_utc():
    (event,) = written(Event("1@here", MOMENT, "Mock 1", "In Cloud", "https://h/a/")).events

    assert event == {
        "UID": "1@here",
        "DTSTAMP": STAMP,
        "DTSTART": datetime(2026, 11, 27, 17, tzinfo=UTC),
        "SEQUENCE": "0",
        "STATUS": "CONFIRMED",
        "TRANSP": "TRANSPARENT",
        "SUMMARY": "Mock 1",
        "DESCRIPTION": "In Cloud",
        "URL": "https://h/a/",
    }


def test_a_day_is_a_whole_one():
    (event,) = written(Event("1@here", date(2026, 12, 31), "Exam")).events

    assert (event["DTSTART"], event["DTEND"]) == (date(2026, 12, 31), date(2027, 1, 1))


def test_what_is_cancelled_is_a_later_version_of_the_same():
    (event,) = written(Event("1@here", MOMENT, "Mock 1", is_cancelled=True)).events

    assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == ("1@here", "CANCELLED", "1")


def test_a_calendar_without_events_is_one():
    empty = written(name="班级; 日历")

    assert empty.events == []
    assert empty.properties["X-WR-CALNAME"] == "班级; 日历"


@pytest.mark.parametrize("length", [66, 67, 68, 74, 75, 76, 150, 400])
@pytest.mark.parametrize("sign", ["a", "ü", "班", "😀"])
def test_long_lines_are_folded_between_characters(length, sign):
    (event,) = written(Event("1@here", MOMENT, sign * length)).events

    assert event["SUMMARY"] == sign * length


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\\;,:\n\"'")))
def test_every_text_comes_back(text):
    (event,) = written(Event("1@here", MOMENT, text or "-", description=text)).events

    assert event.get("DESCRIPTION", "") == text


def test_text_cannot_add_lines():
    evil = "x\r\nEND:VEVENT\rBEGIN:VEVENT\x00"
    (event,) = written(Event("1@here", MOMENT, evil)).events

    assert event["SUMMARY"] == "x\nEND:VEVENTBEGIN:VEVENT"
