"""The table of what may be seen and when: what every policy must keep to."""

from __future__ import annotations

import pytest

from quizzes.engine.review import EVERYTHING, POLICIES, What, When, ever_released, released
from quizzes.models.exam import Feedback

KEYS = What.CORRECTNESS | What.RIGHT_ANSWER | What.RATIONALE


def test_every_policy_of_an_exam_has_its_row_and_no_other():
    assert set(POLICIES) == set(Feedback.values)


@pytest.mark.parametrize("policy", POLICIES)
def test_during_a_sitting_there_are_only_the_own_answers(policy):
    assert released(policy, When.DURING) == What.OWN_ANSWERS


@pytest.mark.parametrize("policy", POLICIES)
def test_a_right_answer_never_comes_without_the_score(policy):
    for when in When:
        shown = released(policy, when)
        assert not shown & KEYS or What.SCORE in shown


@pytest.mark.parametrize("policy", POLICIES)
def test_what_was_shown_after_the_end_stays(policy):
    assert released(policy, When.AFTER_END) in ever_released(policy)


@pytest.mark.parametrize(
    ("policy", "after_end", "after_close"),
    [
        ("after_end", EVERYTHING, EVERYTHING),
        ("after_close", What.SCORE | What.DOMAINS, EVERYTHING),
        ("score_only", What.SCORE | What.DOMAINS, What.SCORE | What.DOMAINS),
    ],
)
def test_each_policy_as_it_is_told_to_instructors(policy, after_end, after_close):
    assert released(policy, When.AFTER_END) == after_end
    assert released(policy, When.AFTER_CLOSE) == after_close


def test_an_unknown_policy_releases_nothing():
    with pytest.raises(KeyError):
        released("no such policy", When.AFTER_CLOSE)
