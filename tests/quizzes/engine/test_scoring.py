"""Scoring against its vectors and laws."""

from __future__ import annotations

import itertools
import math
import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.engine.scoring import (
    DomainResult,
    Interval,
    ScaledScore,
    certainty_of_pass,
    domain_breakdown,
    guess_floor,
    matching,
    multiple_response,
    numeric_matches,
    ordering,
    pass_line,
    scaled_score,
    tolerance_bounds,
    wilson,
)

AWS = (100, 720, 1000)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (0, ScaledScore(100, passed=False)),
        (46, ScaledScore(709, passed=False)),
        (46.79, ScaledScore(719, passed=False)),
        ("46.8", ScaledScore(720, passed=True)),
        (Decimal("46.8"), ScaledScore(720, passed=True)),
        (47, ScaledScore(723, passed=True)),
        (65, ScaledScore(1000, passed=True)),
    ],
)
def test_scaled_score_vectors(points, expected):
    assert scaled_score(points, 65, cut_fraction=0.72, scale=AWS) == expected


def test_scaled_score_rounds_half_up():
    # 3 * 0.3 / 0.6 = 1.5 below the cut, and 3 + 7 * 0.5 = 6.5 above it.
    assert scaled_score(3, 10, cut_fraction="0.6", scale=(0, 3, 10)).value == 2
    assert scaled_score(8, 10, cut_fraction="0.6", scale=(0, 3, 10)).value == 7


@pytest.mark.parametrize("cut", ["0.72", "0.7", "0.6667", "1", "0.015"])
@pytest.mark.parametrize("n", [20, 27, 65])
def test_passed_exactly_when_the_scaled_value_reaches_the_cut(n, cut):
    values = []
    for quarters in range(4 * n + 1):
        points = Fraction(quarters, 4)
        score = scaled_score(points, n, cut_fraction=cut, scale=AWS)
        assert score.passed == (score.value >= 720) == (points >= Fraction(cut) * n)
        values.append(score.value)

    assert values == sorted(values)
    assert (values[0], values[-1]) == (100, 1000)


@pytest.mark.parametrize(
    ("points", "most", "cut", "scale"),
    [
        (-1, 65, 0.7, AWS),
        (66, 65, 0.7, AWS),
        (0, 0, 0.7, AWS),
        (1, 65, 0, AWS),
        (1, 65, 1.01, AWS),
        (1, 65, 0.7, (100, 100, 1000)),
        (1, 65, 0.7, (100, 720, 700)),
        (float("nan"), 65, 0.7, AWS),
    ],
)
def test_scaled_score_refuses_nonsense(points, most, cut, scale):
    with pytest.raises(ValueError, match=r"points|cut|scale|number"):
        scaled_score(points, most, cut_fraction=cut, scale=scale)


@pytest.mark.parametrize(("n", "cut", "expected"), [(65, 0.72, 47), (50, 0.7, 35), (28, 0.72, 21)])
def test_pass_line_is_the_smallest_number_that_passes(n, cut, expected):
    assert pass_line(n, cut) == expected
    assert scaled_score(expected, n, cut_fraction=cut, scale=AWS).passed
    assert not scaled_score(expected - 1, n, cut_fraction=cut, scale=AWS).passed


@pytest.mark.parametrize(
    ("selected", "partial", "per_correct", "exam"),
    [
        ("", "0", "0", 0),
        ("A", "1/2", "1/2", 0),
        ("AB", "1", "1", 1),
        ("AC", "1/6", "1/2", 0),
        ("ABC", "2/3", "0", 0),
        ("ABCDE", "0", "0", 0),
    ],
)
def test_multiple_response_vectors(selected, partial, per_correct, exam):
    assert multiple_response(selected, "AB", "ABCDE", rule="partial") == Fraction(partial)
    assert multiple_response(selected, "AB", 5, rule="per_correct") == Fraction(per_correct)
    assert multiple_response(selected, "AB", 5, rule="all_or_nothing") == exam


def test_multiple_response_without_wrong_options_counts_hits():
    assert multiple_response("AB", "ABC", 3, rule="partial") == Fraction(2, 3)


