from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certportal.lib.zoned import moment, wall_time
from quizzes.engine.terms import (
    AssignmentRules,
    ExamRules,
    ExceptionRules,
    ExtraTime,
    LateRule,
    Origin,
    Term,
    deadline,
    effective_terms,
    feedback_policy,
    late_terms,
    pass_terms,
    refusal,
    term,
)

MOCK = {"cut_fraction": term("0.72", "estimate"), "scale": term([100, 700, 1000], "guide")}


def test_what_is_frozen_is_read_back():
    terms = pass_terms(MOCK)

    assert (terms.cut_fraction, terms.cut_is_estimate) == ("0.72", True)
    assert terms.scale == (100, 700, 1000)
    assert pass_terms({**MOCK, "cut_fraction": term("0.7", "guide")}).cut_is_estimate is False


@pytest.mark.parametrize(("n", "line"), [(65, 47), (25, 18), (1, 1)])
def test_the_pass_line_is_the_smallest_number_that_reaches_the_cut(n, line):
    assert pass_terms(MOCK).pass_line(n) == line


@pytest.mark.parametrize(("points", "score"), [(0, 100), (Fraction(18), 700), (25, 1000)])
def test_the_portal_score_goes_through_the_three_points_of_the_scale(points, score):
    assert pass_terms(MOCK).portal_score(points, 25) == score


def test_without_scale_or_questions_there_is_no_portal_score():
    assert pass_terms({**MOCK, "scale": term(None, "guide")}).portal_score(18, 25) is None
    assert pass_terms(MOCK).portal_score(0, 0) is None


def test_a_practice_has_no_terms_of_passing():
    with pytest.raises(KeyError):
        pass_terms({"questions": term(10, "choice")})


# The terms of an assigned sitting.

read = datetime.fromisoformat
"""A wall time, which has no zone."""

FIELDS = ("opens_at", "due_at", "closes_at", "attempts", "minutes", "late")
ZONES = ("Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Europe/Berlin", "Australia/Lord_Howe")
EXAM = ExamRules(
    questions=Term(65, Origin.GUIDE, "TST"),
    minutes=Term(90, Origin.GUIDE, "TST"),
    cut_fraction=Term("0.72", Origin.ESTIMATE, "TST"),
    scale=Term((100, 700, 1000), Origin.GUIDE, "TST"),
    feedback=Term("after_end", Origin.PORTAL),
)

moments = st.datetimes(
    read("2026-01-01"),
    read("2027-12-31"),
    timezones=st.just(UTC),
)
late_rules = st.one_of(
    st.just(LateRule("accept")),
    st.just(LateRule("refuse")),
    st.builds(LateRule, st.just("deduct"), st.integers(1, 100)),
)
RULES = {
    "opens_at": moments,
    "due_at": moments,
    "closes_at": moments,
    "attempts": st.integers(1, 20),
    "minutes": st.integers(1, 600),
    "late": late_rules,
}
exceptions = st.builds(
    ExceptionRules,
    label=st.sampled_from(["", "evening", "morning"]),
    rank=st.tuples(st.integers(1, 9), st.integers(1, 1000)),
    **{name: st.none() | values for name, values in RULES.items()},
)
# As the database keeps them: one for a person, one for each label.
several = st.lists(exceptions, max_size=3, unique_by=lambda it: it.label).filter(
    lambda found: len({it.rank for it in found}) == len(found)
)
assignments = st.builds(
    AssignmentRules,
    title=st.just("First mock"),
    late=late_rules,
    opens_at=st.none() | moments,
    due_at=st.none() | moments,
    closes_at=st.none() | moments,
    attempts=st.none() | st.integers(1, 20),
    feedback=st.sampled_from(["", "score_only"]),
)
factors = st.integers(100, 300).map(lambda percent: Decimal(percent) / 100)
extra_times = st.lists(
    st.builds(
        ExtraTime,
        factors,
        st.sampled_from([Origin.ACCOUNT, Origin.MEMBER, Origin.LABEL]),
        st.sampled_from(["evening", "morning"]),
    ),
    max_size=4,
)


def _terms(assignment, exceptions=(), extra_times=()):
    return effective_terms(
        assignment=assignment, exam=EXAM, exceptions=exceptions, extra_times=extra_times
    )


