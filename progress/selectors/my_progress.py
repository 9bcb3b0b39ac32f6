"""How a student has come along: what was sat, answered and learned, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncWeek

from certportal.accounts.models import User
from certportal.catalog.models import Certification, ExamDomain, ExamGuide
from certportal.lib import charts
from certportal.lib.time_charts import TrendChart, trend_chart
from progress.models import Evidence
from progress.selectors.standing import NOTHING, Standing
from progress.selectors.study_days import StudyDays, study_day, study_days
from quizzes.engine.scoring import Interval, wilson
from quizzes.engine.terms import pass_terms
from quizzes.models import Attempt, Score
from quizzes.selectors.domain_results import around
from quizzes.selectors.exam_list import PastAttempt, closed_attempts, past_attempt
from quizzes.selectors.withholding import ended_beside_an_open_paper, withheld_items

STRETCHES = 6
STRETCH = timedelta(weeks=4)
MOST_MOCKS = 12
# Of the bars of mocks, which weigh the same.
_BAR_WEIGHT = 0.2


@dataclass(frozen=True, slots=True)
class WorkedOn:
    """A certification in the list of those that somebody has worked on."""

    certification: Certification
    answers: int
    standing: Standing
    mocks: int
    passed: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MyProgress:
    rows: tuple[WorkedOn, ...]
    days: StudyDays | None
    withheld: int
    """Questions that an open mock keeps out of all this."""


@dataclass(frozen=True, slots=True)
class MockLine:
    """One mock with its interval: a row that is a chart."""

    past: PastAttempt
    interval: Interval
    pass_line: int
    score_line: int | None
    """What the portal score has to reach, where the vendor publishes a scale."""
    bar: charts.DomainBar


@dataclass(frozen=True, slots=True)
class DomainTrend:
    """First answers in one domain, four weeks at a time and all together."""

    domain: ExamDomain
    standing: Standing
    stretches: tuple[Standing, ...]
    chart: TrendChart

    @property
    def change(self) -> str:
        """`up` or `down` where first and last interval lie apart, `unsettled`, or `unknown`."""
        known = [standing for standing in self.stretches if standing.is_known]
        if len(known) <= 1:
            return "unknown"
        before, now = known[0].interval, known[-1].interval
        if now.low > before.high:
            return "up"
        return "down" if now.high < before.low else "unsettled"


@dataclass(frozen=True, slots=True)
class Practised:
    practices: int
    answers: int
    standing: Standing
    """Of its first answers."""


@dataclass(frozen=True, slots=True)
class CertificationProgress:
    certification: Certification
    guide: ExamGuide | None
    """The version whose domains are shown: that of the latest answers."""
    mocks: tuple[MockLine, ...]
    practised: Practised
    domains: tuple[DomainTrend, ...]
    stretches: tuple[date, ...]
    """The Mondays on which the stretches of the trends begin."""
    days: StudyDays | None
    withheld: int

    @property
    def is_empty(self) -> bool:
        return not (self.mocks or self.guide)

    @property
    def up(self) -> list[DomainTrend]:
        return self._changed("up")

    @property
    def down(self) -> list[DomainTrend]:
        return self._changed("down")

    @property
    def unsettled(self) -> list[DomainTrend]:
        return self._changed("unsettled")

    @property
    def unknown(self) -> list[DomainTrend]:
        return self._changed("unknown")

    def _changed(self, change: str) -> list[DomainTrend]:
        return [row for row in self.domains if row.change == change]


def my_progress(student: User, *, now: datetime) -> MyProgress:
    """Every certification that the student has worked on, the latest first: five statements."""
    evidence = _counted(student)
    answered = {
        row["guide__certification"]: row
        for row in evidence.order_by()
        .values("guide__certification")
        .annotate(last=Max("answered_at"), **_counts())
    }
    mocks = _mocks_by_certification(student)
    known = Certification.objects.in_bulk(answered.keys() | mocks.keys())
    rows = [_worked_on(it, answered.get(pk, {}), mocks.get(pk, {})) for pk, it in known.items()]
    return MyProgress(
        rows=tuple(sorted(rows, key=lambda row: row.last_at, reverse=True)),
        days=study_days(evidence, today=study_day(student, now)),
        withheld=withheld_items(student).count(),
    )


def certification_progress(
    student: User, certification: Certification, *, now: datetime
) -> CertificationProgress:
    """One certification: at most seven statements, whatever the history."""
    today = study_day(student, now)
    evidence = _counted(student).filter(guide__certification=certification)
    guide = _guide_of_latest(evidence)
    starts = _starts(today)
    return CertificationProgress(
        certification=certification,
        guide=guide,
        mocks=_mocks(student, certification),
        practised=_practised(evidence),
        domains=_domains(evidence, guide, starts) if guide else (),
        stretches=starts,
        days=study_days(evidence, today=today),
        withheld=withheld_items(student)
        .filter(attempt__guide__certification=certification)
        .count(),
    )


def _counted(student: User) -> QuerySet[Evidence]:
    """All answers but those to questions of an open paper: they could tell its keys."""
    return Evidence.objects.filter(person=student).exclude(
        question__in=withheld_items(student).values("question_id")
    )


def _counts() -> dict[str, Any]:
    first = Q(exposure=1)
    return {
        "answers": Count("pk"),
        "first": Count("pk", filter=first),
        "right": Count("pk", filter=first & Q(is_right=True)),
    }


def _mocks_by_certification(student: User) -> dict[int, Any]:
    newest = Score.objects.filter(attempt=OuterRef("pk")).order_by("-number")
    rows = (
        Attempt.objects.for_student(student)
        .timed()
        .closed()
        .exclude(status=Attempt.Status.VOIDED)
        .exclude(ended_beside_an_open_paper())
        .annotate(passed_now=Subquery(newest.values("passed")[:1]))
        .order_by()
        .values("guide__certification")
        .annotate(
            mocks=Count("pk"),
            passed=Count("pk", filter=Q(passed_now=True)),
            last=Max("ended_at"),
        )
    )
    return {row["guide__certification"]: row for row in rows}


def _worked_on(
    certification: Certification, answered: Mapping[str, Any], mocks: Mapping[str, Any]
) -> WorkedOn:
    return WorkedOn(
        certification=certification,
        answers=answered.get("answers", 0),
        standing=Standing(answered.get("right", 0), answered.get("first", 0)),
        mocks=mocks.get("mocks", 0),
        passed=mocks.get("passed", 0),
        last_at=max(row["last"] for row in (answered, mocks) if row),
    )


def _guide_of_latest(evidence: QuerySet[Evidence]) -> ExamGuide | None:
    latest = evidence.order_by("-answered_at").values("guide")[:1]
    return ExamGuide.objects.filter(pk__in=latest).prefetch_related("domains").first()


def _mocks(student: User, certification: Certification) -> tuple[MockLine, ...]:
    rows = closed_attempts(student).filter(
        mode=Attempt.Mode.MOCK, guide__certification=certification
    )
    return tuple(_mock_line(past_attempt(row)) for row in rows[:MOST_MOCKS] if row.max_points)


def _mock_line(past: PastAttempt) -> MockLine:
    terms = pass_terms(past.attempt.terms)
    interval = wilson(past.points, past.out_of)
    return MockLine(
        past=past,
        interval=interval,
        pass_line=terms.pass_line(past.out_of),
        score_line=terms.scale[1] if terms.scale else None,
        bar=charts.domain_bar(
            around(past.share, interval), weight=_BAR_WEIGHT, target=float(terms.cut_fraction)
        ),
    )


def _practised(evidence: QuerySet[Evidence]) -> Practised:
    found = evidence.filter(mode=Attempt.Mode.PRACTICE).aggregate(
        practices=Count("attempt", distinct=True), **_counts()
    )
    return Practised(found["practices"], found["answers"], Standing(found["right"], found["first"]))


def _starts(today: date) -> tuple[date, ...]:
    """Six stretches of four weeks; the last one holds this week."""
    this_monday = today - timedelta(days=today.weekday())
    last = this_monday + timedelta(weeks=1) - STRETCH
    return tuple(last - STRETCH * n for n in reversed(range(STRETCHES)))


def _domains(
    evidence: QuerySet[Evidence], guide: ExamGuide, starts: Sequence[date]
) -> tuple[DomainTrend, ...]:
    weeks = (
        evidence.filter(guide=guide, exposure=1)
        .order_by()
        .values("domain", week=TruncWeek("study_day"))
        .annotate(n=Count("pk"), right=Count("pk", filter=Q(is_right=True)))
        .values_list("domain", "week", "right", "n")
    )
    by_domain: dict[int, list[tuple[date, Standing]]] = defaultdict(list)
    for domain, week, right, n in weeks:
        by_domain[domain].append((week, Standing(right, n)))
    target = float(guide.cut_fraction)
    return tuple(
        _trend(domain, by_domain[domain.pk], starts, target) for domain in guide.domains.all()
    )


def _trend(
    domain: ExamDomain,
    weeks: Sequence[tuple[date, Standing]],
    starts: Sequence[date],
    target: float,
) -> DomainTrend:
    stretches = tuple(
        _sum(standing for week, standing in weeks if start <= week < start + STRETCH)
        for start in starts
    )
    drawn = [(_estimate(it), it.is_known) if it.n else None for it in stretches]
    return DomainTrend(
        domain=domain,
        standing=_sum(standing for _, standing in weeks),
        stretches=stretches,
        chart=trend_chart(drawn, target=target),
    )


def _sum(standings: Any) -> Standing:
    total = NOTHING
    for it in standings:
        total = Standing(total.right + it.right, total.n + it.n)
    return total


def _estimate(standing: Standing) -> charts.Interval:
    return around(standing.share, standing.interval)
