"""Who needs help: a reason is never made of little, and it goes with time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from progress.engine.attention import FEWEST_ANSWERS, UNSEEN_DAYS, Tally, interval, reasons

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def look(**changes):
    usual = {
        "seen": NOW,
        "since": NOW - timedelta(days=60),
        "now": NOW,
        "overdue": (),
        "recent": {},
        "target": 0.7,
    }
    return reasons(**{**usual, **changes})


def test_nothing_is_wrong_with_somebody_who_was_here_and_does_well():
    assert not look(recent={1: Tally(96, 100)})


@pytest.mark.parametrize(
    ("right", "n", "is_low"),
    [
        (2, 10, True),
        (0, 9, False),
        (0, FEWEST_ANSWERS, True),
        (96, 100, False),
        (60, 100, True),
        # Below the target, but chance may explain that.
        (66, 100, False),
        (4, 10, True),
        (5, 10, False),
    ],
)
def test_a_domain_is_low_where_the_whole_interval_is_below_the_target(right, n, is_low):
    found = look(recent={1: Tally(right, n)})

    assert bool(found.low) is is_low


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    # With z² = 2.70554 none of 10 reaches to z² / (10 + z²), all of 10 from 10 / (10 + z²).
    [(0, 10, 0.0, 0.2129), (5, 10, 0.2693, 0.7307), (10, 10, 0.7871, 1.0)],
)
def test_wilson_intervals_of_known_value(right, n, low, high):
    found = interval(right, n)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("days", "said"), [(UNSEEN_DAYS - 1, 0), (UNSEEN_DAYS, UNSEEN_DAYS)])
def test_away_is_said_from_a_day_on(days, said):
    assert look(seen=NOW - timedelta(days=days)).unseen_days == said


def test_who_never_answered_is_counted_from_joining():
    found = look(seen=None, since=NOW - timedelta(days=30))

    assert (found.unseen_days, found.has_answered) == (30, False)


def test_who_just_joined_is_left_alone():
    assert not look(seen=None, since=NOW - timedelta(days=1))


def test_the_lowest_domain_is_named_first():
    found = look(recent={1: Tally(4, 20), 2: Tally(1, 20)})

    assert [it.domain_id for it in found.low] == [2, 1]


def test_more_kinds_of_reasons_are_more_urgent():
    many = look(overdue=(1,), recent={1: Tally(0, 20)})
    one = look(seen=NOW - timedelta(days=300))

    assert many.urgency > one.urgency
