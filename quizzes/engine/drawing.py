"""Drawing a paper from a bank: in proportion, enemies apart, unseen questions first."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from quizzes.engine.apportioning import Quotas, quotas
from quizzes.engine.candidates import Candidate, Unit, units_of
from quizzes.engine.exact import Number
from quizzes.engine.filling import Stock

__all__ = [
    "Candidate",
    "Draw",
    "Quotas",
    "draw",
    "fillable_size",
    "missing_per_domain",
    "practice_draw",
    "quotas",
    "ranked",
]

_THIRDS = (25, 50, 25)
"""Percent of a domain's questions from its easiest, middle and hardest third."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A drawn paper.

    `members` stand in the order of the paper. `relaxations` name each rule that had to
    give, as rule:domain:questions:
    `weights` (more or fewer than its share, with sign), `type` (formats that the real
    exam does not use), `difficulty` (outside its third), `recency` (seen lately),
    `enemies` (practice only). `shortfall` is how many places stayed empty.
    """

    members: tuple[Candidate, ...]
    relaxations: tuple[str, ...]
    shortfall: int

    @property
    def picks(self) -> tuple[int, ...]:
        """The question ids."""
        return tuple(member.question_id for member in self.members)

    @property
    def domains(self) -> dict[int, str]:
        """Where each question counts."""
        return {member.question_id: member.domain for member in self.members}


class _Stage(NamedTuple):
    """Which rules still hold; each stage gives up one more.

    Formats of the real exam need no stage: they rank first within each.
    """

    keeps_thirds: bool
    skips_recent: bool


_STAGES = (
    _Stage(keeps_thirds=True, skips_recent=True),
    _Stage(keeps_thirds=False, skips_recent=True),
    _Stage(keeps_thirds=False, skips_recent=False),
)


def draw(
    candidates: Iterable[Candidate],
    *,
    weights: Mapping[str, Number],
    size: int,
    seed: int,
    difficulty_thirds: bool = False,
) -> Draw:
    """Draw a paper; the same seed and candidates give the same paper, in any input order.

    Every size that `fillable_size` allows is filled in exact proportion. Otherwise
    the paper is as full as it can be with domains that lack questions capped.
    """
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    units = units_of(candidates, domains=weights)
    targets = _reachable(units, weights, size)
    paper = _Paper(units, targets, thirds=difficulty_thirds)
    in_rank = ranked(units, rng)
    for stage in _STAGES:
        for unit in in_rank:
            paper.offer(unit, stage)
    chosen = sorted(paper.chosen, key=lambda unit: unit.first_id)
    rng.shuffle(chosen)
    moved = _off_weight(_shares(weights, size), paper.got)
    return _drawn(chosen, size, [*moved, *paper.relaxations()])


def fillable_size(
    candidates: Iterable[Candidate],
    *,
    weights: Mapping[str, Number],
    at_most: int,
    at_least: int = 1,
) -> int:
    """The largest size in the range whose exact shares can all be filled; 0 if none can."""
    units = units_of(candidates, domains=weights)
    stock = Stock(units)
    most = min(at_most, sum(len(unit.members) for unit in units))
    for size in range(most, max(at_least, 1) - 1, -1):
        if stock.fills(_shares(weights, size)):
            return size
    return 0


def missing_per_domain(
    candidates: Iterable[Candidate], *, weights: Mapping[str, Number], size: int
) -> dict[str, int]:
    """How many questions each domain lacks for a paper of this size; 0 where none."""
    shares = _shares(weights, size)
    filled = Stock(units_of(candidates, domains=weights)).best_fill(shares)
    return {domain: share - filled[domain] for domain, share in shares.items()}


def practice_draw(candidates: Iterable[Candidate], *, size: int, seed: int) -> Draw:
    """Draw for practice: domains in turn, unseen first, enemies together only if needed."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    units = units_of(candidates)
    domains = sorted({member.domain for unit in units for member in unit.members})
    rng.shuffle(domains)
    queues: dict[str, list[Unit]] = {domain: [] for domain in domains}
    for unit in ranked(units, rng, mind_type=False):
        queues[unit.members[0].domain].append(unit)
    chosen: list[Unit] = []
    _take_turns(queues, chosen, size, allow_enemies=False)
    peaceful = len(chosen)
    _take_turns(queues, chosen, size, allow_enemies=True)
    clashes = Counter(member.domain for unit in chosen[peaceful:] for member in unit.members)
    return _drawn(chosen, size, _named("enemies", clashes))


def _shares(weights: Mapping[str, Number], size: int) -> dict[str, int]:
    return dict(zip(weights, quotas(list(weights.values()), size).counts, strict=True))


def _reachable(
    units: Sequence[Unit], weights: Mapping[str, Number], size: int
) -> Mapping[str, int]:
    """Questions by domain that can really be drawn: exact shares, or the fullest near them."""
    stock = Stock(units)
    present = Counter(member.domain for unit in units for member in unit.members)
    caps = {domain: present[domain] for domain in weights}
    while True:
        counts = quotas(list(weights.values()), size, list(caps.values())).counts
        wanted = dict(zip(weights, counts, strict=True))
        filled = stock.best_fill(wanted)
        if filled.total() == sum(counts):
            return wanted
        caps |= {domain: filled[domain] for domain in wanted if filled[domain] < wanted[domain]}


def ranked(units: Sequence[Unit], rng: random.Random, *, mind_type: bool = True) -> list[Unit]:
    """Units as they should be taken; a block ranks as its worst member does."""
    exposure = _exposure_classes(units)
    chance = {unit.first_id: rng.random() for unit in units}

    def rank(unit: Unit) -> tuple[bool, int, int, float]:
        return (
            mind_type and not all(member.official for member in unit.members),
            max(member.day_seen for member in unit.members),
            max(exposure[member.question_id] for member in unit.members),
            chance[unit.first_id],
        )

    return sorted(units, key=rank)


