"""What the time of a sitting says: few statements, and none that the figures do not carry."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.engine.pacing import (
    LONGEST_STAY,
    MOST,
    LastQuarter,
    LongOne,
    NeverReached,
    Paced,
    Quick,
    seconds_in_view,
    statements,
)

HOUR = 3600.0


def paper(*seconds: float | None, **fields: object) -> list[Paced]:
    return [Paced(n, it, **fields) for n, it in enumerate(seconds, start=1)]


def test_one_question_of_ten_minutes_is_exactly_what_is_said():
    sat = paper(*[60.0] * 4, 600.0, *[60.0] * 25)

    assert statements(sat, allowed=HOUR, taken=HOUR) == (
        LongOne(position=5, minutes=10, others=5, is_least=False),
    )


@pytest.mark.parametrize(("seconds", "said"), [(239, 0), (240, 1)])
def test_a_question_is_long_from_twice_its_share(seconds, said):
    sat = paper(*[60.0] * 29, float(seconds))

    assert len(statements(sat, allowed=HOUR, taken=HOUR)) == said


def test_little_time_is_never_long():
    assert statements(paper(*[10.0] * 9, 179.0), allowed=100, taken=HOUR) == ()


# How long a question was in view.


@pytest.mark.parametrize(
    ("stays", "seconds"),
    [
        ([], None),
        ([5_000], 5),
        ([5_000, 9_000], 9),
        ([9_000, 4_000, 6_000], 15),
        ([0, 0], 0),
    ],
)
def test_a_smaller_figure_begins_another_stay(stays, seconds):
    assert seconds_in_view(stays) == seconds


@pytest.mark.parametrize(
    ("milliseconds", "seconds"), [(899_999, 899.999), (900_000, 900), (36_000_000, 900)]
)
def test_an_idle_page_counts_no_longer_than_the_longest_stay(milliseconds, seconds):
    assert seconds_in_view([milliseconds]) == pytest.approx(seconds)


def test_what_was_cut_off_is_said_to_be_the_least():
    (said,) = statements(paper(*[60.0] * 29, LONGEST_STAY), allowed=HOUR, taken=HOUR)

    assert said == LongOne(position=30, minutes=15, others=8, is_least=True)


# Nothing is said without data.


def test_without_a_script_only_what_was_never_reached_is_known():
    sat = [*paper(*[None] * 8, share=Fraction(1)), *paper(None, None, reached=False)]

    assert statements(sat, allowed=HOUR, taken=HOUR) == (NeverReached(2),)
    assert statements(paper(*[None] * 40, share=Fraction(0)), allowed=HOUR, taken=HOUR) == ()


def test_what_was_skipped_on_the_way_is_no_matter_of_time():
    seen, skipped = Paced(1), Paced(1, reached=False)

    assert statements([seen, skipped, seen], allowed=HOUR, taken=HOUR) == ()
    assert statements([seen, skipped, seen, skipped], allowed=HOUR, taken=HOUR) == (
        NeverReached(1),
    )


def test_where_nothing_is_known_to_be_reached_nothing_is_said():
    assert statements(paper(*[None] * 9, reached=False), allowed=HOUR, taken=HOUR) == ()
    assert statements([], allowed=HOUR, taken=HOUR) == ()


@pytest.mark.parametrize(("taken", "said"), [(898, 0), (899, 1), (900, 1)])
def test_more_time_than_passed_is_not_believed(taken, said):
    sat = paper(*[30.0] * 10, 600.0)

    assert len(statements(sat, allowed=HOUR / 10, taken=taken)) == said


# Fast answers and the end of the paper.


@pytest.mark.parametrize(("quick", "said"), [(3, ()), (4, (Quick(4, 6),))])
def test_fast_answers_are_mentioned_from_a_tenth_on(quick, said):
    sat = paper(*[5.0] * quick, *[60.0] * (30 - quick))

    assert statements(sat, allowed=HOUR, taken=HOUR) == said


def test_the_last_quarter_is_compared_where_the_difference_is_clear():
    right, wrong = Fraction(1), Fraction(0)
    shares = [right] * 45 + [wrong] * 15
    sat = [Paced(n, 60.0, share=share) for n, share in enumerate(shares, start=1)]

    assert statements(sat, allowed=HOUR, taken=HOUR) == (
        LastQuarter(points=Fraction(0), n=15, before=Fraction(45), n_before=45),
    )
    assert not statements(sat, allowed=HOUR, taken=HOUR)[0].is_better
    assert statements(sat[:45], allowed=HOUR, taken=HOUR) == ()
    assert statements([*sat[30:], *sat[:30]][:31], allowed=HOUR, taken=HOUR) == ()


paces = st.builds(
    Paced,
    position=st.just(1),
    seconds=st.none() | st.floats(0, 2 * LONGEST_STAY),
    reached=st.booleans(),
    share=st.none() | st.fractions(0, 1, max_denominator=4),
)


@given(st.lists(paces, max_size=70), st.floats(1, 20_000), st.floats(0, 20_000))
def test_there_are_never_more_than_three_and_each_is_of_the_paper(sat, allowed, taken):
    sat = [Paced(n, it.seconds, it.reached, it.share) for n, it in enumerate(sat, start=1)]

    found = statements(sat, allowed=allowed, taken=taken)

    assert len(found) <= MOST
    assert len({it.name for it in found}) == len(found)
    for it in found:
        if isinstance(it, LongOne):
            assert sat[it.position - 1].seconds == max(p.seconds or 0 for p in sat)
        elif isinstance(it, NeverReached):
            assert 0 < it.n < len(sat)
        elif isinstance(it, Quick):
            assert it.n <= sum(p.seconds is not None and p.seconds < 10 for p in sat)
        else:
            assert it.n + it.n_before <= len(sat)


@given(st.lists(st.integers(0, 10**9), max_size=30))
def test_no_stay_counts_more_than_the_longest(stays):
    found = seconds_in_view(stays)

    assert (found is None) == (not stays)
    assert (found or 0) <= LONGEST_STAY * len(stays)
    assert (found or 0) >= min(max(stays, default=0) / 1000, LONGEST_STAY) - 1e-9
