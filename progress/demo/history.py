"""Lets simulated students sit down one after the other and writes down what they do."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from certportal.accounts.models import User
from certportal.catalog.models import ExamGuide
from progress.demo.answers import Answer, Sheet, right_answer, wrong_answer
from progress.demo.pricing import MISKEYED, SET_SLUG
from progress.demo.simulating import Learner, Trait, trait_of
from quizzes.engine.drawing import Candidate, Draw, draw, practice_draw
from quizzes.engine.kinds.registry import get_kind
from quizzes.engine.terms import term
from quizzes.models import Assignment, Attempt, Exam, Placement, QuestionRevision
from quizzes.selectors.candidates import MOCKS_SEEN_LATELY, SEEN_LATELY, stock
from quizzes.selectors.exam_blueprint import Blueprint
from quizzes.services.closing import IDLE_PRACTICE, SWEEP_MARGIN
from quizzes.services.replaying import Act, End, Replay

_UNFINISHED_PRACTICES = 0.03
_SKIPPED = 0.012
_SECOND_THOUGHTS = 0.06
_PAUSE = timedelta(minutes=4)
_OWN_SHARPNESS = 3.4
"""Of the instructor's questions: few as they are, they tell the students apart."""
_MISKEYED_HARDNESS, _MISKEYED_SHARPNESS = 0.6, 6.0


@dataclass(frozen=True, slots=True)
class Bank:
    """Every question that the history may use, as its students see it."""

    sheets: Mapping[int, Sheet]
    traits: Mapping[int, Trait]

    @classmethod
    def of(cls, guides: Sequence[ExamGuide]) -> Bank:
        """A question of several guides counts in the first of them. A statement a guide."""
        domains: dict[int, str] = {}
        for guide in reversed(guides):
            placements = Placement.objects.filter(guide=guide)
            domains |= dict(placements.values_list("question_id", "domain__key"))
        sheets, traits = {}, {}
        newest = QuestionRevision.objects.filter(question_id__in=domains).newest()
        for revision in newest.select_related("question__home_set"):
            sheet = _sheet(revision)
            sheets[revision.question_id] = sheet
            traits[revision.question_id] = _trait(revision, sheet, domains[revision.question_id])
        return cls(sheets, traits)


def _sheet(revision: QuestionRevision) -> Sheet:
    question = revision.question
    name = question.external_id
    if question.home_set.slug == SET_SLUG and name in MISKEYED:
        truth = {**revision.key, "correct": [MISKEYED[name]]}
        return Sheet(name, revision.body, truth, lure=revision.key["correct"][0])
    return Sheet(name, revision.body, revision.key)


def _trait(revision: QuestionRevision, sheet: Sheet, domain: str) -> Trait:
    body = revision.body
    trait = trait_of(
        revision.question_id,
        domain=domain,
        difficulty=revision.question.difficulty,
        floor=float(get_kind(body["kind"]).guess_floor(body)),
        name=sheet.name,
    )
    if sheet.lure:
        return replace(trait, hardness=_MISKEYED_HARDNESS, sharpness=_MISKEYED_SHARPNESS)
    is_own = revision.question.home_set.slug == SET_SLUG
    return replace(trait, sharpness=_OWN_SHARPNESS) if is_own else trait


@dataclass(slots=True)
class Student:
    """Somebody who studies, with what the drawing of papers looks at."""

    person: User
    learner: Learner
    rng: random.Random
    busy_until: datetime
    last_seen: dict[int, datetime] = field(default_factory=dict)
    mocks: deque[frozenset[int]] = field(default_factory=lambda: deque(maxlen=MOCKS_SEEN_LATELY))


@dataclass(frozen=True, slots=True)
class PracticeDoor:
    """A guide to practise, with its questions as the draw sees them."""

    guide: ExamGuide
    stock: Sequence[Candidate]

    @classmethod
    def of(cls, guide: ExamGuide) -> PracticeDoor:
        placements = Placement.objects.for_practice().filter(guide=guide)
        return cls(guide, stock(placements).get(guide.pk, []))


@dataclass(frozen=True, slots=True)
class MockDoor:
    """A mock exam that may be sat, by itself or as an assignment."""

    exam: Exam
    guide: ExamGuide
    weights: Mapping[str, Decimal]
    size: int
    stock: Sequence[Candidate]
    assignment: Assignment | None = None

    @classmethod
    def of(cls, blueprint: Blueprint, assignment: Assignment | None = None) -> MockDoor:
        return cls(
            exam=blueprint.exam,
            guide=blueprint.guide,
            weights=blueprint.weights,
            size=blueprint.size,
            stock=stock(blueprint.placements).get(blueprint.guide.pk, []),
            assignment=assignment,
        )


