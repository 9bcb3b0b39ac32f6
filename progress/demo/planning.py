"""Who means to sit down when, and to what: the weeks before now, as everybody planned them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from certportal.accounts.models import Membership
from progress.demo.history import WEAKEST, Mock, MockDoor, Plan, Practice, PracticeDoor
from progress.demo.simulating import Character, Habit, practice_sizes, study_moments
from quizzes.engine.terms import EffectiveTerms, deadline
from quizzes.models import Assignment
from quizzes.models.exam import Feedback
from quizzes.selectors.mock_offers import MockOffer
from quizzes.services.starting import mock_terms

WEEKS = 8
_LATE = 0.1
_SECOND_TRY = 0.25
_NEEDS = 0.35
_GOAL_FIRST = 0.55
_MOST_OF_ONE_DOMAIN = 10
_OWN_MOCKS = 3
_QUIET_SIZES = (10, 10)
_SHARE_OF_OWN_MOCKS = 0.3
_DAWN, _MORNING = 7, 9
_KEPT_FREE = timedelta(hours=6)
SITTING_NOW = {1: timedelta(minutes=22), 5: timedelta(minutes=35)}
"""By place in the class: who is in the middle of the second mock exam, and since when."""
NOT_STARTED = 0
"""The first of the demo students has the second mock exam still to do."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What there is to sit down to."""

    practice: PracticeDoor
    mock: MockDoor
    offer: MockOffer
    quiet: PracticeDoor
    assigned: Mapping[str, MockDoor]
    terms: Mapping[str, Mapping[int, EffectiveTerms]]
    """The rules by name of the assignment and person id."""
    goals: Sequence[Assignment]


@dataclass(frozen=True, slots=True)
class Term:
    """The weeks that are planned."""

    begin: datetime
    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Pupil:
    """Somebody in the class. Place 0 and 1 are those whom visitors sign in as."""

    place: int
    member: Membership
    character: Character
    answers: int
    """About how many this one gives."""
    is_in_quiet_class: bool = False


@dataclass(frozen=True, slots=True)
class _Diary:
    """A pupil whose plans are being made."""

    pupil: Pupil
    rng: random.Random
    until: datetime

    @property
    def person_id(self) -> int:
        return self.pupil.member.person_id

    @property
    def is_sitting_now(self) -> bool:
        return self.pupil.place in SITTING_NOW


