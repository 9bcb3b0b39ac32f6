"""Simulated students behave like students: they guess, learn, forget and keep hours."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certportal.catalog.services.loading import SHIPPED
from progress.demo.answers import Sheet, right_answer, wrong_answer
from progress.demo.names import name_and_zone
from progress.demo.simulating import (
    Habit,
    Learner,
    Trait,
    characters,
    practice_sizes,
    study_moments,
    temptations,
    trait_of,
)
from quizzes.engine.kinds.registry import get_kind
from quizzes.formats import parse

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
DOMAINS = ("D1", "D2", "D3")
seeds = st.integers(0, 10_000)


def a_trait(**fields) -> Trait:
    return Trait(
        **{
            "question_id": 1,
            "domain": "D1",
            "hardness": 0.5,
            "sharpness": 1.3,
            "floor": 0.25,
            **fields,
        }
    )


def a_learner(seed: int = 1) -> Learner:
    return Learner(characters(1, domains=DOMAINS, seed=seed)[0])


@given(count=st.integers(0, 80), seed=seeds)
def test_a_class_has_three_special_cases_and_is_the_same_for_the_same_seed(count, seed):
    cast = characters(count, domains=DOMAINS, seed=seed)
    assert cast == characters(count, domains=DOMAINS, seed=seed)
    habits = Counter(it.habit for it in cast)
    assert (habits[Habit.STOPPED], habits[Habit.CRAMS]) == ((2, 1) if count >= 6 else (0, 0))
    assert not {Habit.STOPPED, Habit.CRAMS} & {it.habit for it in cast[:1]}


@given(seed=seeds, floor=st.floats(0, 0.5), hardness=st.floats(-3, 3))
def test_a_chance_lies_between_guessing_and_certainty(seed, floor, hardness):
    learner = a_learner(seed)
    trait = a_trait(floor=floor, hardness=hardness)
    assert floor <= learner.chance(trait, NOON) <= 1
    assert learner.chance(a_trait(floor=floor, hardness=hardness + 1), NOON) < learner.chance(
        trait, NOON
    )


@given(seed=seeds, times=st.integers(1, 6))
def test_reasons_are_remembered_and_then_forgotten(seed, times):
    learner = a_learner(seed)
    before = learner.chance(a_trait(), NOON)
    other = learner.chance(a_trait(question_id=2), NOON)
    for _ in range(times):
        learner.learn(a_trait(), NOON)
    fresh = learner.chance(a_trait(), NOON)
    week, year = (learner.chance(a_trait(), NOON + timedelta(days=n)) for n in (7, 365))
    assert before < year <= week < fresh
    # Practice helps with the neighbours, less than with the question itself.
    assert other < learner.chance(a_trait(question_id=2), NOON) < fresh
    assert learner.level("D2") == a_learner(seed).level("D2")


@given(seed=seeds)
def test_the_weakest_domain_is_the_one_with_the_lowest_level(seed):
    learner = a_learner(seed)
    assert learner.level(learner.weakest()) == min(map(learner.level, DOMAINS))


@given(seed=seeds, hardness=st.floats(-4, 4))
def test_nobody_answers_in_no_time_or_for_ever(seed, hardness):
    seconds = a_learner(seed).seconds(a_trait(hardness=hardness), random.Random(seed))
    assert 6 <= seconds <= 240


@given(total=st.integers(-5, 900), seed=seeds)
def test_practices_add_up(total, seed):
    sizes = practice_sizes(total, random.Random(seed))
    assert sum(sizes) == max(total, 0)
    assert all(size > 0 for size in sizes)


@given(habit=st.sampled_from(Habit), count=st.integers(0, 200), days=st.integers(1, 60), seed=seeds)
def test_moments_of_study_are_in_order_in_the_term_and_few_a_day(habit, count, days, seed):
    begin = NOON - timedelta(days=days)
    moments = study_moments(
        habit, count, begin=begin, end=NOON, zone=BERLIN, rng=random.Random(seed)
    )
    assert moments == sorted(moments)
    assert len(moments) <= count
    assert all(begin <= moment < NOON for moment in moments)
    assert all(7 <= moment.astimezone(BERLIN).hour < 22 for moment in moments)
    assert max(Counter(it.date() for it in moments).values(), default=0) <= 3
    if habit is Habit.STOPPED and days > 2:
        assert all(moment < begin + timedelta(days=days * 0.5 + 1.5) for moment in moments)


def test_who_crams_does_most_at_the_end():
    moments = study_moments(
        Habit.CRAMS,
        40,
        begin=NOON - timedelta(days=56),
        end=NOON,
        zone=BERLIN,
        rng=random.Random(1),
    )
    assert sum(moment > NOON - timedelta(days=20) for moment in moments) > 25


@given(name=st.text(max_size=12))
def test_one_wrong_option_tempts_more_than_the_others(name):
    weights = sorted(temptations(["a", "b", "d"], name=name).values())
    assert weights[0] > 0
    assert weights[-1] > 1.2 * weights[-2] or weights[-1] > 0.65
    assert temptations([], name=name) == {}


def test_a_question_is_the_same_in_every_demonstration():
    one, two = (
        trait_of(n, domain="D1", difficulty=3, floor=0.25, name="clf-c02-002") for n in (7, 8)
    )
    assert (one.hardness, one.sharpness) == (two.hardness, two.sharpness)
    harder = trait_of(7, domain="D1", difficulty=5, floor=0.25, name="clf-c02-002")
    assert harder.hardness > one.hardness


@pytest.mark.parametrize(
    "bank", sorted((SHIPPED.parent / "banks").glob("*.yaml")), ids=lambda p: p.stem
)
def test_answers_to_every_shipped_question_are_what_they_claim(bank):
    rng = random.Random(4)
    for question in parse(bank.read_bytes(), name=bank.name).questions:
        kind, body, key = get_kind(question.kind), question.body, question.key
        sheet = Sheet(question.external_id, body, key)
        right = right_answer(sheet)
        assert kind.clean_answer(body, right) == right
        assert kind.grade(body, key, right, rule="exam") == 1, question.external_id
        for _ in range(5):
            wrong = wrong_answer(sheet, rng)
            assert kind.clean_answer(body, wrong) == wrong
            assert kind.is_complete(body, wrong)
            assert kind.grade(body, key, wrong, rule="exam") == 0, (question.external_id, wrong)


def test_a_lure_takes_most_of_those_who_do_not_know():
    body = {"kind": "single", "options": [{"id": it} for it in "abcd"]}
    sheet = Sheet("q", body, {"correct": ["b"]}, lure="d")
    rng = random.Random(1)
    given_answers = Counter(wrong_answer(sheet, rng)["choice"] for _ in range(400))
    assert given_answers["d"] > 240
    assert "b" not in given_answers


def test_names_differ_and_some_are_chinese():
    names = [name_and_zone(number) for number in range(60)]
    assert len({name for name, _zone in names}) == 60
    assert ("王伟", "Asia/Shanghai") in names
    for _name, zone in names:
        ZoneInfo(zone)
