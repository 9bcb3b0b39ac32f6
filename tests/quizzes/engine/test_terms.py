from __future__ import annotations

from fractions import Fraction

import pytest

from quizzes.engine.terms import pass_terms, term

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
