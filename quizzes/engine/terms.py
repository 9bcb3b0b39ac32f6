"""The terms of one sitting: its effective rules, frozen at the start, each with its origin."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from quizzes.engine.exact import Number
from quizzes.engine.scoring import pass_line, scaled_score

T = TypeVar("T")
_MINUTE = 60_000_000
"""Microseconds."""


class Origin(enum.StrEnum):
    """Where a rule comes from; `Term.source` names it where there are several of a kind."""

    GUIDE = "guide"
    BANK = "bank"
    ESTIMATE = "estimate"
    EXAM = "exam"
    ASSIGNMENT = "assignment"
    LABEL = "label"
    PERSON = "person"
    """An exception for this person."""
    MEMBER = "member"
    """Extra time that somebody has in one class."""
    ACCOUNT = "account"
    """Extra time that somebody has in every class."""
    PORTAL = "portal"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Term(Generic[T]):
    """One rule with its origin."""

    value: T
    origin: Origin
    source: str = ""
    """The name of the label, assignment, exam or guide."""

    def frozen(self) -> dict[str, object]:
        named = {"source": self.source} if self.source else {}
        return {**term(_plain(self.value), self.origin.value), **named}


@dataclass(frozen=True, slots=True)
class LateRule:
    """What happens to work that ends after it was due: one rule, inherited as a whole."""

    policy: str
    """`accept`, `deduct` or `refuse`."""
    deduction: int = 0
    """Percent of the score."""


@dataclass(frozen=True, slots=True)
class ExamRules:
    """What an exam asks for, before anybody's exceptions."""

    questions: Term[int]
    minutes: Term[int]
    cut_fraction: Term[str]
    scale: Term[tuple[int, int, int] | None]
    feedback: Term[str]


NO_EXAM = ExamRules(
    questions=Term(0, Origin.PORTAL),
    minutes=Term(0, Origin.PORTAL),
    cut_fraction=Term("0", Origin.PORTAL),
    scale=Term(None, Origin.PORTAL),
    feedback=Term("after_end", Origin.PORTAL),
)
"""For a practice goal: nothing is timed and nothing can be passed."""


@dataclass(frozen=True, slots=True)
class AssignmentRules:
    """What an assignment says to everybody. No date and no number mean: no limit."""

    title: str
    late: LateRule
    counting: str = "best"
    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    attempts: int | None = None
    feedback: str = ""
    """Empty: that of the exam."""


@dataclass(frozen=True, slots=True)
class ExceptionRules:
    """Other rules for a label or a person; `None` is inherited."""

    label: str = ""
    """Empty for a person's own."""
    rank: tuple[int, int] = (0, 0)
    """Of several labels the lowest decides each field that it names."""
    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    attempts: int | None = None
    minutes: int | None = None
    late: LateRule | None = None

    @property
    def origin(self) -> Origin:
        return Origin.LABEL if self.label else Origin.PERSON


@dataclass(frozen=True, slots=True)
class ExtraTime:
    """More time for one person, from one of the places where it can be given."""

    factor: Decimal
    origin: Origin
    source: str = ""


@dataclass(frozen=True, slots=True)
class EffectiveTerms:
    """The rules of one sitting of one person. Dates are those written down, before extra time."""

    questions: Term[int]
    minutes: Term[int]
    """Before extra time."""
    extra_time: Term[Decimal]
    """The factor, 1 without any."""
    cut_fraction: Term[str]
    scale: Term[tuple[int, int, int] | None]
    feedback: Term[str]
    grace_seconds: Term[int]
    opens_at: Term[datetime | None]
    due_at: Term[datetime | None]
    closes_at: Term[datetime | None]
    attempts: Term[int | None]
    counting: Term[str]
    late: Term[LateRule]

    @property
    def duration(self) -> timedelta:
        """With extra time."""
        return timedelta(microseconds=int(self.minutes.value * self.extra_time.value * _MINUTE))

    @property
    def extra(self) -> timedelta:
        """What extra time adds; it moves due time and closing, too."""
        return self.duration - timedelta(minutes=self.minutes.value)

    @property
    def own_due(self) -> datetime | None:
        """After this moment the work of this person is late."""
        return self.due_at.value and self.due_at.value + self.extra

    @property
    def own_close(self) -> datetime | None:
        """From this moment nothing of this person goes on."""
        return self.closes_at.value and self.closes_at.value + self.extra

    @property
    def last_start(self) -> datetime | None:
        """From this moment on the closing cuts the time of a sitting short."""
        return self.own_close and self.own_close - self.duration

    def frozen(self) -> dict[str, Any]:
        """As an attempt keeps them."""
        late = self.late.value
        return {
            "questions": self.questions.frozen(),
            "minutes": self.minutes.frozen(),
            "extra_time": self.extra_time.frozen(),
            "cut_fraction": self.cut_fraction.frozen(),
            "scale": self.scale.frozen(),
            "grace_seconds": self.grace_seconds.frozen(),
            "feedback": self.feedback.frozen(),
            "opens_at": self.opens_at.frozen(),
            "due_at": self.due_at.frozen(),
            "closes_at": self.closes_at.frozen(),
            "attempts": self.attempts.frozen(),
            "counting": self.counting.frozen(),
            "late": Term(late.policy, self.late.origin, self.late.source).frozen(),
            "late_deduction": Term(late.deduction, self.late.origin, self.late.source).frozen(),
            "late_after": Term(self.own_due, self.due_at.origin, self.due_at.source).frozen(),
        }


