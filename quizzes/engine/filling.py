"""Whether a stock of questions can fill given places, enemies apart and blocks whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from quizzes.engine.candidates import Unit

MAX_NODES = 20_000
"""Combinations of blocks that are looked at. Far beyond real banks; without blocks none is."""


class Stock:
    """A stock of units, asked how far it can fill places by domain.

    Exact: enemy groups are assigned to domains by maximum matching, also where a
    group spans several domains; blocks are searched by branch and bound.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        self._free: Counter[str] = Counter()
        self._groups: dict[str, set[str]] = {}
        self._blocks: list[Unit] = []
        for unit in units:
            self._add(unit)

    def _add(self, unit: Unit) -> None:
        if len(unit.members) > 1:
            self._blocks.append(unit)
            return
        question = unit.members[0]
        if question.enemy_group:
            self._groups.setdefault(question.enemy_group, set()).add(question.domain)
        else:
            self._free[question.domain] += 1

    def fills(self, needs: Mapping[str, int]) -> bool:
        """Whether every domain can get exactly as many questions as it needs."""
        return self.best_fill(needs) == Counter(needs)

    def best_fill(self, needs: Mapping[str, int]) -> Counter[str]:
        """Questions by domain of a fullest filling that gives no domain too many."""
        return _Search(self._free, self._groups, self._blocks, needs).best


class _Search:
    """Branch and bound over blocks; single questions fill the rest of every branch."""

    def __init__(
        self,
        free: Counter[str],
        groups: Mapping[str, AbstractSet[str]],
        blocks: list[Unit],
        needs: Mapping[str, int],
    ) -> None:
        self._free = free
        self._groups = groups
        self._blocks = blocks
        self._needs = Counter(needs)
        self._seen: set[tuple[int, frozenset[tuple[str, int]], frozenset[str]]] = set()
        self.best: Counter[str] = Counter()
        self._visit(0, self._needs, frozenset())

    def _visit(self, start: int, needs: Counter[str], used: frozenset[str]) -> None:
        node = (start, frozenset(needs.items()), used)
        if node in self._seen or len(self._seen) >= MAX_NODES:
            return
        self._seen.add(node)
        groups = {name: domains for name, domains in self._groups.items() if name not in used}
        filled = (self._needs - needs) + _fill_singles(needs, self._free, groups)
        if filled.total() > self.best.total():
            self.best = filled
        for index in range(start, len(self._blocks)):
            if self._bound(index, needs, groups) <= self.best.total():
                return
            block = self._blocks[index]
            if block.counts <= needs and not block.enemies & used:
                self._visit(index + 1, needs - block.counts, used | block.enemies)

    def _bound(
        self, start: int, needs: Counter[str], groups: Mapping[str, AbstractSet[str]]
    ) -> int:
        """No filling from here holds more: the bound lets blocks be torn apart."""
        loose = self._free.copy()
        for block in self._blocks[start:]:
            loose += block.counts
        taken = self._needs - needs
        return taken.total() + _fill_singles(needs, loose, groups).total()


def _fill_singles(
    needs: Counter[str], free: Counter[str], groups: Mapping[str, AbstractSet[str]]
) -> Counter[str]:
    """The fullest filling by single questions, at most one of each enemy group."""
    lacking = needs - free
    assigned: dict[str, list[str]] = {domain: [] for domain in lacking}

    def assign(group: str, tried: set[str]) -> bool:
        for domain in sorted(groups[group] & assigned.keys() - tried):
            tried.add(domain)
            if len(assigned[domain]) < lacking[domain]:
                assigned[domain].append(group)
                return True
            for other in assigned[domain]:
                if assign(other, tried):
                    assigned[domain].remove(other)
                    assigned[domain].append(group)
                    return True
        return False

    for group in sorted(groups):
        assign(group, set())
    filled = needs & free
    for domain, taken in assigned.items():
        filled[domain] += len(taken)
    return +filled
