"""What a closed attempt says: score, domains, and question by question with reasons."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from certportal.accounts.models import User
from certportal.catalog.models import ExamDomain
from certportal.lib import charts
from quizzes.engine.scoring import Interval, wilson
from quizzes.engine.terms import PassTerms, pass_terms
from quizzes.models import Attempt, AttemptItem, Score
from quizzes.selectors.cards import Text, text_of
from quizzes.selectors.domain_results import (
    DomainResult,
    around,
    domain_results,
    shares_of,
    weakest,
)
from quizzes.selectors.exam_verdict import Verdict, exam_verdict
from quizzes.selectors.feedback import Feedback, Provenance, feedback
from quizzes.selectors.feedback_release import HiddenQuestions, hidden_questions
from quizzes.selectors.sittings import Sitting
from quizzes.selectors.withholding import ended_beside_an_open_paper, withheld_questions

NOT_RIGHT = ("wrong", "partly", "unanswered")
SHOWS = ("all", "wrong", "flagged")
_EARLIER_MOCKS = 5


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One question of the paper. `feedback` is None while it is withheld."""

    position: int
    domain: ExamDomain
    stem: Text
    verdict: str
    flag: bool
    feedback: Feedback | None
    provenance: Provenance
    is_scored: bool

    @property
    def my_words(self) -> str:
        """My answer in short; pairs say more in the fold than in a figure."""
        return "" if self.feedback is None or self.feedback.pairs else self.feedback.my_words


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
    rows: tuple[ResultRow, ...]
    shown: tuple[ResultRow, ...]
    show: str
    earlier: tuple[Decimal, ...]
    """Points of this student's earlier mocks of the same length, oldest first."""
    withheld_until: datetime | None
    """Set when some questions stand on the paper of a running exam."""
    hides_points: bool
    """Whether this ended while that exam was running, so that points would tell its answers."""
    answered: int
    hidden: HiddenQuestions | None
    """Set where an assignment keeps questions and answers to itself; then there are no rows."""

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


def result_page(found: Sitting, student: User, *, show: str, language: str) -> ResultPage:
    """The result of a closed attempt: at most five statements, whatever its length."""
    attempt = found.attempt
    score = attempt.scores.latest("number")
    hidden = hidden_questions(attempt, now=found.now)
    items = _items(attempt, hidden)
    withheld = withheld_questions(student)
    papers = [withheld[item.question_id] for item in items if item.question_id in withheld]
    shares = shares_of(score)
    rows = () if hidden else tuple(_row(item, shares, withheld, language) for item in items)
    points, n = sum(shares.values(), Fraction(0)), len(shares)
    terms = _pass_terms(attempt)
    target = float(terms.cut_fraction if terms else attempt.guide.cut_fraction)
    return ResultPage(
        attempt=attempt,
        score=score,
        points=points,
        n=n,
        interval=wilson(points, n),
        verdict=exam_verdict(terms, points, n) if terms else None,
        target=target,
        domains=domain_results(items, shares, target=target),
        rows=rows,
        shown=_shown(rows, show),
        show=show if show in SHOWS else "all",
        earlier=_earlier(attempt, n),
        withheld_until=max((paper.until for paper in papers), default=None),
        hides_points=any(paper.since <= (attempt.processed_at or paper.since) for paper in papers),
        answered=sum(_is_answered(item) for item in items if item.question_id not in withheld),
        hidden=hidden,
    )


def _items(attempt: Attempt, hidden: HiddenQuestions | None) -> list[AttemptItem]:
    """The paper; without its questions where they are not to be seen."""
    items = AttemptItem.objects.filter(attempt=attempt).order_by("position")
    if hidden:
        return list(items.select_related("domain", "answer"))
    return list(items.select_related("revision", "domain", "answer", "mark", "question"))


def _is_answered(item: AttemptItem) -> bool:
    answer = getattr(item, "answer", None)
    return answer is not None and answer.payload is not None


def _shown(rows: tuple[ResultRow, ...], show: str) -> tuple[ResultRow, ...]:
    if show == "wrong":
        return tuple(row for row in rows if row.verdict in NOT_RIGHT)
    if show == "flagged":
        return tuple(row for row in rows if row.flag)
    return rows


def _row(
    item: AttemptItem, shares: Mapping[int, Fraction], withheld: Container[int], language: str
) -> ResultRow:
    revision, answer = item.revision, getattr(item, "answer", None)
    mark = getattr(item, "mark", None)
    share = shares.get(item.position, Fraction(0))
    told = feedback(
        body=revision.body,
        key=revision.key,
        order=item.presentation_order,
        answer=answer.payload if answer else None,
        share=share,
        language=language,
    )
    hidden = item.question_id in withheld
    return ResultRow(
        position=item.position,
        domain=item.domain,
        stem=text_of(revision.body["stem"], language),
        verdict="withheld" if hidden else told.verdict,
        flag=bool(mark and mark.flag),
        feedback=None if hidden else told,
        provenance=Provenance.of(item.question),
        is_scored=item.is_scored,
    )


def _pass_terms(attempt: Attempt) -> PassTerms | None:
    """None for practice."""
    return pass_terms(attempt.terms) if attempt.mode == Attempt.Mode.MOCK else None


def _earlier(attempt: Attempt, n: int) -> tuple[Decimal, ...]:
    if attempt.mode != Attempt.Mode.MOCK:
        return ()
    points = (
        Score.objects.filter(
            attempt__student=attempt.student_id,
            attempt__exam=attempt.exam_id,
            attempt__started_at__lt=attempt.started_at,
            attempt__in=Attempt.objects.exclude(ended_beside_an_open_paper()),
            max_points=n,
        )
        .order_by("-attempt__started_at", "-number")
        .values_list("points", flat=True)[:_EARLIER_MOCKS]
    )
    return tuple(reversed(points))
