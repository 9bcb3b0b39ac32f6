"""Arranging papers: sections of exact sizes, blocks whole, questions on trial among the others."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.engine.arranging import arrange, divide, trial_draw
from quizzes.engine.drawing import Candidate, Draw, draw

WEIGHTS = {"D1": 60, "D2": 40}


def question(number, domain="D1", **changes):
    values = {
        "enemy_group": "",
        "official": True,
        "difficulty": 3,
        "last_seen": None,
        "recent": False,
        "exposure": 0,
    }
    return Candidate(number, domain, **(values | changes))


def ids(questions):
    return [it.question_id for it in questions]


def sections_of(paper, *, scored=True):
    """Question ids by section."""
    found = {}
    for place in paper.places:
        if place.is_scored == scored:
            found.setdefault(place.section, []).append(place.question.question_id)
    return [found[number] for number in sorted(found)]


@st.composite
def papers(draw_from, longest_block=1):
    """A paper of up to four domains with blocks, and sizes that add up to it."""
    numbers = itertools.count(1)
    questions = []
    for name in range(draw_from(st.integers(1, 12))):
        length = draw_from(st.integers(1, longest_block))
        domains = draw_from(st.lists(st.sampled_from("ABCD"), min_size=length, max_size=length))
        block = f"b{name}" if length > 1 else ""
        questions += [question(next(numbers), domain, block=block) for domain in domains]
    singles = draw_from(st.lists(st.sampled_from("ABCD"), max_size=60))
    questions += [question(next(numbers), domain) for domain in singles]
    cuts = sorted(draw_from(st.sets(st.integers(1, max(1, len(questions) - 1)), max_size=4)))
    cuts = [cut for cut in cuts if cut < len(questions)]
    sizes = [b - a for a, b in itertools.pairwise([0, *cuts, len(questions)])]
    return questions, sizes


@settings(deadline=None)
@given(papers(), st.integers(0, 2**62))
def test_sizes_are_exact_and_every_domain_is_spread_evenly(case, seed):
    questions, sizes = case

    parts = divide(questions, sizes, seed=seed)

    assert [len(part) for part in parts] == sizes
    assert sorted(ids(itertools.chain(*parts))) == ids(questions)
    for domain, count in Counter(it.domain for it in questions).items():
        for part in parts:
            share = count * len(part) / len(questions)
            assert abs(sum(it.domain == domain for it in part) - share) < 2


@settings(deadline=None)
@given(papers(longest_block=4), st.integers(0, 2**62))
def test_blocks_stay_whole_and_sizes_exact_where_they_can_be(case, seed):
    questions, sizes = case

    parts = divide(questions, sizes, seed=seed)

    assert sorted(ids(itertools.chain(*parts))) == ids(questions)
    where = {}
    for number, part in enumerate(parts):
        for it in part:
            where.setdefault(it.block or it.question_id, set()).add(number)
    assert all(len(numbers) == 1 for numbers in where.values())
    blocks = Counter(it.block for it in questions if it.block)
    if can_be_packed(sorted(blocks.values(), reverse=True), tuple(sizes)):
        assert [len(part) for part in parts] == sizes


def can_be_packed(blocks, room):
    """Tries everything; the paper is small enough."""
    reached = {tuple(sorted(room))}
    for size in blocks:
        reached = {
            tuple(sorted((*rooms[:index], left - size, *rooms[index + 1 :])))
            for rooms in reached
            for index, left in enumerate(rooms)
            if left >= size
        }
    return bool(reached)


@settings(deadline=None)
@given(papers(longest_block=3), st.integers(0, 2**62), st.randoms())
def test_the_same_seed_gives_the_same_sections_in_any_order(case, seed, rng):
    questions, sizes = case
    shuffled = rng.sample(questions, len(questions))

    assert divide(questions, sizes, seed=seed) == divide(shuffled, sizes, seed=seed)


def test_another_seed_gives_other_sections():
    questions = [question(n) for n in range(40)]

    parts = {tuple(ids(divide(questions, [20, 20], seed=seed)[0])) for seed in range(5)}

    assert len(parts) == 5


def test_sizes_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="3 questions but places for 4"):
        divide([question(n) for n in range(3)], [2, 2], seed=1)


def test_a_block_that_fits_nowhere_moves_the_sizes_and_is_named():
    block = [question(n, block="case") for n in range(1, 4)]
    paper = Draw((*block, question(4)), (), 0)

    arranged = arrange(paper, sections=[2, 2], seed=1)

    assert sorted(len(part) for part in sections_of(arranged)) == [1, 3]
    assert [it.split(":")[0] for it in arranged.relaxations] == ["section", "section"]


def test_a_paper_of_one_piece_without_trials_keeps_its_order():
    paper = draw([question(n) for n in range(30)], weights={"D1": 1}, size=20, seed=5)

    arranged = arrange(paper, seed=5)

    assert arranged.picks == paper.picks
    assert {(place.section, place.is_scored) for place in arranged.places} == {(0, True)}


@settings(deadline=None)
@given(st.integers(0, 12), st.integers(0, 2**62), st.sampled_from([[], [20, 10], [10, 10, 10]]))
def test_trials_come_on_top_and_change_nothing_that_counts(trials, seed, sections):
    bank = [question(n, "D1" if n % 2 else "D2") for n in range(60)]
    paper = draw(bank, weights=WEIGHTS, size=30, seed=seed)
    tried = trial_draw(
        [question(n) for n in range(100, 120)], beside=paper.members, size=trials, seed=seed
    )

    arranged = arrange(paper, sections=sections, trials=tried, wanted_trials=trials, seed=seed)

    assert len(tried) == trials
    assert [len(part) for part in sections_of(arranged)] == (sections or [30])
    assert sorted(itertools.chain(*sections_of(arranged))) == sorted(paper.picks)
    unscored = Counter(place.section for place in arranged.places if not place.is_scored)
    assert unscored.total() == trials
    if trials:
        assert max(unscored.values()) - trials * max(sections or [30]) / 30 < 1
    assert [place.section for place in arranged.places] == sorted(
        place.section for place in arranged.places
    )
    assert arranged == arrange(
        paper, sections=sections, trials=tried, wanted_trials=trials, seed=seed
    )


def test_trials_are_mixed_in_and_not_hung_on():
    paper = Draw(tuple(question(n) for n in range(20)), (), 0)
    tried = [question(n) for n in range(100, 105)]

    places = {
        tuple(place.is_scored for place in arrange(paper, trials=tried, seed=seed).places)
        for seed in range(8)
    }

    assert len(places) == 8


def test_trials_are_those_rarely_used_and_never_enemies_of_the_paper():
    beside = [question(1, enemy_group="tea")]
    on_trial = [
        question(10, enemy_group="tea"),
        question(11, exposure=90),
        question(12, exposure=1),
        question(13, enemy_group="ink"),
        question(14, enemy_group="ink"),
        question(15, block="pair", exposure=90),
        question(16, block="pair", exposure=90),
    ]

    for seed in range(20):
        two = ids(trial_draw(on_trial, beside=beside, size=2, seed=seed))
        assert 12 in two
        assert len({*two} & {13, 14}) == 1
        all_of_them = ids(trial_draw(on_trial, beside=beside, size=9, seed=seed))
        assert len(all_of_them) == 5
        assert {11, 12, 15, 16} < {*all_of_them}
        assert 10 not in all_of_them


def test_too_few_trials_are_named():
    paper = Draw((question(1),), (), 0)

    assert arrange(paper, wanted_trials=3, seed=1).relaxations == ("trial::-3",)
    some = arrange(paper, trials=[question(2)], wanted_trials=3, seed=1)
    assert some.relaxations == ("trial::-2",)


def test_enemies_never_meet_whatever_the_sections():
    bank = [question(n, enemy_group=f"g{n % 25}") for n in range(50)]
    paper = draw(bank, weights={"D1": 1}, size=20, seed=3)
    groups = Counter(it.enemy_group for it in paper.members)

    arranged = arrange(paper, sections=[10, 10], seed=3)

    assert max(groups.values()) == 1
    assert sorted(arranged.picks) == sorted(paper.picks)