def effective_terms(
    *,
    assignment: AssignmentRules,
    exam: ExamRules = NO_EXAM,
    exceptions: Iterable[ExceptionRules] = (),
    extra_times: Iterable[ExtraTime] = (),
    grace_seconds: int = 0,
) -> EffectiveTerms:
    """The rules of one person's sitting: person before labels before assignment before exam.

    `exceptions` are those that apply to this person. Extra times never multiply: the
    largest counts, and of equal ones the first in the order account, member, labels.
    """
    ranked = sorted(exceptions, key=lambda it: (bool(it.label), it.rank, it.label))
    given = {
        name: Term(getattr(assignment, name), Origin.ASSIGNMENT, assignment.title)
        for name in ("opens_at", "due_at", "closes_at", "attempts", "late")
    }
    own_feedback = Term(assignment.feedback, Origin.ASSIGNMENT, assignment.title)
    return EffectiveTerms(
        questions=exam.questions,
        minutes=_inherited("minutes", ranked, exam.minutes),
        extra_time=_largest(extra_times),
        cut_fraction=exam.cut_fraction,
        scale=exam.scale,
        feedback=own_feedback if assignment.feedback else exam.feedback,
        grace_seconds=Term(grace_seconds, Origin.PORTAL),
        counting=Term(assignment.counting, Origin.ASSIGNMENT, assignment.title),
        **{name: _inherited(name, ranked, default) for name, default in given.items()},
    )


def deadline(start: datetime, terms: EffectiveTerms) -> datetime:
    """When a sitting that begins at `start` is over: its time is up, or this person's closing.

    The closing moves by the extra time, so it takes nothing of that away. The deadline
    lies after `start` wherever `refusal` allows one.
    """
    end = start + terms.duration
    return min(end, terms.own_close) if terms.own_close else end


def refusal(terms: EffectiveTerms, *, now: datetime, used: int) -> str:
    """Why nothing can begin now, after `used` sittings; empty when it can.

    `not_open`, `closed`, `past_due` (with a policy that refuses late work) or `none_left`.
    """
    if terms.opens_at.value and now < terms.opens_at.value:
        return "not_open"
    if terms.own_close and now >= terms.own_close:
        return "closed"
    if terms.late.value.policy == "refuse" and terms.own_due and now > terms.own_due:
        return "past_due"
    if terms.attempts.value is not None and used >= terms.attempts.value:
        return "none_left"
    return ""


def _inherited(name: str, ranked: Sequence[ExceptionRules], default: Term[Any]) -> Term[Any]:
    for rules in ranked:
        value = getattr(rules, name)
        if value is not None:
            return Term(value, rules.origin, rules.label)
    return default


_GIVERS = (Origin.ACCOUNT, Origin.MEMBER, Origin.LABEL)


def _largest(extra_times: Iterable[ExtraTime]) -> Term[Decimal]:
    found = [it for it in extra_times if it.factor > 1]
    if not found:
        return Term(Decimal(1), Origin.PORTAL)
    best = min(found, key=lambda it: (-it.factor, _GIVERS.index(it.origin), it.source))
    return Term(best.factor, best.origin, best.source)


def _plain(value: object) -> object:
    """What JSON can hold."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value.normalize())
    return list(value) if isinstance(value, tuple) else value


def term(value: object, origin: str) -> dict[str, object]:
    """One rule as it is frozen; `origin` is the value of an `Origin`."""
    return {"value": value, "origin": origin}


@dataclass(frozen=True, slots=True)
class LateTerms:
    """What the frozen terms of an assigned sitting say about lateness."""

    after: datetime | None
    deduction: int
    """Percent; 0 where late work counts in full."""

    def is_late(self, ended_at: datetime) -> bool:
        return self.after is not None and ended_at > self.after


def late_terms(terms: Mapping[str, Any]) -> LateTerms:
    """Nothing is late in a sitting that nobody assigned."""
    after = terms.get("late_after", {}).get("value")
    return LateTerms(
        after=datetime.fromisoformat(after) if after else None,
        deduction=terms.get("late_deduction", {}).get("value", 0),
    )


def feedback_policy(terms: Mapping[str, Any]) -> str:
    """`after_end`, `after_close` or `score_only`; practice always tells at once."""
    policy: str = terms.get("feedback", {}).get("value", "after_end")
    return policy


@dataclass(frozen=True, slots=True)
class PassTerms:
    """What it takes to pass, as it was when the sitting began."""

    cut_fraction: str
    cut_is_estimate: bool
    scale: tuple[int, int, int] | None
    """Lowest, passing and highest score where the vendor publishes them."""

    def pass_line(self, n: int) -> int:
        """The smallest number of points out of `n` that passes."""
        return pass_line(n, self.cut_fraction)

    def portal_score(self, points: Number, n: int) -> int | None:
        """The portal's estimate on the vendor's scale; `None` without scale or questions."""
        if self.scale is None or not n:
            return None
        return scaled_score(points, n, cut_fraction=self.cut_fraction, scale=self.scale).value


def pass_terms(terms: Mapping[str, Any]) -> PassTerms:
    """What the frozen terms of a mock exam say about passing.

    Raises:
        KeyError: they are those of a practice, which cannot be passed.
    """
    cut = terms["cut_fraction"]
    scale = terms["scale"]["value"]
    return PassTerms(
        cut_fraction=cut["value"],
        cut_is_estimate=cut["origin"] == "estimate",
        scale=(scale[0], scale[1], scale[2]) if scale else None,
    )