@pytest.mark.parametrize(("correct", "options"), [("", 5), ("ABC", 2)])
def test_multiple_response_refuses_an_impossible_key(correct, options):
    with pytest.raises(ValueError, match="right of"):
        multiple_response("A", correct, options)


@pytest.mark.parametrize(
    ("response", "pairs"),
    [("ABCD", "1"), ("ABDC", "2/3"), ("BACD", "2/3"), ("BCDA", "0"), ("DCBA", "0"), ("AB", "0"),
     ("", "0"), ("ABC", "0")],
)  # fmt: skip
def test_ordering_vectors(response, pairs):
    assert ordering(response, "ABCD", rule="pairs") == Fraction(pairs)
    assert ordering(response, "ABCD", rule="exact") == (response == "ABCD")


def test_ordering_of_one_item_is_refused():
    with pytest.raises(ValueError, match="two items"):
        ordering("A", "A")


@pytest.mark.parametrize(
    ("pairs", "share"), [({"p": "a", "q": "b"}, 1), ({"p": "a", "q": "a"}, Fraction(1, 2)), ({}, 0)]
)
def test_matching_counts_right_pairs_in_practice_only(pairs, share):
    key = {"p": "a", "q": "b"}

    assert matching(pairs, key, rule="pairs") == share
    assert matching(pairs, key, rule="all") == (share == 1)


def test_unknown_rules_are_refused():
    with pytest.raises(ValueError, match="rule"):
        multiple_response("A", "A", 2, rule="generous")
    with pytest.raises(ValueError, match="rule"):
        ordering("AB", "AB", rule="generous")
    with pytest.raises(ValueError, match="rule"):
        matching({}, {"p": "a"}, rule="generous")


@pytest.mark.parametrize(
    ("value", "answer", "tolerance", "kind", "expected"),
    [
        (90, 90, 0, "nominal", True),
        ("90.0", 90, 0, "nominal", True),
        (0.1 + 0.2, 0.3, 0, "nominal", True),
        (91, 90, 0, "nominal", False),
        ("0.755", "0.75", "0.005", "nominal", True),
        ("0.745", "0.75", "0.005", "nominal", True),
        ("0.7551", "0.75", "0.005", "nominal", False),
        (0, 0, 0, "nominal", True),
        (105, 100, 0.05, "relative", True),
        (105.1, 100, 0.05, "relative", False),
        (-95, -100, 0.05, "relative", True),
        (50, 100, 1, "geometric", True),
        (200, 100, 1, "geometric", True),
        (49.9, 100, 1, "geometric", False),
        (201, 100, 1, "geometric", False),
        (-50, -100, 1, "geometric", True),
        (-200, -100, 1, "geometric", True),
        (-201, -100, 1, "geometric", False),
        (float("nan"), 100, 1, "nominal", False),
        (float("inf"), 100, 1, "nominal", False),
        ("1e9999999", 100, 1, "nominal", False),
    ],
)
def test_numeric_matches_at_the_boundaries(value, answer, tolerance, kind, expected):
    assert numeric_matches(value, answer, tolerance, kind=kind) is expected


@pytest.mark.parametrize(
    ("answer", "tolerance", "kind"),
    [(0, 0.1, "relative"), (1, -0.1, "nominal"), (1, 0.1, "fuzzy"), ("nan", 0, "nominal")],
)
def test_numeric_matches_refuses_a_broken_key(answer, tolerance, kind):
    with pytest.raises(ValueError, match=r"tolerance|number"):
        numeric_matches(1, answer, tolerance, kind=kind)


exact_numbers = st.decimals(min_value=-1000, max_value=1000, places=3)


@settings(deadline=None)
@given(
    exact_numbers.filter(bool),
    st.decimals(min_value=0, max_value=5, places=3),
    st.sampled_from(["nominal", "relative", "geometric"]),
)
def test_the_answer_and_both_bounds_match_and_beyond_does_not(answer, tolerance, kind):
    low, high = tolerance_bounds(answer, tolerance, kind=kind)

    assert low <= high
    for value in (answer, low, high):
        assert numeric_matches(value, answer, tolerance, kind=kind)
    for value in (low - Fraction(1, 10**20), high + Fraction(1, 10**20)):
        assert not numeric_matches(value, answer, tolerance, kind=kind)


