"""What may be drawn: questions, and blocks of questions that stay together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question as the draw sees it, for one student and one exam guide.

    `recent` means seen in the last 14 days or in the last 2 mock exams. Questions
    with the same `enemy_group` never stand on one paper; questions with the same
    `block` are drawn together or not at all. Empty text: none.
    """

    question_id: int
    domain: str
    enemy_group: str
    official: bool
    difficulty: int
    last_seen: datetime | None
    recent: bool
    exposure: int
    block: str = ""

    @property
    def day_seen(self) -> int:
        """The day (UTC) on which the student last saw it; 0 when never, so it sorts first."""
        return 0 if self.last_seen is None else self.last_seen.astimezone(UTC).toordinal()


@dataclass(frozen=True, slots=True)
class Unit:
    """What is drawn in one piece: one question, or all questions of a block."""

    members: tuple[Candidate, ...]

    @property
    def first_id(self) -> int:
        return self.members[0].question_id

    @property
    def counts(self) -> Counter[str]:
        return Counter(member.domain for member in self.members)

    @property
    def enemies(self) -> frozenset[str]:
        return frozenset(member.enemy_group for member in self.members if member.enemy_group)

    @property
    def is_peaceful(self) -> bool:
        """Whether no two of its own questions are enemies."""
        groups = [member.enemy_group for member in self.members if member.enemy_group]
        return len(groups) == len(set(groups))


def units_of(
    candidates: Iterable[Candidate], *, domains: Collection[str] | None = None
) -> list[Unit]:
    """The units that can stand on a paper, by smallest question id.

    A block with a question outside the domains, or with enemies inside, cannot.

    Raises:
        ValueError: a question appears twice.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.question_id)
    if len({candidate.question_id for candidate in ordered}) != len(ordered):
        raise ValueError("a question appears twice among the candidates")
    groups: dict[tuple[str, int], list[Candidate]] = {}
    for candidate in ordered:
        name = (candidate.block, 0) if candidate.block else ("", candidate.question_id)
        groups.setdefault(name, []).append(candidate)
    allowed = {candidate.domain for candidate in ordered} if domains is None else set(domains)
    units = [Unit(tuple(members)) for members in groups.values()]
    return [unit for unit in units if unit.is_peaceful and unit.counts.keys() <= allowed]
