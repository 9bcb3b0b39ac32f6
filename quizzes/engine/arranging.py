"""Arranging a drawn paper: questions on trial mixed in, and the whole cut into sections."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quizzes.engine.apportioning import quotas
from quizzes.engine.candidates import Candidate, Unit, units_of
from quizzes.engine.drawing import Draw, ranked

MAX_NODES = 20_000
"""Ways to put blocks into sections that are looked at; far more than real papers need."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a paper."""

    question: Candidate
    section: int
    """From 0; 0 on a paper of one piece."""
    is_scored: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as a student meets it.

    `relaxations` go on where those of the draw end: `trial` (fewer questions on trial than
    asked for), `section` (by its number, one with more or fewer questions than asked for,
    because a block stays whole).
    """

    places: tuple[Place, ...]
    relaxations: tuple[str, ...]

    @property
    def picks(self) -> tuple[int, ...]:
        return tuple(place.question.question_id for place in self.places)


def trial_draw(
    candidates: Iterable[Candidate], *, beside: Sequence[Candidate], size: int, seed: int
) -> tuple[Candidate, ...]:
    """At most `size` questions on trial, those rarely used first, none an enemy of the paper."""
    rng = random.Random(f"{seed} trial")  # noqa: S311 - reproducible, not secret
    enemies = {question.enemy_group for question in beside if question.enemy_group}
    taken = {question.question_id for question in beside}
    chosen: list[Candidate] = []
    for unit in ranked(units_of(candidates), rng, mind_type=False):
        fits = len(chosen) + len(unit.members) <= size
        if (
            fits
            and not unit.enemies & enemies
            and not taken & {member.question_id for member in unit.members}
        ):
            chosen += unit.members
            enemies |= unit.enemies
    return tuple(chosen)


def arrange(
    paper: Draw,
    *,
    sections: Sequence[int] = (),
    trials: Sequence[Candidate] = (),
    wanted_trials: int = 0,
    seed: int,
) -> Paper:
    """Mix the questions on trial in and cut the paper into sections of these sizes.

    Sizes speak of what is scored; questions on trial come on top, spread alike. The same
    seed gives the same paper. A paper of one piece without trials keeps its order.
    """
    lacking = [f"trial::{len(trials) - wanted_trials}"] if len(trials) < wanted_trials else []
    if not sections and not trials:
        places = [Place(question, 0, is_scored=True) for question in paper.members]
        return Paper(tuple(places), (*paper.relaxations, *lacking))
    sizes = _fitting(sections or [1], len(paper.members))
    parts = divide(paper.members, sizes, seed=seed)
    beside = divide(trials, _fitting(sizes, len(trials)), seed=seed)
    rng = random.Random(f"{seed} order")  # noqa: S311 - reproducible, not secret
    places = []
    for number, (scored, unscored) in enumerate(zip(parts, beside, strict=True)):
        places += _mixed(scored, unscored, number, rng)
    moved = [
        f"section:{number}:{len(part) - size:+d}"
        for number, (part, size) in enumerate(zip(parts, sizes, strict=True), start=1)
        if len(part) != size
    ]
    return Paper(tuple(places), (*paper.relaxations, *lacking, *moved))


def _mixed(
    scored: Sequence[Candidate], unscored: Sequence[Candidate], section: int, rng: random.Random
) -> list[Place]:
    """One section in a drawn order, the questions of a block side by side."""
    ids = {question.question_id for question in scored}
    units = [*units_of(scored), *units_of(unscored)]
    rng.shuffle(units)
    members = [question for unit in units for question in unit.members]
    return [Place(it, section, is_scored=it.question_id in ids) for it in members]


def divide(
    questions: Sequence[Candidate], sizes: Sequence[int], *, seed: int
) -> list[list[Candidate]]:
    """Cut questions into parts of these sizes, every domain spread evenly, blocks whole.

    The sizes are kept exactly wherever the blocks allow it; else they are missed by as
    little as a block sticks out.

    Raises:
        ValueError: the sizes do not add up to the questions.
    """
    if sum(sizes) != len(questions):
        raise ValueError(f"{len(questions)} questions but places for {sum(sizes)}")
    rng = random.Random(f"{seed} parts")  # noqa: S311 - reproducible, not secret
    units = units_of(questions)
    rng.shuffle(units)
    parts: list[list[Candidate]] = [[] for _ in sizes]
    room = list(sizes)
    blocks = sorted((unit for unit in units if len(unit.members) > 1), key=_longest_first)
    for block, part in zip(blocks, _packed(blocks, room), strict=True):
        parts[part] += block.members
        room[part] -= len(block.members)
    singles = [unit.members[0] for unit in units if len(unit.members) == 1]
    for question, part in zip(_by_domain(singles, rng), _dealt(_usable(room)), strict=True):
        parts[part].append(question)
    return parts


def _fitting(sizes: Sequence[int], total: int) -> list[int]:
    """The sizes in proportion, where the paper is shorter or longer than they say."""
    return list(sizes) if sum(sizes) == total else quotas(list(sizes), total).counts


def _longest_first(block: Unit) -> int:
    return -len(block.members)


def _packed(blocks: Sequence[Unit], room: Sequence[int]) -> list[int]:
    """A part for each block, so that none is too full; where that cannot be, the roomiest."""
    nodes = 0
    chosen: list[int] = []
    left = list(room)

    def fits(index: int) -> bool:
        nonlocal nodes
        nodes += 1
        if index == len(blocks) or nodes > MAX_NODES:
            return index == len(blocks)
        size = len(blocks[index].members)
        for part in sorted(range(len(left)), key=lambda it: -left[it]):
            if left[part] >= size:
                left[part] -= size
                chosen.append(part)
                if fits(index + 1):
                    return True
                left[part] += size
                chosen.pop()
        return False

    return chosen if fits(0) else _roomiest(blocks, room)


def _roomiest(blocks: Sequence[Unit], room: Sequence[int]) -> list[int]:
    left, chosen = list(room), []
    for block in blocks:
        part = max(range(len(left)), key=lambda it: left[it])
        left[part] -= len(block.members)
        chosen.append(part)
    return chosen


def _usable(room: Sequence[int]) -> list[int]:
    """What single questions may fill: parts that blocks made too full take from the others."""
    over = -sum(min(0, it) for it in room)
    usable = [max(0, it) for it in room]
    for _ in range(over):
        usable[usable.index(max(usable))] -= 1
    return usable


def _by_domain(questions: Iterable[Candidate], rng: random.Random) -> list[Candidate]:
    """Questions of a domain side by side, the domains in a drawn order."""
    groups: dict[str, list[Candidate]] = {}
    for question in questions:
        groups.setdefault(question.domain, []).append(question)
    domains = sorted(groups)
    rng.shuffle(domains)
    return [question for domain in domains for question in groups[domain]]


def _dealt(room: Sequence[int]) -> list[int]:
    """Part numbers, each as often as it has room, spread as evenly as whole numbers can be.

    Any run of it holds each part in proportion to within two, so a domain that is dealt
    as a run is spread evenly. Source: Baruah et al. (1996), "Proportionate progress".
    """
    total, used, dealt = sum(room), [0] * len(room), []
    for step in range(1, total + 1):
        # Of the parts whose turn may have come, the one whose turn ends first.
        ready = [it for it in range(len(room)) if used[it] * total < room[it] * step]
        part = min(ready, key=lambda it: ((used[it] + 1) / room[it], it))
        used[part] += 1
        dealt.append(part)
    return dealt
