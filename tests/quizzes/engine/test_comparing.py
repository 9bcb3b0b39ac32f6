"""Two results compared: by how much they differ, and whether that is more than chance."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.engine.comparing import difference


def test_the_example_of_its_source():
    """Newcombe's table II, method 10, row (a): 56 of 70 against 48 of 80, at 95%."""
    found = difference(56, 70, before=(48, 80), confidence=0.95)

    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == (
        pytest.approx(0.0524, abs=5e-5),
        pytest.approx(0.3339, abs=5e-5),
    )


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(48, 41, "unclear"), (60, 41, "up"), (20, 41, "down"), (41, 41, "unclear")],
)
def test_a_change_is_named_only_where_it_is_more_than_chance(now, before, words):
    assert difference(now, 65, before=(before, 65)).words == words


def test_without_questions_nothing_is_clear():
    assert difference(0, 0, before=(65, 65)).words == "unclear"


results = st.integers(1, 80).flatmap(
    lambda n: st.tuples(st.fractions(0, n, max_denominator=6), st.just(n))
)


@given(results, results)
def test_it_is_the_other_way_round_from_the_other_side(one, other):
    there, back = difference(*one, before=other), difference(*other, before=one)

    assert there.low <= there.value <= there.high
    assert there.value == pytest.approx(-back.value)
    assert (there.low, there.high) == (pytest.approx(-back.high), pytest.approx(-back.low))


@given(results)
def test_nothing_changes_clearly_from_itself(one):
    found = difference(*one, before=one)

    assert (found.value, found.words) == (Fraction(0), "unclear")
