"""What a student does now: sittings to continue, one next step, the last results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.db.models import Count, Max, Q

from certportal.accounts.models import User
from certportal.catalog.models import Certification, ExamDomain, ExamGuide
from quizzes.engine.scoring import Interval
from quizzes.engine.terms import pass_terms
from quizzes.models import Attempt, AttemptItem
from quizzes.selectors.domain_results import domain_results, shares_of, weakest
from quizzes.selectors.exam_list import PastAttempt, closed_attempts, past_attempt
from quizzes.selectors.open_sittings import OpenSitting

_LAST_RESULTS = 5
STEP_SIZE = 10
"""Questions of a practice that the page proposes."""


@dataclass(frozen=True, slots=True)
class WeakestDomain:
    """The weakest domain of the last mock, as its result page names it, too."""

    domain: ExamDomain
    points: Fraction
    n: int
    interval: Interval
    sat_on: datetime


@dataclass(frozen=True, slots=True)
class PractisedGuide:
    """A certification that the student has worked on, with the answers given."""

    guide: ExamGuide
    answers: int

    @property
    def certification(self) -> Certification:
        return self.guide.certification


@dataclass(frozen=True, slots=True)
class NextStep:
    """One proposal. `kind` is `continue`, `weakest`, `practise` or `choose`."""

    kind: str
    sitting: OpenSitting | None = None
    weakest: WeakestDomain | None = None
    guide: ExamGuide | None = None
    size: int = STEP_SIZE


@dataclass(frozen=True, slots=True)
class Today:
    step: NextStep
    others: tuple[OpenSitting, ...]
    """Open sittings besides the one that the next step continues."""
    results: tuple[PastAttempt, ...]
    practised: tuple[PractisedGuide, ...]

    @property
    def open_count(self) -> int:
        return len(self.others) + (self.step.sitting is not None)

    @property
    def is_new(self) -> bool:
        """Whether this person has not begun anything yet."""
        return not (self.step.sitting or self.results or self.practised)


def today(student: User, sittings: Sequence[OpenSitting]) -> Today:
    """At most six statements, whatever the student's history."""
    practised = _practised(student)
    results = tuple(past_attempt(row) for row in closed_attempts(student)[:_LAST_RESULTS])
    step = _next_step(student, sittings, practised)
    others = tuple(sitting for sitting in sittings if sitting is not step.sitting)
    return Today(step, others, results, practised)


def _next_step(
    student: User, sittings: Sequence[OpenSitting], practised: Sequence[PractisedGuide]
) -> NextStep:
    """What is begun comes first, then what a mock showed, then what was practised last."""
    if sittings:
        return NextStep("continue", sitting=sittings[0])
    lowest = _weakest_of_last_mock(student)
    if lowest:
        return NextStep("weakest", weakest=lowest, guide=lowest.domain.guide)
    if practised:
        return NextStep("practise", guide=practised[0].guide)
    return NextStep("choose")


def _practised(student: User) -> tuple[PractisedGuide, ...]:
    """Guides by the time of the last attempt, the latest first."""
    rows = list(
        Attempt.objects.for_student(student)
        .exclude(status=Attempt.Status.VOIDED)
        .values("guide_id")
        .annotate(
            given=Count("answers", filter=Q(answers__payload__isnull=False)),
            last=Max("started_at"),
        )
        .filter(given__gt=0)
        .order_by("-last")
        .values_list("guide_id", "given")
    )
    guides = ExamGuide.objects.select_related("certification").in_bulk([pk for pk, _ in rows])
    return tuple(PractisedGuide(guides[pk], answers) for pk, answers in rows)


def _weakest_of_last_mock(student: User) -> WeakestDomain | None:
    attempt = (
        Attempt.objects.for_student(student)
        .timed()
        .closed()
        .exclude(status=Attempt.Status.VOIDED)
        .order_by("-started_at")
        .first()
    )
    if attempt is None:
        return None
    shares = shares_of(attempt.scores.latest("number"))
    items = list(
        AttemptItem.objects.filter(attempt=attempt).select_related("domain__guide__certification")
    )
    target = float(pass_terms(attempt.terms).cut_fraction)
    found = weakest(domain_results(items, shares, target=target))
    if found is None:
        return None
    return WeakestDomain(
        domain=found.domain,
        points=found.points,
        n=found.n,
        interval=found.interval,
        sat_on=attempt.started_at,
    )
