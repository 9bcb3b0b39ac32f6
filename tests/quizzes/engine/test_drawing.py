"""Drawing papers: proportion, order of preference, enemies and blocks."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.engine.drawing import (
    Candidate,
    Quotas,
    draw,
    fillable_size,
    missing_per_domain,
    practice_draw,
    quotas,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HALVES = {"D1": Decimal(50), "D2": Decimal(50)}


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


def bank(per_domain, **changes):
    numbers = itertools.count(1)
    return [
        question(next(numbers), domain, **changes)
        for domain, count in per_domain.items()
        for _ in range(count)
    ]


def counts_of(paper):
    return dict(Counter(paper.domains[pick] for pick in paper.picks))


@pytest.mark.parametrize(
    ("weights", "size", "available", "expected"),
    [
        ([28, 24, 22, 16, 10], 65, None, Quotas([18, 16, 14, 10, 7], 0)),
        ([30, 26, 24, 20], 65, None, Quotas([19, 17, 16, 13], 0)),
        ([26, 30, 24, 20], 65, [3, 100, 100, 100], Quotas([3, 25, 20, 17], 0)),
        ([50, 30, 20], 20, [5, 5, 5], Quotas([5, 5, 5], 5)),
        ([1, 1, 1], 2, None, Quotas([1, 1, 0], 0)),
        ([0.1, 0.2, 0.7], 10, None, Quotas([1, 2, 7], 0)),
        (["42.5", 57.5], 40, None, Quotas([17, 23], 0)),
        ([1, 0], 3, [2, 9], Quotas([2, 0], 1)),
        ([1, 1], 0, None, Quotas([0, 0], 0)),
    ],
)
def test_quota_vectors(weights, size, available, expected):
    assert quotas(weights, size, available) == expected


@pytest.mark.parametrize(
    ("weights", "size", "available"),
    [([], 5, None), ([0, 0], 5, None), ([-1, 2], 5, None), ([1], -1, None), ([1], 5, [-1]),
     ([1, 2], 5, [1]), (["x"], 5, None), ([float("nan")], 5, None)],
)  # fmt: skip
def test_quotas_refuse_nonsense(weights, size, available):
    with pytest.raises(ValueError, match=r"weights|count|number"):
        quotas(weights, size, available)


weight_lists = st.lists(st.integers(0, 400), min_size=1, max_size=8).filter(any)


@settings(deadline=None)
@given(weight_lists, st.integers(0, 120), st.data())
def test_quota_laws(weights, size, data):
    weights = [Decimal(weight) / 10 for weight in weights]
    free = quotas(weights, size)
    caps = data.draw(st.lists(st.integers(0, 60), min_size=len(weights), max_size=len(weights)))
    capped = quotas(weights, size, caps)

    assert (sum(free.counts), free.shortfall) == (size, 0)
    for weight, count in zip(weights, free.counts, strict=True):
        assert abs(count - Fraction(weight) * size / Fraction(sum(weights))) < 1
    assert sum(capped.counts) == size - capped.shortfall
    assert all(count <= cap for count, cap in zip(capped.counts, caps, strict=True))
    if capped.shortfall:
        usable = [cap for cap, weight in zip(caps, weights, strict=True) if weight]
        assert sum(capped.counts) == sum(usable)
    if all(count <= cap for count, cap in zip(free.counts, caps, strict=True)):
        assert capped == free


@settings(deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=7, unique=True), st.integers(0, 99))
def test_quotas_follow_a_permutation_when_nothing_ties(weights, size):
    remainders = [Fraction(weight * size, sum(weights)) % 1 for weight in weights]
    if len(set(remainders)) < len(remainders):
        return
    order = random.Random(size).sample(range(len(weights)), len(weights))

    permuted = quotas([weights[index] for index in order], size).counts

    assert permuted == [quotas(weights, size).counts[index] for index in order]


def test_draw_keeps_the_proportion_and_gives_up_nothing():
    paper = draw(bank({"D1": 20, "D2": 20}), weights=HALVES, size=21, seed=1)

    assert counts_of(paper) == {"D1": 11, "D2": 10}
    assert (paper.relaxations, paper.shortfall) == ((), 0)
    assert len(set(paper.picks)) == 21


def test_draw_mixes_domains_on_the_paper():
    paper = draw(bank({"D1": 20, "D2": 20}), weights=HALVES, size=20, seed=1)

    domains = [paper.domains[pick] for pick in paper.picks]
    assert sum(a != b for a, b in itertools.pairwise(domains)) > 4


def test_other_formats_only_fill_up():
    candidates = bank({"D1": 6}) + [question(n, official=False) for n in range(100, 110)]

    few = draw(candidates, weights={"D1": 100}, size=6, seed=3)
    more = draw(candidates, weights={"D1": 100}, size=8, seed=3)

    assert sorted(few.picks) == [1, 2, 3, 4, 5, 6]
    assert set(more.picks) > {1, 2, 3, 4, 5, 6}
    assert (few.relaxations, more.relaxations) == ((), ("type:D1:2",))


def test_unseen_come_first_then_the_longest_ago():
    seen = [question(n, last_seen=NOW - timedelta(days=n)) for n in range(20, 40)]
    unseen = bank({"D1": 5})

    paper = draw(unseen + seen, weights={"D1": 1}, size=8, seed=4)

    assert sorted(paper.picks) == [1, 2, 3, 4, 5, 37, 38, 39]


def test_recent_ones_stay_out_unless_the_pool_is_too_small():
    recent = [question(n, recent=True, last_seen=NOW - timedelta(days=n % 7)) for n in range(9, 16)]
    others = [question(n, last_seen=NOW - timedelta(days=90)) for n in range(1, 5)]

    enough = draw(recent + others, weights={"D1": 1}, size=4, seed=5)
    short = draw(recent + others, weights={"D1": 1}, size=6, seed=5)

    assert sorted(enough.picks) == [1, 2, 3, 4]
    assert enough.relaxations == ()
    assert sorted(short.picks) == [1, 2, 3, 4, 12, 13]
    assert short.relaxations == ("recency:D1:2",)


def test_type_gives_way_before_recency():
    candidates = [question(1, recent=True), question(2, official=False), question(3)]

    paper = draw(candidates, weights={"D1": 1}, size=2, seed=6)

    assert sorted(paper.picks) == [2, 3]
    assert paper.relaxations == ("type:D1:1",)


def test_rarely_used_questions_come_first():
    candidates = [question(n, exposure=0 if n < 5 else 50) for n in range(1, 30)]

    paper = draw(candidates, weights={"D1": 1}, size=4, seed=7)

    assert sorted(paper.picks) == [1, 2, 3, 4]


def test_exposures_of_one_class_are_drawn_at_random():
    candidates = [question(n, exposure=10 + n % 2) for n in range(1, 21)]

    used = {
        pick
        for s in range(40)
        for pick in draw(candidates, weights={"D1": 1}, size=5, seed=s).picks
    }

    assert used == set(range(1, 21))


def test_no_overlap_with_the_previous_mock_in_a_bank_of_twice_the_size():
    candidates = bank({"D1": 10, "D2": 10})
    first = draw(candidates, weights=HALVES, size=10, seed=8)
    later = [
        question(c.question_id, c.domain, recent=True, last_seen=NOW, exposure=1)
        if c.question_id in first.picks
        else c
        for c in candidates
    ]

    second = draw(later, weights=HALVES, size=10, seed=8)

    assert not set(first.picks) & set(second.picks)
    assert second.relaxations == ()


def test_enemies_stay_apart_across_domains():
    candidates = bank({"D1": 3, "D2": 3})
    candidates += [question(50, "D1", enemy_group="x"), question(51, "D2", enemy_group="x")]

    for seed in range(30):
        paper = draw(candidates, weights=HALVES, size=7, seed=seed)
        assert not {50, 51} <= set(paper.picks)
        assert counts_of(paper) == {"D1": 4, "D2": 3}


def test_an_enemy_is_left_for_the_domain_that_needs_it():
    """D2 can only be filled by the group, so D1 must not take it, however attractive."""
    candidates = [
        question(1, "D1", last_seen=NOW - timedelta(days=400)),
        question(2, "D1", enemy_group="x"),
        question(3, "D2", enemy_group="x", official=False),
    ]

    paper = draw(candidates, weights=HALVES, size=2, seed=9)

    assert sorted(paper.picks) == [1, 3]


def test_a_chain_of_groups_is_resolved():
    """Each group spans two domains; only one assignment fills all three."""
    candidates = [
        question(1, "D1", enemy_group="x"), question(2, "D2", enemy_group="x"),
        question(3, "D2", enemy_group="y"), question(4, "D3", enemy_group="y"),
        question(5, "D1", enemy_group="z"),
    ]  # fmt: skip
    weights = dict.fromkeys(["D1", "D2", "D3"], 1)

    assert fillable_size(candidates, weights=weights, at_most=9) == 3
    assert sorted(draw(candidates, weights=weights, size=3, seed=1).picks) == [2, 4, 5]


def test_blocks_travel_whole_and_side_by_side():
    candidates = bank({"D1": 10, "D2": 10})
    candidates += [question(n, "D1" if n % 2 else "D2", block="case") for n in (70, 71, 72)]

    together = 0
    for seed in range(40):
        paper = draw(candidates, weights=HALVES, size=12, seed=seed)
        places = [index for index, pick in enumerate(paper.picks) if pick >= 70]
        assert places in ([], list(range(places[0], places[0] + 3)) if places else [])
        assert counts_of(paper) == {"D1": 6, "D2": 6}
        together += bool(places)
    assert 0 < together < 40


def test_a_block_that_is_needed_is_drawn_and_one_that_is_too_big_is_not():
    block = [question(n, block="case") for n in (1, 2, 3)]

    assert sorted(draw(block, weights={"D1": 1}, size=3, seed=1).picks) == [1, 2, 3]
    assert draw(block, weights={"D1": 1}, size=2, seed=1).shortfall == 2
    assert fillable_size(block, weights={"D1": 1}, at_most=9) == 3


def test_a_block_ranks_as_the_question_seen_last():
    block = [
        question(1, block="case"),
        question(2, block="case", last_seen=NOW - timedelta(days=20)),
    ]
    others = [question(n, last_seen=NOW - timedelta(days=30)) for n in (3, 4)]

    assert sorted(draw(block + others, weights={"D1": 1}, size=2, seed=1).picks) == [3, 4]


def test_a_block_with_enemies_inside_is_never_drawn():
    block = [question(n, block="case", enemy_group="x") for n in (1, 2)]

    assert draw(block, weights={"D1": 1}, size=2, seed=1).picks == ()


def test_difficulty_thirds_are_kept_and_given_up_last_but_one():
    candidates = [question(n, difficulty=1 + (n - 1) // 10) for n in range(1, 31)]

    kept = draw(candidates, weights={"D1": 1}, size=12, seed=2, difficulty_thirds=True)
    full = draw(candidates, weights={"D1": 1}, size=24, seed=2, difficulty_thirds=True)

    assert Counter((pick - 1) // 10 for pick in kept.picks) == {0: 3, 1: 6, 2: 3}
    assert kept.relaxations == ()
    # Quotas 6, 12, 6: the middle third has only 10, so 2 come from elsewhere.
    assert Counter((pick - 1) // 10 for pick in full.picks)[1] == 10
    assert full.relaxations == ("difficulty:D1:2",)


def test_difficulty_gives_way_before_recency_and_after_type():
    candidates = [
        *(question(n, difficulty=1) for n in range(1, 5)),
        *(question(n, difficulty=3, official=False) for n in range(5, 7)),
        *(question(n, difficulty=3, recent=True) for n in range(7, 9)),
        *(question(n, difficulty=5) for n in range(9, 13)),
    ]

    paper = draw(candidates, weights={"D1": 1}, size=8, seed=2, difficulty_thirds=True)

    assert not {7, 8} & set(paper.picks)
    assert {5, 6} <= set(paper.picks)
    assert [rule.split(":")[0] for rule in paper.relaxations] == ["type", "difficulty"]


def test_a_short_domain_is_capped_and_named():
    paper = draw(bank({"D1": 2, "D2": 20}), weights=HALVES, size=10, seed=1)

    assert counts_of(paper) == {"D1": 2, "D2": 8}
    assert paper.relaxations == ("weights:D1:-3", "weights:D2:+3")
    assert paper.shortfall == 0


def test_an_empty_bank_gives_an_empty_paper():
    paper = draw([], weights=HALVES, size=4, seed=1)

    assert (paper.picks, paper.shortfall) == ((), 4)
    assert fillable_size([], weights=HALVES, at_most=65) == 0


def test_questions_outside_the_weights_are_not_drawn():
    assert draw([question(1, "D9")], weights=HALVES, size=1, seed=1).picks == ()


def test_a_question_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        draw([question(1), question(1)], weights=HALVES, size=1, seed=1)


def test_fillable_size_respects_its_range():
    candidates = bank({"D1": 10, "D2": 10})

    assert fillable_size(candidates, weights=HALVES, at_most=65) == 20
    assert fillable_size(candidates, weights=HALVES, at_most=13) == 13
    assert fillable_size(candidates, weights=HALVES, at_most=65, at_least=20) == 20
    assert fillable_size(candidates, weights=HALVES, at_most=65, at_least=21) == 0


def test_missing_per_domain():
    candidates = bank({"D1": 10, "D2": 4})
    candidates += [question(90, "D1", enemy_group="x"), question(91, "D2", enemy_group="x")]

    assert missing_per_domain(candidates, weights=HALVES, size=20) == {"D1": 0, "D2": 5}
    assert missing_per_domain(candidates, weights=HALVES, size=8) == {"D1": 0, "D2": 0}


moments = st.none() | st.integers(1, 400).map(lambda days: NOW - timedelta(days=days))


@st.composite
def banks(draw_value, blocks=True):
    domains = ["D1", "D2", "D3"][: draw_value(st.integers(1, 3))]
    count = draw_value(st.integers(0, 26))
    enemy_groups = st.sampled_from(["", "", "", "x", "y", "z"])
    block_names = st.sampled_from(["", "", "", "", "p", "q"]) if blocks else st.just("")
    rows = [
        Candidate(
            number,
            draw_value(st.sampled_from(domains)),
            draw_value(enemy_groups),
            draw_value(st.booleans()),
            draw_value(st.integers(1, 5)),
            draw_value(moments),
            draw_value(st.booleans()),
            draw_value(st.integers(0, 9)),
            draw_value(block_names),
        )
        for number in range(count)
    ]
    weights = {domain: Decimal(draw_value(st.integers(1, 60))) for domain in domains}
    return rows, weights


def assert_rules_hold(paper, candidates, weights, size):
    by_id = {candidate.question_id: candidate for candidate in candidates}
    drawn = [by_id[pick] for pick in paper.picks]
    enemies = [candidate.enemy_group for candidate in drawn if candidate.enemy_group]
    assert len(set(paper.picks)) == len(paper.picks) == size - paper.shortfall
    assert len(enemies) == len(set(enemies))
    assert paper.domains == {candidate.question_id: candidate.domain for candidate in drawn}
    for name in {candidate.block for candidate in drawn} - {""}:
        whole = {candidate.question_id for candidate in candidates if candidate.block == name}
        assert whole <= set(paper.picks)
    assert set(paper.domains.values()) <= set(weights)


@settings(deadline=None, max_examples=150)
@given(banks(), st.integers(0, 10**9), st.booleans())
def test_every_size_that_can_be_filled_is_drawn_exactly(case, seed, thirds):
    candidates, weights = case
    top = fillable_size(candidates, weights=weights, at_most=99)
    sizes = {top, fillable_size(candidates, weights=weights, at_most=max(top - 1, 0))} - {0}

    for size in sizes:
        paper = draw(candidates, weights=weights, size=size, seed=seed, difficulty_thirds=thirds)
        assert_rules_hold(paper, candidates, weights, size)
        shares = quotas(list(weights.values()), size).counts
        wanted = {d: share for d, share in zip(weights, shares, strict=True) if share}
        assert counts_of(paper) == wanted
        assert not any(rule.startswith("weights") for rule in paper.relaxations)
        assert not any(missing_per_domain(candidates, weights=weights, size=size).values())


@settings(deadline=None, max_examples=100)
@given(banks(), st.integers(0, 40), st.integers(0, 10**9))
def test_any_size_is_drawn_by_the_rules_and_repeats(case, size, seed):
    candidates, weights = case
    mixed = random.Random(seed).sample(candidates, len(candidates))

    paper = draw(candidates, weights=weights, size=size, seed=seed)

    assert_rules_hold(paper, candidates, weights, size)
    assert draw(mixed, weights=weights, size=size, seed=seed) == paper


def brute_force_sizes(candidates, weights):
    """All sizes whose exact shares some set of candidates fills: the definition itself."""
    sizes = set()
    for chosen in itertools.product([False, True], repeat=len(candidates)):
        rows = list(itertools.compress(candidates, chosen))
        enemies = [row.enemy_group for row in rows if row.enemy_group]
        blocks = {row.block for row in rows} - {""}
        whole = all(row in rows for row in candidates if row.block in blocks)
        if len(enemies) != len(set(enemies)) or not whole:
            continue
        counts = Counter(row.domain for row in rows)
        shares = quotas(list(weights.values()), len(rows)).counts
        if counts == Counter(dict(zip(weights, shares, strict=True))):
            sizes.add(len(rows))
    return sizes


@settings(deadline=None, max_examples=60)
@given(banks())
def test_fillable_size_is_exact(case):
    candidates, weights = case
    candidates = candidates[:9]
    sizes = brute_force_sizes(candidates, weights) - {0}

    for at_most in range(1, 10):
        expected = max((size for size in sizes if size <= at_most), default=0)
        assert fillable_size(candidates, weights=weights, at_most=at_most) == expected


def test_practice_spreads_over_domains_and_takes_unseen_first():
    candidates = bank({"D1": 8, "D2": 8, "D3": 2})
    candidates += [question(n, "D3", last_seen=NOW - timedelta(days=n)) for n in (100, 101)]

    paper = practice_draw(candidates, size=9, seed=1)

    assert counts_of(paper) == {"D1": 3, "D2": 3, "D3": 3}
    assert {17, 18, 101} <= set(paper.picks)
    assert {paper.domains[pick] for pick in paper.picks[:3]} == {"D1", "D2", "D3"}


def test_practice_begins_with_any_domain():
    candidates = bank({"D1": 3, "D2": 3, "D3": 3})

    first = {practice_draw(candidates, size=1, seed=s).picks[0] for s in range(60)}

    assert first == set(range(1, 10))


def test_practice_lets_enemies_meet_only_to_reach_the_size():
    candidates = [question(1, "D1", enemy_group="x"), question(2, "D1", enemy_group="x"),
                  question(3, "D2"), question(4, "D2")]  # fmt: skip

    apart = practice_draw(candidates, size=3, seed=1)
    full = practice_draw(candidates, size=4, seed=1)

    assert not {1, 2} <= set(apart.picks)
    assert (apart.relaxations, apart.shortfall) == ((), 0)
    assert sorted(full.picks) == [1, 2, 3, 4]
    assert full.relaxations == ("enemies:D1:1",)


@settings(deadline=None, max_examples=80)
@given(banks(), st.integers(0, 30), st.integers(0, 10**9))
def test_practice_is_as_full_and_as_even_as_it_can_be(case, size, seed):
    candidates, _ = case
    loose = [c for c in candidates if not c.block]
    mixed = random.Random(seed).sample(loose, len(loose))

    paper = practice_draw(loose, size=size, seed=seed)

    assert len(set(paper.picks)) == len(paper.picks) == min(size, len(loose))
    assert paper.shortfall == size - len(paper.picks)
    assert practice_draw(mixed, size=size, seed=seed) == paper
    if not any(c.enemy_group for c in loose):
        got, stock = Counter(paper.domains.values()), Counter(c.domain for c in loose)
        for domain, count in got.items():
            assert all(other >= count - 1 or other == stock[d] for d, other in got.items()), domain
