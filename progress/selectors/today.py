"""What a student does now: sittings to continue, work of classes, one next step, last results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery

from certportal.accounts.models import User
from certportal.catalog.models import Certification, ExamDomain, ExamGuide
from progress.selectors.due_work import DueWork, due_work
from quizzes.engine.review import EVERYTHING, When, released
from quizzes.engine.scoring import Interval
from quizzes.engine.terms import feedback_policy, pass_terms
from quizzes.models import Attempt, AttemptItem
from quizzes.selectors.domain_results import domain_results, shares_of, told_domains, weakest
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
    """One proposal. `kind` is `continue`, `class`, `weakest`, `practise` or `choose`."""

    kind: str
    sitting: OpenSitting | None = None
    work: DueWork | None = None
    weakest: WeakestDomain | None = None
    guide: ExamGuide | None = None
    size: int = STEP_SIZE


@dataclass(frozen=True, slots=True)
class Today:
    step: NextStep
    others: tuple[OpenSitting, ...]
    """Open sittings besides the one that the next step continues."""
    work: tuple[DueWork, ...]
    """What classes ask for and is not over, besides that of the next step."""
    results: tuple[PastAttempt, ...]
    practised: tuple[PractisedGuide, ...]

    @property
    def open_count(self) -> int:
        return len(self.others) + (self.step.sitting is not None)

    @property
    def is_new(self) -> bool:
        """Whether this person has not begun anything yet."""
        return not (self.step.sitting or self.results or self.practised or self.has_classes)

    @property
    def has_classes(self) -> bool:
        return bool(self.work or self.step.work)

    @property
    def overdue_count(self) -> int:
        rows = (*self.work, self.step.work) if self.step.work else self.work
        return sum(row.status.state == "overdue" for row in rows)


def today(student: User, sittings: Sequence[OpenSitting], *, now: datetime) -> Today:
    """At most four statements and those of `due_work`, whatever the student's history."""
    practised = _practised(student)
    results = tuple(past_attempt(row) for row in closed_attempts(student)[:_LAST_RESULTS])
    work = tuple(row for row in due_work(student, now=now) if not row.status.is_over)
    step = _next_step(student, sittings, practised, [it for it in work if it.is_pressing(now)])
    return Today(
        step=step,
        others=tuple(sitting for sitting in sittings if sitting is not step.sitting),
        work=tuple(row for row in work if row is not step.work),
        results=results,
        practised=practised,
    )


def _next_step(
    student: User,
    sittings: Sequence[OpenSitting],
    practised: Sequence[PractisedGuide],
    pressing: Sequence[DueWork],
) -> NextStep:
    """What is begun comes first, then what a class waits for, what a mock showed, what was last."""
    if sittings:
        return NextStep("continue", sitting=sittings[0])
    if pressing:
        return NextStep("class", work=pressing[0])
    lowest = _weakest_of_last_mock(student)
    if lowest:
        return NextStep("weakest", weakest=lowest, guide=lowest.domain.guide)
    if practised:
        return NextStep("practise", guide=practised[0].guide)
    return NextStep("choose")


def _practised(student: User) -> tuple[PractisedGuide, ...]:
    """Guides by the time of the last attempt, the latest first."""
    mine = Attempt.objects.for_student(student).exclude(status=Attempt.Status.VOIDED)
    of_guide = mine.filter(guide=OuterRef("pk")).order_by()
    # Summed apart: beside the columns of guides and names the rows would be wide to sort.
    given = of_guide.values("guide").annotate(
        n=Count("answers", filter=Q(answers__payload__isnull=False))
    )
    last = of_guide.values("guide").annotate(at=Max("started_at"))
    guides: list[Any] = list(
        ExamGuide.objects.filter(pk__in=mine.values("guide"))
        .annotate(given=Subquery(given.values("n")), last=Subquery(last.values("at")))
        .filter(given__gt=0)
        .select_related("certification")
        .order_by("-last")
    )
    return tuple(PractisedGuide(guide, guide.given) for guide in guides)


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
    domains = domain_results(items, shares, target=target)
    # Where questions are or were kept back, what tells of single ones is kept back here, too.
    always = released(feedback_policy(attempt.terms), When.AFTER_END) == EVERYTHING
    found = weakest(domains if always else told_domains(domains))
    if found is None:
        return None
    return WeakestDomain(
        domain=found.domain,
        points=found.points,
        n=found.n,
        interval=found.interval,
        sat_on=attempt.started_at,
    )