def _exposure_classes(units: Sequence[Unit]) -> dict[int, int]:
    """floor(4 * exposure / (mean of its domain + 1)), so that rarely used questions come first."""
    members = [member for unit in units for member in unit.members]
    totals: Counter[str] = Counter()
    for member in members:
        totals[member.domain] += member.exposure
    counts = Counter(member.domain for member in members)
    return {
        member.question_id: 4
        * member.exposure
        * counts[member.domain]
        // (totals[member.domain] + counts[member.domain])
        for member in members
    }


class _Paper:
    """A paper in the making. It accepts a unit only if the rest can still be filled."""

    def __init__(self, units: Sequence[Unit], targets: Mapping[str, int], *, thirds: bool) -> None:
        self.chosen: list[Unit] = []
        self.got: Counter[str] = Counter()
        self._needs = Counter(targets)
        self._waiting = {unit.first_id: unit for unit in units}
        self._has_blocks = any(len(unit.members) > 1 for unit in units)
        self._enemies: frozenset[str] = frozenset()
        self._third = _thirds(units) if thirds else {}
        self._room = _third_quotas(targets) if thirds else Counter()

    def offer(self, unit: Unit, stage: _Stage) -> None:
        if unit.first_id not in self._waiting or not self._suits(unit, stage):
            return
        if not unit.counts <= self._needs or unit.enemies & self._enemies:
            del self._waiting[unit.first_id]
            return
        del self._waiting[unit.first_id]
        # What cannot be accepted now never can: the choice only narrows.
        if self._rest_fills(unit):
            self._accept(unit)

    def _suits(self, unit: Unit, stage: _Stage) -> bool:
        if stage.skips_recent and any(member.recent for member in unit.members):
            return False
        return not (self._third and stage.keeps_thirds) or self._thirds_of(unit) <= self._room

    def _rest_fills(self, unit: Unit) -> bool:
        if not (self._has_blocks or unit.enemies):
            # Some other single question of its domain makes room in any filling.
            return True
        enemies = self._enemies | unit.enemies
        rest = (other for other in self._waiting.values() if not other.enemies & enemies)
        return Stock(rest).fills(self._needs - unit.counts)

    def _accept(self, unit: Unit) -> None:
        self.chosen.append(unit)
        self.got += unit.counts
        self._needs -= unit.counts
        self._enemies |= unit.enemies
        if self._third:
            self._room.subtract(self._thirds_of(unit))

    def _thirds_of(self, unit: Unit) -> Counter[tuple[str, int]]:
        return Counter(self._third[member.question_id] for member in unit.members)

    def relaxations(self) -> list[str]:
        """What was given up, in the order in which rules give way."""
        members = [member for unit in self.chosen for member in unit.members]
        types = Counter(member.domain for member in members if not member.official)
        recent = Counter(member.domain for member in members if member.recent)
        outside: Counter[str] = Counter()
        for (domain, _), room in self._room.items():
            outside[domain] += max(0, -room)
        return [
            *_named("type", types),
            *_named("difficulty", outside),
            *_named("recency", recent),
        ]


def _thirds(units: Sequence[Unit]) -> dict[int, tuple[str, int]]:
    """Each question's domain and third (0 to 2) of that domain by difficulty."""
    by_domain: dict[str, list[Candidate]] = {}
    for unit in units:
        for member in unit.members:
            by_domain.setdefault(member.domain, []).append(member)
    thirds = {}
    for domain, members in by_domain.items():
        members.sort(key=lambda member: (member.difficulty, member.question_id))
        for index, member in enumerate(members):
            thirds[member.question_id] = (domain, 3 * index // len(members))
    return thirds


def _third_quotas(targets: Mapping[str, int]) -> Counter[tuple[str, int]]:
    room: Counter[tuple[str, int]] = Counter()
    for domain, target in targets.items():
        for third, count in enumerate(quotas(_THIRDS, target).counts):
            room[domain, third] = count
    return room


def _take_turns(
    queues: Mapping[str, list[Unit]], chosen: list[Unit], size: int, *, allow_enemies: bool
) -> None:
    """Take from the domain with fewest questions so far, until nothing suits."""
    got = Counter(member.domain for unit in chosen for member in unit.members)
    enemies = {enemy for unit in chosen for enemy in unit.enemies}
    open_domains = list(queues)
    while open_domains:
        domain = min(open_domains, key=lambda name: got[name])
        room = size - got.total()
        unit = next(
            (
                unit
                for unit in queues[domain]
                if len(unit.members) <= room and (allow_enemies or not unit.enemies & enemies)
            ),
            None,
        )
        if unit is None:
            open_domains.remove(domain)
            continue
        queues[domain].remove(unit)
        chosen.append(unit)
        got += unit.counts
        enemies |= unit.enemies


def _off_weight(shares: Mapping[str, int], got: Counter[str]) -> list[str]:
    return [
        f"weights:{domain}:{got[domain] - share:+d}"
        for domain, share in shares.items()
        if got[domain] != share
    ]


def _named(rule: str, counts: Counter[str]) -> list[str]:
    return [f"{rule}:{domain}:{count}" for domain, count in sorted(counts.items()) if count]


def _drawn(chosen: Sequence[Unit], size: int, relaxations: Sequence[str]) -> Draw:
    members = tuple(member for unit in chosen for member in unit.members)
    return Draw(
        members=members,
        relaxations=tuple(relaxations),
        shortfall=max(0, size - len(members)),
    )