@dataclass(frozen=True, slots=True)
class Practice:
    """So many questions; an empty domain means all, `weakest` the one that needs it most."""

    door: PracticeDoor
    size: int
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Mock:
    """A sitting under these terms."""

    door: MockDoor
    terms: Mapping[str, Any]
    deadline: Callable[[datetime], datetime]
    shows_keys: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Somebody means to sit down at this moment. `by` is when it is too late for it."""

    at: datetime
    student: int
    what: Practice | Mock
    by: datetime | None = None


@dataclass(slots=True)
class _Desk:
    """One sitting while it goes on."""

    student: Student
    picks: Sequence[int]
    clock: datetime
    acts: list[Act] = field(default_factory=list)


class Historian:
    """Goes through plans in order of time. The same seed tells the same history."""

    def __init__(self, bank: Bank, students: Mapping[int, Student], *, now: datetime) -> None:
        """`students` by person id; nothing happens after `now`."""
        self._bank = bank
        self._students = students
        self._now = now
        self._exposures: Counter[int] = Counter()

    def tell(self, plans: Iterable[Plan]) -> list[Replay]:
        """What came of the plans; some come to nothing because the day was full."""
        told = (self._sit(plan) for plan in sorted(plans, key=lambda it: (it.at, it.student)))
        return [replay for replay in told if replay is not None]

    def _sit(self, plan: Plan) -> Replay | None:
        student = self._students[plan.student]
        begin = max(plan.at, student.busy_until)
        if begin >= min(plan.by or self._now, self._now):
            return None
        seed = student.rng.getrandbits(62)
        paper = self._draw(plan.what, student, begin, seed)
        if not paper.picks:
            return None
        self._note(student, paper.picks, begin)
        attempt = Attempt(
            student=student.person,
            guide=plan.what.door.guide,
            started_at=begin,
            seed=seed,
            relaxations=list(paper.relaxations),
        )
        desk = _Desk(student, paper.picks, begin + timedelta(seconds=2))
        if isinstance(plan.what, Practice):
            return self._practise(attempt, desk)
        return self._sit_mock(attempt, desk, plan.what)

    def _draw(self, what: Practice | Mock, student: Student, at: datetime, seed: int) -> Draw:
        seen_as = self._candidates(what, student, at)
        if isinstance(what, Practice):
            return practice_draw(seen_as, size=what.size, seed=seed)
        return draw(seen_as, weights=what.door.weights, size=what.door.size, seed=seed)

    def _candidates(
        self, what: Practice | Mock, student: Student, at: datetime
    ) -> Collection[Candidate]:
        domain = what.domain if isinstance(what, Practice) else ""
        if domain == WEAKEST:
            domain = student.learner.weakest()
        lately = at - SEEN_LATELY
        in_mocks: set[int] = set().union(*student.mocks)
        return [
            Candidate(
                question_id=it.question_id,
                domain=it.domain,
                enemy_group=it.enemy_group,
                official=it.official,
                difficulty=it.difficulty,
                last_seen=(seen := student.last_seen.get(it.question_id)),
                recent=it.question_id in in_mocks or (seen is not None and seen > lately),
                exposure=self._exposures[it.question_id],
                block=it.block,
            )
            for it in what.door.stock
            if not domain or it.domain == domain
        ]

    def _note(self, student: Student, picks: Sequence[int], at: datetime) -> None:
        student.last_seen.update(dict.fromkeys(picks, at))
        self._exposures.update(picks)

    def _practise(self, attempt: Attempt, desk: _Desk) -> Replay:
        attempt.mode = Attempt.Mode.PRACTICE
        # The button under a practice question posts a plain form, which opens an epoch.
        attempt.epoch, attempt.epoch_opened_by = 2, Attempt.Opener.FORM
        attempt.terms = {"questions": term(len(desk.picks), "choice")}
        rng = desk.student.rng
        stops_at = len(desk.picks)
        if rng.random() < _UNFINISHED_PRACTICES:
            stops_at = rng.randint(1, stops_at)
        for position in range(1, stops_at + 1):
            if not self._answer(desk, position, until=self._now, final=True):
                break
            desk.clock += timedelta(seconds=rng.uniform(4, 25))
        desk.student.busy_until = desk.clock + _PAUSE
        return Replay(attempt, desk.picks, desk.acts, self._end_of_practice(desk))

    def _end_of_practice(self, desk: _Desk) -> End | None:
        if len(desk.acts) == len(desk.picks) and desk.clock < self._now:
            return End(Attempt.Status.SUBMITTED, desk.clock, desk.clock)
        # Nobody came back; the sweeper ends what lies for a week.
        swept = desk.clock + IDLE_PRACTICE + SWEEP_MARGIN
        return End(Attempt.Status.EXPIRED, swept, swept) if swept < self._now else None

    def _sit_mock(self, attempt: Attempt, desk: _Desk, mock: Mock) -> Replay:
        attempt.mode = Attempt.Mode.MOCK
        attempt.exam, attempt.assignment = mock.door.exam, mock.door.assignment
        attempt.terms = dict(mock.terms)
        attempt.deadline_at = deadline = mock.deadline(attempt.started_at)
        desk.student.mocks.append(frozenset(desk.picks))
        until = min(deadline, self._now)
        is_through = self._go_through(desk, until=until)
        end = self._end_of_mock(attempt, desk, deadline, is_through=is_through)
        desk.student.busy_until = end.processed_at + _PAUSE if end else self._now
        if end and mock.shows_keys:
            for act in desk.acts:
                trait = self._bank.traits[desk.picks[act.position - 1]]
                desk.student.learner.learn(trait, end.processed_at)
        return Replay(attempt, desk.picks, desk.acts, end)

    def _go_through(self, desk: _Desk, *, until: datetime) -> bool:
        """Answer the paper from first to last; False when there was no time for all of it."""
        for position in range(1, len(desk.picks) + 1):
            is_skipped = desk.student.rng.random() < _SKIPPED
            if not is_skipped and not self._answer(desk, position, until=until):
                return False
        self._think_again(desk, until=until)
        return True

    def _end_of_mock(
        self, attempt: Attempt, desk: _Desk, deadline: datetime, *, is_through: bool
    ) -> End | None:
        pressed = desk.clock + timedelta(seconds=desk.student.rng.uniform(5, 60))
        if is_through and pressed <= min(deadline, self._now):
            return End(Attempt.Status.SUBMITTED, pressed, pressed)
        swept = deadline + attempt.grace + SWEEP_MARGIN
        return End(Attempt.Status.EXPIRED, deadline, swept) if swept < self._now else None

    def _answer(self, desk: _Desk, position: int, *, until: datetime, final: bool = False) -> bool:
        """Answer one question; False when it would be too late."""
        student, question_id = desk.student, desk.picks[position - 1]
        trait = self._bank.traits[question_id]
        seconds = student.learner.seconds(trait, student.rng)
        at = desk.clock + timedelta(seconds=seconds)
        if at >= until:
            return False
        knows = student.rng.random() < student.learner.chance(trait, at)
        act = Act(position, desk.clock, at, self._write(question_id, knows, student.rng), final)
        if not final:
            act = replace(act, visible_ms=int(seconds * 1000), changes=1)
        else:
            student.learner.learn(trait, at)
        desk.acts.append(act)
        desk.clock = at
        return True

    def _write(self, question_id: int, knows: bool, rng: random.Random) -> Answer:
        sheet = self._bank.sheets[question_id]
        return right_answer(sheet) if knows else wrong_answer(sheet, rng)

    def _think_again(self, desk: _Desk, *, until: datetime) -> None:
        """Go back to a few questions before the end and answer them anew."""
        rng = desk.student.rng
        for act in [it for it in desk.acts if rng.random() < _SECOND_THOUGHTS]:
            question_id = desk.picks[act.position - 1]
            seconds = rng.uniform(8, 30)
            at = desk.clock + timedelta(seconds=seconds)
            if at >= until:
                return
            knows = rng.random() < desk.student.learner.chance(self._bank.traits[question_id], at)
            again = replace(
                act,
                at=at,
                answer=self._write(question_id, knows, rng),
                visible_ms=(act.visible_ms or 0) + int(seconds * 1000),
                changes=2,
            )
            desk.acts.append(again)
            desk.clock = at


WEAKEST = "weakest"
"""The domain of a practice that its student chooses by need."""
