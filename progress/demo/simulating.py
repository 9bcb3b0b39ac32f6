"""Students who never were: what they can do, when they study, what they know and remember."""

from __future__ import annotations

import enum
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PRACTICE_SIZES = (5, 10, 20, 30)
_SIZE_WEIGHTS = (20, 45, 30, 5)
SLOWEST_SECONDS, QUICKEST_SECONDS = 240.0, 6.0
_USUAL_SECONDS = 58.0
_SPREAD_OF_SECONDS = 0.45
_FRESH_MEMORY = 0.85
_HALF_LIFE_DAYS = 4.0
_MOST_REPEATS = 3
"""More often makes nothing firmer."""
_MOST_SESSIONS_A_DAY = 3
_SATURDAY = 5


class Habit(enum.StrEnum):
    """When somebody studies."""

    EVENINGS = "evenings"
    WEEKENDS = "weekends"
    STEADY = "steady"
    GAPS = "gaps"
    STOPPED = "stopped"
    CRAMS = "crams"


_USUAL_HABITS = (Habit.EVENINGS, Habit.WEEKENDS, Habit.STEADY, Habit.GAPS)
_RARE_HABITS = (Habit.STOPPED, Habit.CRAMS, Habit.STOPPED)
"""Those with a story of their own: never more of them, however large the class."""
_HOURS = {
    Habit.EVENINGS: (18.5, 21.5),
    Habit.WEEKENDS: (9.5, 17.5),
    Habit.STEADY: (7.0, 20.5),
    Habit.GAPS: (17.0, 21.0),
    Habit.STOPPED: (16.0, 21.0),
    Habit.CRAMS: (9.0, 21.5),
}


@dataclass(frozen=True, slots=True)
class Trait:
    """A question as those see it who answer it. Hardness is on the scale of ability."""

    question_id: int
    domain: str
    hardness: float
    sharpness: float
    """How well it tells those who know from those who do not."""
    floor: float
    """The chance of somebody who knows nothing."""


@dataclass(frozen=True, slots=True)
class Character:
    """What a student brings along."""

    habit: Habit
    ability: Mapping[str, float]
    growth: float
    """What practice adds."""
    pace: float
    """1 is usual; more is slower."""
    diligence: float
    """How much of the work this one does; 1 is usual."""


def characters(count: int, *, domains: Sequence[str], seed: int) -> list[Character]:
    """A class: most are somewhere in the middle, three have a story of their own."""
    rng = random.Random(f"{seed}:characters")  # noqa: S311 - reproducible, not secret
    rare = dict(zip(_rare_places(count), _RARE_HABITS, strict=False))
    return [
        _character(rng, rare.get(place) or rng.choice(_USUAL_HABITS), domains)
        for place in range(count)
    ]