@given(assignments, several)
def test_every_field_comes_from_the_nearest_that_names_it(assignment, found):
    terms = _terms(assignment, found)

    nearest = sorted(found, key=lambda it: (it.label != "", it.rank))
    for name in FIELDS:
        naming = next((it for it in nearest if getattr(it, name) is not None), None)
        got = getattr(terms, name)
        if naming is None:
            inherited = EXAM.minutes if name == "minutes" else getattr(assignment, name)
            expected = inherited if name == "minutes" else Term(inherited, *_ASSIGNMENT)
            assert got == expected
        else:
            origin = Origin.LABEL if naming.label else Origin.PERSON
            assert got == Term(getattr(naming, name), origin, naming.label)


_ASSIGNMENT = (Origin.ASSIGNMENT, "First mock")


def test_a_person_comes_before_labels_and_the_lower_position_before_the_higher():
    rules = AssignmentRules("First mock", LateRule("accept"), attempts=1)
    person = ExceptionRules(attempts=2)
    first = ExceptionRules("evening", (1, 9), attempts=3, minutes=100)
    second = ExceptionRules("morning", (2, 1), attempts=4, minutes=200)

    terms = _terms(rules, [second, first, person])

    assert terms.attempts == Term(2, Origin.PERSON)
    assert terms.minutes == Term(100, Origin.LABEL, "evening")
    assert _terms(rules, [second, first]).attempts == Term(3, Origin.LABEL, "evening")


@given(assignments, several, extra_times, st.sampled_from(FIELDS), st.data())
def test_an_exception_from_one_field_changes_no_other(assignment, found, more, name, data):
    others = [it for it in found if it.label]
    own = next((it for it in found if not it.label), ExceptionRules())
    changed = replace(own, **{name: data.draw(RULES[name])})

    before, after = (
        _terms(assignment, [own, *others], more),
        _terms(assignment, [changed, *others], more),
    )

    assert {
        field.name
        for field in fields(before)
        if getattr(before, field.name) != getattr(after, field.name)
    } <= {name}


@given(assignments, several, extra_times, st.randoms())
def test_the_order_of_what_is_handed_in_decides_nothing(assignment, found, more, rng):
    mixed, mixed_more = rng.sample(found, len(found)), rng.sample(more, len(more))

    assert _terms(assignment, found, more) == _terms(assignment, mixed, mixed_more)


@given(assignments, several, extra_times, moments)
def test_nothing_ever_takes_extra_time_away(assignment, found, more, start):
    plain, with_more = _terms(assignment, found), _terms(assignment, found, more)

    factor = max([Decimal(1), *(it.factor for it in more)])
    extra = timedelta(minutes=plain.minutes.value) * float(factor - 1)
    gained = deadline(start, with_more) - deadline(start, plain)

    assert with_more.extra_time.value == factor
    assert abs(gained - extra) < timedelta(milliseconds=1)
    for moved, fixed in (
        (with_more.own_due, plain.own_due),
        (with_more.own_close, plain.own_close),
    ):
        assert (moved is None) == (fixed is None)
        assert fixed is None or moved - fixed == gained


@given(extra_times, factors)
def test_another_factor_never_takes_time(more, factor):
    rules = AssignmentRules("First mock", LateRule("accept"))

    before = _terms(rules, (), more)
    after = _terms(rules, (), [*more, ExtraTime(factor, Origin.LABEL, "another")])

    assert after.duration == max(before.duration, timedelta(minutes=90) * float(factor))


def test_factors_do_not_multiply_and_of_equal_ones_the_account_is_named():
    rules = AssignmentRules("First mock", LateRule("accept"))
    half, quarter = Decimal("1.5"), Decimal("1.25")
    label = ExtraTime(half, Origin.LABEL, "evening")

    terms = _terms(rules, (), [label, ExtraTime(quarter, Origin.MEMBER)])
    tied = _terms(rules, (), [label, ExtraTime(half, Origin.ACCOUNT)])

    assert terms.extra_time == Term(half, Origin.LABEL, "evening")
    assert terms.duration == timedelta(minutes=135)
    assert tied.extra_time == Term(half, Origin.ACCOUNT)
    assert _terms(rules).extra_time == Term(Decimal(1), Origin.PORTAL)


@given(assignments, several, extra_times, moments, st.integers(0, 20))
def test_a_sitting_that_may_begin_has_time(assignment, found, more, now, used):
    terms = _terms(assignment, found, more)

    if not refusal(terms, now=now, used=used):
        assert deadline(now, terms) > now