@pytest.mark.parametrize(
    ("kind", "shape", "expected"),
    [
        ("single", {"options": 4}, "1/4"),
        ("true_false", {}, "1/2"),
        ("multiple", {"options": 5, "choose": 2}, "1/10"),
        ("multiple", {"options": 4, "choose": None}, "1/15"),
        ("ordering", {"items": 4}, "1/24"),
        ("matching", {"prompts": 3, "options": 4}, "1/24"),
        ("matching", {"prompts": 3, "options": 4, "rule": "pairs"}, "1/4"),
        ("matching", {"prompts": 3, "options": 2}, "1/8"),
        ("numeric", {}, "0"),
        ("short_text", {}, "0"),
    ],
)
def test_guess_floor_vectors(kind, shape, expected):
    assert guess_floor(kind, **shape) == Fraction(expected)


def test_guess_floor_equals_counting_all_answers():
    answers = list(itertools.combinations("ABCDEF", 3))
    right = sum(multiple_response(answer, "ACE", 6) for answer in answers)
    assert guess_floor("multiple", options=6, choose=3) == right / len(answers)

    orders = list(itertools.permutations("ABCD"))
    assert guess_floor("ordering", items=4) == sum(ordering(o, "ABCD") for o in orders) / len(
        orders
    )


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("essay", {}), ("single", {}), ("single", {"options": 0}), ("matching", {"prompts": 2}),
     ("multiple", {"options": 3, "choose": 4}),
     ("matching", {"prompts": 2, "options": 2, "rule": "x"})],
)  # fmt: skip
def test_guess_floor_refuses_impossible_shapes(kind, shape):
    with pytest.raises(ValueError, match=r"kind|number|choose|rule"):
        guess_floor(kind, **shape)


def test_wilson_published_example():
    """Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 at 95 %."""
    interval = wilson(81, 263, confidence=0.95)

    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(0, 10, 0.0, None), (10, 10, None, 1.0), (0, 0, 0.0, 1.0)]
)
def test_wilson_ends(k, n, low, high):
    interval = wilson(k, n)

    assert low is None or interval.low == low
    assert high is None or interval.high == high


@settings(deadline=None)
@given(st.integers(1, 200), st.floats(0, 1))
def test_wilson_contains_the_share_and_mirrors(n, share):
    k = Fraction(round(share * 4 * n), 4)
    interval, mirrored = wilson(k, n), wilson(n - k, n)

    assert 0 <= interval.low <= float(k / n) <= interval.high <= 1
    assert mirrored.low == pytest.approx(1 - interval.high)
    assert mirrored.high == pytest.approx(1 - interval.low)
    assert interval != Interval(0, 1)


@pytest.mark.parametrize(("k", "n", "cut"), [(47, 65, 0.72), (18.5, 27, 0.7), (3, 65, 0.1)])
def test_certainty_of_pass_agrees_with_sampling(k, n, cut):
    rng = random.Random(7)
    draws = 40_000
    above = sum(rng.betavariate(k + 0.5, n - k + 0.5) > cut for _ in range(draws))

    assert certainty_of_pass(k, n, cut) == pytest.approx(above / draws, abs=0.01)


@settings(deadline=None)
@given(st.integers(1, 120), st.sampled_from(["0.5", "0.7", "0.72", "0.999"]))
def test_certainty_of_pass_rises_with_points(n, cut):
    values = [certainty_of_pass(k, n, cut) for k in range(n + 1)]

    assert all(0 <= value <= 1 and math.isfinite(value) for value in values)
    assert values == sorted(values)


def test_certainty_of_pass_without_questions_knows_nothing():
    assert certainty_of_pass(0, 0, 0.5) == pytest.approx(0.5)


def test_domain_breakdown_adds_up_in_order_of_appearance():
    rows = [("D2", 1), ("D1", 0), ("D2", Fraction(1, 2)), ("D1", 1), ("D2", 0)]

    assert list(domain_breakdown(rows).items()) == [
        ("D2", DomainResult(Fraction(3, 2), 3)),
        ("D1", DomainResult(Fraction(1), 2)),
    ]