def _rare_places(count: int) -> list[int]:
    """Spread over the class, never its first ones, whom visitors look at most."""
    if count < 2 * len(_RARE_HABITS):
        return []
    return [count * (index + 1) // (len(_RARE_HABITS) + 1) for index in range(len(_RARE_HABITS))]


def _character(rng: random.Random, habit: Habit, domains: Sequence[str]) -> Character:
    general = rng.gauss(0.0, 1.0)
    scant = habit in {Habit.STOPPED, Habit.CRAMS}
    return Character(
        habit=habit,
        ability={domain: general + rng.gauss(0, 0.45) for domain in domains},
        growth=rng.uniform(0.1, 0.35),
        pace=rng.lognormvariate(0, 0.22),
        diligence=rng.uniform(0.3, 0.5) if scant else rng.uniform(0.7, 1.4),
    )


def trait_of(question_id: int, *, domain: str, difficulty: int, floor: float, name: str) -> Trait:
    """What a question is like; by its name, so that it is the same in every demonstration."""
    rng = random.Random(f"trait:{name}")  # noqa: S311
    return Trait(
        question_id=question_id,
        domain=domain,
        hardness=0.55 * (difficulty - 3) + 0.5 + rng.gauss(0, 0.5),
        sharpness=rng.uniform(1.0, 1.9),
        floor=floor,
    )


def temptations(wrong: Sequence[str], *, name: str) -> dict[str, float]:
    """How much each wrong option attracts; one is a common misconception."""
    rng = random.Random(f"temptation:{name}")  # noqa: S311
    weights = {option: rng.uniform(0.15, 0.4) for option in wrong}
    if wrong:
        weights[rng.choice(list(wrong))] += rng.uniform(0.5, 1.2)
    return weights


@dataclass(slots=True)
class Learner:
    """A student over time: answering teaches, having seen the reasons is remembered a while."""

    character: Character
    _answered: Counter[str] = field(default_factory=Counter)
    _keys_seen: dict[int, tuple[int, datetime]] = field(default_factory=dict)

    def level(self, domain: str) -> float:
        """Ability in a domain now: it grows quickly first and then slowly."""
        practised = math.log1p(self._answered[domain] / 20)
        return self.character.ability.get(domain, 0.0) + self.character.growth * practised

    def chance(self, trait: Trait, at: datetime) -> float:
        """The chance to know or to guess the answer."""
        distance = self.level(trait.domain) + self._memory(trait.question_id, at) - trait.hardness
        knows = 1 / (1 + math.exp(-trait.sharpness * distance))
        return trait.floor + (1 - trait.floor) * knows

    def learn(self, trait: Trait, at: datetime) -> None:
        """Read the reasons after an answer."""
        times, _last = self._keys_seen.get(trait.question_id, (0, at))
        self._keys_seen[trait.question_id] = (times + 1, at)
        self._answered[trait.domain] += 1

    def weakest(self) -> str:
        """The domain that most needs practice."""
        return min(self.character.ability, key=self.level)

    def seconds(self, trait: Trait, rng: random.Random) -> float:
        """How long this one looks at a question before answering."""
        strain = min(max(trait.hardness - self.level(trait.domain), -1.5), 1.5)
        usual = _USUAL_SECONDS * self.character.pace * (1 + 0.18 * strain)
        drawn = rng.lognormvariate(math.log(usual), _SPREAD_OF_SECONDS)
        return min(max(drawn, QUICKEST_SECONDS), SLOWEST_SECONDS)

    def _memory(self, question_id: int, at: datetime) -> float:
        if question_id not in self._keys_seen:
            return 0.0
        times, last = self._keys_seen[question_id]
        repeats = min(times - 1, _MOST_REPEATS)
        days = max((at - last) / timedelta(days=1), 0.0)
        firmness = _FRESH_MEMORY * (1 + 0.25 * repeats)
        return firmness * math.exp2(-days / (_HALF_LIFE_DAYS + 2 * repeats))


def practice_sizes(total: int, rng: random.Random) -> list[int]:
    """Sizes of practices that have `total` questions together."""
    sizes: list[int] = []
    while (left := total - sum(sizes)) > 0:
        sizes.append(min(left, rng.choices(PRACTICE_SIZES, _SIZE_WEIGHTS)[0]))
    return sizes


def study_moments(
    habit: Habit, count: int, *, begin: datetime, end: datetime, zone: ZoneInfo, rng: random.Random
) -> list[datetime]:
    """`count` moments at which somebody with this habit sits down, in order.

    Where the days do not suffice for so many, there are fewer.
    """
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    weights = _day_weights(habit, days, rng)
    open_days = [day for day, weight in zip(days, weights, strict=True) if weight > 0]
    room = Counter(dict.fromkeys(open_days, _MOST_SESSIONS_A_DAY))
    moments: list[datetime] = []
    while len(moments) < count and room.total():
        left = [weight * (room[day] > 0) for day, weight in zip(days, weights, strict=True)]
        day = rng.choices(days, left)[0]
        room[day] -= 1
        moment = _moment(habit, day, zone, rng)
        if begin <= moment < end:
            moments.append(moment)
    return sorted(moments)


def _day_weights(habit: Habit, days: Sequence[date], rng: random.Random) -> list[float]:
    weekend, weekday = {
        Habit.WEEKENDS: (1.0, 0.12),
        Habit.STEADY: (0.9, 1.0),
    }.get(habit, (0.45, 1.0))
    weights = [weekend if day.weekday() >= _SATURDAY else weekday for day in days]
    if habit is Habit.STOPPED:
        keeps = max(int(len(days) * rng.uniform(0.35, 0.5)), 1)
        return [weight * (index < keeps) for index, weight in enumerate(weights)]
    if habit is Habit.CRAMS:
        return [
            weight * math.exp(6 * (index + 1) / len(days)) for index, weight in enumerate(weights)
        ]
    if habit is Habit.GAPS:
        return _with_gaps(weights, rng)
    return weights


def _with_gaps(weights: list[float], rng: random.Random) -> list[float]:
    """Two holes of about a tenth and a seventh of the time, for a journey or a deadline."""
    holes = [(rng.random(), 1 / 10), (rng.random(), 1 / 7)]
    places = [
        (int(start * len(weights)), max(int(share * len(weights)), 1)) for start, share in holes
    ]
    with_holes = [
        weight * (not any(start <= index < start + length for start, length in places))
        for index, weight in enumerate(weights)
    ]
    return with_holes if any(with_holes) else weights


def _moment(habit: Habit, day: date, zone: ZoneInfo, rng: random.Random) -> datetime:
    earliest, latest = _HOURS[habit]
    seconds = int(rng.uniform(earliest, latest) * 3600)
    midnight = datetime.combine(day, time(0), tzinfo=zone)
    return midnight + timedelta(seconds=seconds, milliseconds=rng.randrange(1000))