@given(assignments, several, extra_times, moments)
def test_frozen_terms_say_the_same(assignment, found, more, ended_at):
    terms = _terms(assignment, found, more)
    frozen = json.loads(json.dumps(terms.frozen()))

    late = late_terms(frozen)
    assert late.after == terms.own_due
    assert late.deduction == terms.late.value.deduction
    assert late.is_late(ended_at) == (terms.own_due is not None and ended_at > terms.own_due)
    assert feedback_policy(frozen) == (assignment.feedback or "after_end")
    assert pass_terms(frozen).cut_is_estimate
    assert frozen["minutes"]["value"] == terms.minutes.value
    assert Decimal(frozen["extra_time"]["value"]) == terms.extra_time.value


OPENS = datetime(2026, 3, 2, 8, tzinfo=UTC)
CLOSES = datetime(2026, 3, 2, 18, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "used", "code"),
    [
        (OPENS - INSTANT, 0, "not_open"),
        (OPENS, 0, ""),
        (CLOSES + timedelta(minutes=45) - INSTANT, 0, ""),
        (CLOSES + timedelta(minutes=45), 0, "closed"),
        (OPENS, 1, ""),
        (OPENS, 2, "none_left"),
    ],
)
def test_between_opening_and_the_moved_closing_it_may_begin(now, used, code):
    rules = AssignmentRules(
        "First mock", LateRule("accept"), opens_at=OPENS, closes_at=CLOSES, attempts=2
    )
    terms = _terms(rules, (), [ExtraTime(Decimal("1.5"), Origin.MEMBER)])

    assert refusal(terms, now=now, used=used) == code


@pytest.mark.parametrize(
    ("policy", "after_due", "code"),
    [
        ("refuse", timedelta(0), ""),
        ("refuse", INSTANT, "past_due"),
        ("deduct", INSTANT, ""),
        ("accept", INSTANT, ""),
    ],
)
def test_only_one_policy_refuses_what_begins_late(policy, after_due, code):
    rules = AssignmentRules("First mock", LateRule(policy), due_at=CLOSES)

    assert refusal(_terms(rules), now=CLOSES + after_due, used=0) == code


def test_the_closing_cuts_a_late_start_short_but_never_the_extra_time():
    rules = AssignmentRules("First mock", LateRule("accept"), closes_at=CLOSES)
    plain = _terms(rules)
    longer = _terms(rules, (), [ExtraTime(Decimal(2), Origin.ACCOUNT)])
    start = CLOSES - timedelta(minutes=30)

    assert deadline(start, plain) == CLOSES
    assert deadline(start, longer) == CLOSES + timedelta(minutes=90)
    assert plain.last_start == CLOSES - timedelta(minutes=90)
    assert longer.last_start == CLOSES - timedelta(minutes=90)


@given(
    st.sampled_from(ZONES),
    st.datetimes(read("2009-01-01"), read("2027-12-31")),
    st.integers(1, 600),
    factors,
)
def test_a_duration_is_the_same_through_every_night(zone, wall, minutes, factor):
    """Also through one in which the clocks of the class are changed, or skip a whole day."""
    start = wall.replace(tzinfo=ZoneInfo(zone))
    rules = AssignmentRules("First mock", LateRule("accept"))
    terms = _terms(rules, [ExceptionRules(minutes=minutes)], [ExtraTime(factor, Origin.MEMBER)])

    lasted = deadline(start.astimezone(UTC), terms) - start.astimezone(UTC)

    assert lasted == terms.duration
    assert abs(lasted - timedelta(minutes=minutes) * float(factor)) < timedelta(milliseconds=1)


def test_the_night_of_the_change_in_berlin():
    """From 01:30 on 29 March 90 minutes last until 04:00 on the wall."""
    berlin = ZoneInfo("Europe/Berlin")
    terms = _terms(AssignmentRules("First mock", LateRule("accept")))

    end = deadline(moment(read("2026-03-29 01:30"), berlin), terms)

    assert wall_time(end, berlin) == read("2026-03-29 04:00")


def test_a_practice_goal_has_dates_and_no_time():
    rules = AssignmentRules("Ten questions", LateRule("accept"), due_at=CLOSES)
    terms = effective_terms(assignment=rules, extra_times=[ExtraTime(Decimal(2), Origin.ACCOUNT)])

    assert (terms.own_due, terms.duration) == (CLOSES, timedelta(0))


def test_what_nobody_assigned_is_never_late_and_tells_all():
    assert late_terms({}).is_late(CLOSES) is False
    assert feedback_policy(MOCK) == "after_end"