class Planner:
    """Plans for one student after the other; the same seed makes the same plans."""

    def __init__(self, doors: Doors, term: Term, *, seed: int) -> None:
        self._doors = doors
        self._term = term
        self._seed = seed
        self._goals = [(goal, {it.key for it in goal.domains.all()}) for goal in doors.goals]

    def plans(self, pupil: Pupil) -> list[Plan]:
        """Everything that this one means to do."""
        rng = random.Random(f"{self._seed}:plan:{pupil.place}")  # noqa: S311
        diary = _Diary(pupil, rng, self._until(pupil))
        planned = self._fitting(diary, list(self._assigned(diary)))
        if pupil.is_in_quiet_class:
            planned += self._practices(diary, self._doors.quiet, _QUIET_SIZES)
        planned += self._own_mocks(diary, at_most=pupil.answers - _places(planned))
        sizes = practice_sizes(pupil.answers - _places(planned), rng)
        return planned + self._practices(diary, self._doors.practice, sizes)

    def _until(self, pupil: Pupil) -> datetime:
        """The end of this one's studies."""
        until = pupil.member.left_at or self._term.now
        if pupil.character.habit is Habit.STOPPED:
            until = min(until, self._term.begin + (self._term.now - self._term.begin) * 0.45)
        return until - _KEPT_FREE if pupil.place in SITTING_NOW else until

    def _assigned(self, diary: _Diary) -> Iterator[Plan]:
        for name, door in self._doors.assigned.items():
            terms = self._doors.terms[name].get(diary.person_id)
            if terms is None:
                continue
            sitting = Plan(self._term.now, diary.person_id, _sitting(door, terms), terms.last_start)
            if name == "second" and diary.is_sitting_now:
                yield replace(sitting, at=self._term.now - SITTING_NOW[diary.pupil.place])
                continue
            begins = self._begins(diary, name, terms)
            if begins is None or not diary.pupil.member.joined_at <= begins < diary.until:
                continue
            yield replace(sitting, at=begins)
            again = begins + timedelta(days=1, minutes=diary.rng.randint(-90, 90))
            is_tempted = (terms.attempts.value or 1) > 1 and diary.rng.random() < _SECOND_TRY
            if is_tempted and again < diary.until:
                yield replace(sitting, at=again)

    def _fitting(self, diary: _Diary, planned: list[Plan]) -> list[Plan]:
        """As much of it as somebody does who answers so few questions."""
        if diary.is_sitting_now or diary.pupil.place == NOT_STARTED:
            return planned
        kept: list[Plan] = []
        for plan in diary.rng.sample(planned, len(planned)):
            if _places([*kept, plan]) <= diary.pupil.answers:
                kept.append(plan)
        return kept

    def _begins(self, diary: _Diary, name: str, terms: EffectiveTerms) -> datetime | None:
        """When this one begins an assigned sitting; None who does not."""
        opens, due, last = terms.opens_at.value, terms.own_due, terms.last_start
        if opens is None or due is None or not self._works(diary, name):
            return None
        is_model = diary.pupil.place == NOT_STARTED
        if not is_model and last and last > due and diary.rng.random() < _LATE:
            return _by_day(due + (last - due) * diary.rng.random())
        latest = min(due - terms.duration, last or due)
        return _by_day(opens + (latest - opens) * diary.rng.betavariate(2.2, 1.2))

    def _works(self, diary: _Diary, name: str) -> bool:
        if diary.pupil.place == NOT_STARTED:
            return name != "second"
        diligence = diary.pupil.character.diligence
        return diary.is_sitting_now or diary.rng.random() < min(0.78 + 0.14 * diligence, 0.97)

    def _own_mocks(self, diary: _Diary, *, at_most: int) -> list[Plan]:
        """Mocks that nobody asked for, in the second half."""
        size = self._doors.mock.size
        if not size:
            return []
        count = min(int(max(at_most, 0) * _SHARE_OF_OWN_MOCKS) // size, _OWN_MOCKS)
        joined, person = diary.pupil.member.joined_at, diary.pupil.member.person
        half = joined + (diary.until - joined) * 0.4
        duration = timedelta(minutes=self._doors.offer.minutes)
        what = Mock(
            door=self._doors.mock,
            terms=mock_terms(person, self._doors.offer),
            deadline=lambda at: at + duration * float(person.own_extra_time_factor),
            shows_keys=True,
        )
        return [Plan(at, person.pk, what) for at in self._moments(diary, count, begin=half)]

    def _practices(self, diary: _Diary, door: PracticeDoor, sizes: Sequence[int]) -> list[Plan]:
        moments = self._moments(diary, len(sizes), begin=diary.pupil.member.joined_at)
        choose = self._domain if door is self._doors.practice else _no_domain
        return [
            Plan(moment, diary.person_id, Practice(door, size, choose(moment, size, diary.rng)))
            for moment, size in zip(moments, sizes, strict=False)
        ]

    def _moments(self, diary: _Diary, count: int, *, begin: datetime) -> list[datetime]:
        habit = diary.pupil.character.habit
        zone, rng = self._term.zone, diary.rng
        return study_moments(habit, count, begin=begin, end=diary.until, zone=zone, rng=rng)

    def _domain(self, moment: datetime, size: int, rng: random.Random) -> str:
        """What is asked for just now, or what needs it most, or everything."""
        if size > _MOST_OF_ONE_DOMAIN:
            return ""
        for goal, domains in self._goals:
            is_on = goal.opens_at and goal.due_at and goal.opens_at <= moment < goal.due_at
            if is_on and domains and rng.random() < _GOAL_FIRST:
                return rng.choice(sorted(domains))
        return WEAKEST if rng.random() < _NEEDS else ""


def _places(plans: Iterable[Plan]) -> int:
    """How many questions stand on the papers of these plans."""
    return sum(it.what.size if isinstance(it.what, Practice) else it.what.door.size for it in plans)


def _no_domain(_moment: datetime, _size: int, _rng: random.Random) -> str:
    return ""


def _sitting(door: MockDoor, terms: EffectiveTerms) -> Mock:
    ends: Callable[[datetime], datetime] = partial(deadline, terms=terms)
    shows_keys = terms.feedback.value == Feedback.AFTER_END
    return Mock(door, terms.frozen(), ends, shows_keys)


def _by_day(moment: datetime) -> datetime:
    """Nobody sits an exam in the small hours."""
    return moment + timedelta(hours=_MORNING) if moment.hour < _DAWN else moment
