from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.exceptions import ValidationError

from certportal.lib.form_fields import ChoiceCards, ZonedTimeField
from certportal.templatetags.ui import field, form_summary


def zoned(zone: str, *, later: bool = False) -> ZonedTimeField:
    made = ZonedTimeField(later=later, required=False)
    made.zone = ZoneInfo(zone)
    return made


@pytest.mark.parametrize(
    ("zone", "typed", "utc"),
    [
        ("Asia/Kolkata", "2026-11-30T09:00", datetime(2026, 11, 30, 3, 30, tzinfo=UTC)),
        ("Asia/Kolkata", "2026-11-30 09:00", datetime(2026, 11, 30, 3, 30, tzinfo=UTC)),
        ("Europe/Berlin", "2026-11-30T09:00", datetime(2026, 11, 30, 8, 0, tzinfo=UTC)),
        ("Europe/Berlin", "2026-07-30T09:00", datetime(2026, 7, 30, 7, 0, tzinfo=UTC)),
        ("UTC", "2026-11-30T09:00:59", datetime(2026, 11, 30, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_the_zone(zone, typed, utc):
    assert zoned(zone).clean(typed) == utc


def test_an_empty_time_is_none():
    assert zoned("UTC").clean("") is None


def test_a_time_that_clocks_show_twice_is_the_first_or_the_second():
    assert zoned("Europe/Berlin").clean("2026-10-25T02:30") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
    assert zoned("Europe/Berlin", later=True).clean("2026-10-25T02:30") == datetime(
        2026, 10, 25, 1, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2027-03-28T02:00", "nonexistent"),
        ("2027-03-28T02:59", "nonexistent"),
        ("tomorrow", "invalid"),
        ("2026-02-30T09:00", "invalid"),
        ("2026-11-30T09:00+01:00", "invalid"),
        ("1999-12-31T23:59", "far"),
        ("2101-01-01T00:00", "far"),
        ("9999-12-31T23:59", "far"),
    ],
)
def test_what_is_no_time_is_refused_with_a_reason(typed, code):
    with pytest.raises(ValidationError) as refused:
        zoned("Europe/Berlin").clean(typed)

    assert refused.value.code == code


def test_the_minutes_around_a_gap_exist():
    before = zoned("Europe/Berlin").clean("2027-03-28T01:59")
    after = zoned("Europe/Berlin").clean("2027-03-28T03:00")

    assert (after - before).total_seconds() == 60


class Example(forms.Form):
    has_summary = True

    kind = forms.ChoiceField(
        choices=[("a", "First"), ("b", "Second")],
        widget=ChoiceCards(hints={"a": "What the first means."}),
    )
    due = ZonedTimeField(required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due"].zone = ZoneInfo("America/New_York")


def test_a_moment_is_shown_in_the_zone_with_its_name():
    form = Example(initial={"due": datetime(2026, 11, 30, 3, 30, tzinfo=UTC)})
    shown = field(form["due"])

    assert 'value="2026-11-29T22:30"' in shown["control"]
    assert 'aria-describedby="id_due_unit"' in shown["control"]
    assert shown["unit"] == "America/New York"


def test_cards_carry_their_sentences():
    cards = field(Example()["kind"])["cards"]

    assert [(option.choice_label, meaning) for option, meaning in cards] == [
        ("First", "What the first means."),
        ("Second", ""),
    ]


def test_a_summary_leads_to_each_wrong_field_and_takes_the_focus():
    form = Example({"due": "2027-03-14T02:30"})
    summary = form_summary(form)

    assert [(bound.name, place) for bound, place in summary["wrong"]] == [
        ("kind", "id_kind_0"),
        ("due", "id_due"),
    ]
    assert "autofocus" not in field(form["due"])["control"]
