"""What a closed attempt says: score, domains, pace, and question by question in one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from certportal.accounts.models import User
from certportal.lib import charts
from quizzes.engine.pacing import Statement
from quizzes.engine.scoring import Interval, wilson
from quizzes.engine.terms import PassTerms, pass_terms
from quizzes.models import Attempt, Score
from quizzes.selectors.domain_results import (
    DomainResult,
    around,
    domain_results,
    shares_of,
    told_domains,
    weakest,
)
from quizzes.selectors.exam_verdict import Verdict, exam_verdict
from quizzes.selectors.feedback_release import Release, release
from quizzes.selectors.result_history import LastSitting, ScoreChange, result_history
from quizzes.selectors.result_paper import (
    NOT_RIGHT,
    SHOWS,
    ResultRow,
    answer_to,
    items_of,
    pace_of,
    result_rows,
    shown_rows,
)
from quizzes.selectors.sittings import Sitting
from quizzes.selectors.withholding import withheld_questions


@dataclass(frozen=True, slots=True)
class ResultPage:
    attempt: Attempt
    score: Score
    points: Fraction
    n: int
    interval: Interval
    """Wilson 90% interval of the share."""
    verdict: Verdict | None
    """None for practice."""
    target: float
    """The share that passes."""
    domains: tuple[DomainResult, ...]
    untold: int
    """How many domains are left out, as their points would tell single answers."""
    practisable: frozenset[int]
    """Domains that there are questions to practise of."""
    rows: tuple[ResultRow, ...]
    shown: tuple[ResultRow, ...]
    show: str
    earlier: tuple[Decimal, ...]
    """Points of this student's earlier mocks of the same length, oldest first."""
    last: LastSitting | None
    changes: tuple[ScoreChange, ...]
    pace: tuple[Statement, ...]
    on_trial: tuple[int, ...]
    """Positions of the questions that do not count."""
    withheld_until: datetime | None
    """Set when some questions stand on the paper of a running exam."""
    hides_points: bool
    """Whether this ended while that exam was running, so that points would tell its answers."""
    answered: int
    release: Release
    """Where it hides questions, there are no rows."""

    @property
    def share(self) -> float:
        return float(self.points / self.n) if self.n else 0.0

    @property
    def wrong(self) -> int:
        return sum(row.verdict in NOT_RIGHT for row in self.rows)

    @property
    def flagged(self) -> int:
        return sum(row.flag for row in self.rows)

    @property
    def right(self) -> int:
        return sum(row.verdict == "right" for row in self.rows)

    @property
    def partly(self) -> int:
        return sum(row.verdict == "partly" for row in self.rows)

    @property
    def low(self) -> int:
        """The lower end of the interval, in questions."""
        return round(self.interval.low * self.n)

    @property
    def high(self) -> int:
        return round(self.interval.high * self.n)

    @property
    def half_width(self) -> int:
        """Half of the interval, in percentage points: how exactly so few questions measure."""
        return round((self.interval.high - self.interval.low) * 50)

    @property
    def above(self) -> list[DomainResult]:
        return [domain for domain in self.domains if domain.verdict == "above"]

    @property
    def below(self) -> list[DomainResult]:
        return [domain for domain in self.domains if domain.verdict == "below"]

    @property
    def unsettled(self) -> list[DomainResult]:
        return [domain for domain in self.domains if domain.verdict == "unsettled"]

    @property
    def widest(self) -> DomainResult | None:
        """The unsettled domain about which least is known."""
        return max(
            self.unsettled, key=lambda row: row.interval.high - row.interval.low, default=None
        )

    @property
    def chart(self) -> charts.IntervalChart:
        """The interval on the part of the scale where this result and the pass line stand."""
        line = self.verdict.pass_line if self.verdict else 0
        inner = wilson(self.points, self.n, confidence=0.5)
        least = min([self.interval.low * self.n, line, *map(float, self.earlier)])
        first = max(0, int(least * 0.8) // 5 * 5)
        return charts.interval_chart(
            around(float(self.points), self.interval, self.n),
            scale=(first, self.n),
            inner=(inner.low * self.n, inner.high * self.n),
            target=(line, _("pass line %(line)s") % {"line": line}),
            earlier=[float(points) for points in self.earlier],
        )

    @property
    def weakest(self) -> DomainResult | None:
        return weakest(self.domains)

    @property
    def to_practise(self) -> list[DomainResult]:
        """The domains below the target; where none is for sure, the one that may be weakest."""
        ready = [row for row in self.domains if row.domain.pk in self.practisable]
        lowest = weakest(ready)
        below = [row for row in ready if row.verdict == "below"]
        return below or ([lowest] if lowest else [])


def result_page(found: Sitting, student: User, *, show: str, language: str) -> ResultPage:
    """The result of a closed attempt: three statements, whatever its length.

    One more where its questions wait until everybody has sat it.
    """
    attempt = found.attempt
    history = result_history(attempt)
    shown = release(attempt, now=found.now)
    items = items_of(attempt, shown)
    withheld = withheld_questions(student)
    papers = [withheld[item.question_id] for item in items if item.question_id in withheld]
    shares = shares_of(history.score)
    hides = shown.hides_questions
    rows = () if hides else result_rows(items, shares, withheld, language)
    points, n = sum(shares.values(), Fraction(0)), len(shares)
    terms = _pass_terms(attempt)
    target = float(terms.cut_fraction if terms else attempt.guide.cut_fraction)
    domains = domain_results(items, shares, target=target)
    told = told_domains(domains) if hides else domains
    return ResultPage(
        attempt=attempt,
        score=history.score,
        points=points,
        n=n,
        interval=wilson(points, n),
        verdict=exam_verdict(terms, points, n) if terms else None,
        target=target,
        domains=told,
        untold=len(domains) - len(told),
        practisable=frozenset(
            item.domain_id for item in items if getattr(item, "can_practise", False)
        ),
        rows=rows,
        shown=shown_rows(rows, show),
        show=show if show in SHOWS else "all",
        earlier=history.earlier,
        last=history.last,
        changes=history.changes,
        pace=pace_of(attempt, items, shares, shown),
        on_trial=tuple(item.position for item in items if not item.is_scored),
        withheld_until=max((paper.until for paper in papers), default=None),
        hides_points=any(paper.since <= (attempt.processed_at or paper.since) for paper in papers),
        answered=sum(
            item.is_scored and item.question_id not in withheld and answer_to(item) is not None
            for item in items
        ),
        release=shown,
    )


def _pass_terms(attempt: Attempt) -> PassTerms | None:
    """None for practice."""
    return pass_terms(attempt.terms) if attempt.mode == Attempt.Mode.MOCK else None
