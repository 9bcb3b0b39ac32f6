"""What a closed attempt says: score, domains, and question by question with reasons."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from certportal.accounts.models import User
from certportal.catalog.models import ExamDomain
from certportal.lib import charts
from quizzes.engine.scoring import (
    Interval,
    certainty_of_pass,
    domain_breakdown,
    pass_line,
    scaled_score,
    wilson,
)
from quizzes.models import Attempt, AttemptItem, Question, Score
from quizzes.selectors.cards import Feedback, Provenance, Text, feedback, text_of
from quizzes.selectors.withholding import ended_beside_an_open_paper, withheld_questions

SURE = 0.95
"""Chance from which a result is called clear."""

NOT_RIGHT = ("wrong", "partly", "unanswered")
SHOWS = ("all", "wrong", "flagged")
_EARLIER_MOCKS = 5


def _around(value: float, interval: Interval, size: int = 1) -> charts.Interval:
    """An interval of shares as a chart takes it; rounding never puts the value outside."""
    low, high = interval.low * size, interval.high * size
    return charts.Interval(value, min(low, value), max(high, value))


@dataclass(frozen=True, slots=True)
class DomainResult:
    """k points of n questions in one domain, with its Wilson 90% interval."""

    domain: ExamDomain
    points: Fraction
    n: int
    interval: Interval
    verdict: str
    """`above` or `below` when the whole interval is, else `unsettled`."""
    target: float

    @property
    def share(self) -> float:
        return float(self.points / self.n)

    @property
    def bar(self) -> charts.DomainBar:
        return charts.domain_bar(
            _around(self.share, self.interval),
            weight=float(self.domain.weight) / 100,
            target=self.target,
        )


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
class PortalScore:
    """The score on the vendor's range, a linear estimate of this portal."""

    value: int
    low: int
    high: int
    scale: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Pass or not, with how sure that is."""

    passed: bool
    pass_line: int
    cut_is_estimate: bool
    chance: float
    """The probability that the true level lies above the line, 0 to 1."""
    words: str
    """`passed_clearly`, `passed_narrowly`, `failed_narrowly` or `failed_clearly`."""
    portal: PortalScore | None

    @property
    def in_ten(self) -> int:
        """The chance in natural frequencies, 0 to 10."""
        return round(self.chance * 10)

    @property
    def in_words(self) -> str:
        """Whether the figure says enough: `always`, `never` or `sometimes`."""
        return {0: "never", 10: "always"}.get(self.in_ten, "sometimes")


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
    def answered(self) -> int:
        return sum(row.verdict not in {"unanswered", "withheld"} for row in self.rows)

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
    def target(self) -> float:
        return _target(self.attempt)

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
            _around(float(self.points), self.interval, self.n),
            scale=(first, self.n),
            inner=(inner.low * self.n, inner.high * self.n),
            target=(line, _("pass line %(line)s") % {"line": line}),
            earlier=[float(points) for points in self.earlier],
        )

    @property
    def weakest(self) -> DomainResult | None:
        """The domain where practice should add most: the lowest share, then the wider interval."""
        improvable = [domain for domain in self.domains if domain.points < domain.n]
        return min(improvable, key=lambda d: (d.share, -d.n), default=None)


def result_page(attempt: Attempt, student: User, *, show: str, language: str) -> ResultPage:
    """The result of a closed attempt: four statements, whatever its length."""
    score = attempt.scores.latest("number")
    items = list(
        AttemptItem.objects.filter(attempt=attempt)
        .select_related("revision", "domain", "answer", "mark", "question")
        .order_by("position")
    )
    withheld = withheld_questions(student)
    papers = [withheld[item.question_id] for item in items if item.question_id in withheld]
    shares = {int(place): Fraction(share) for place, share in score.item_shares.items()}
    rows = tuple(_row(item, shares, withheld, language) for item in items)
    points, n = sum(shares.values(), Fraction(0)), len(shares)
    return ResultPage(
        attempt=attempt,
        score=score,
        points=points,
        n=n,
        interval=wilson(points, n),
        verdict=_verdict(attempt, points, n),
        domains=_domains(items, shares, _target(attempt)),
        rows=rows,
        shown=_shown(rows, show),
        show=show if show in SHOWS else "all",
        earlier=_earlier(attempt, n),
        withheld_until=max((paper.until for paper in papers), default=None),
        hides_points=any(paper.since <= (attempt.processed_at or paper.since) for paper in papers),
    )


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
        provenance=Provenance(
            is_unverified=item.question.verification == Question.Verification.UNVERIFIED,
            checked_on=item.question.checked_on,
        ),
        is_scored=item.is_scored,
    )


def _domains(
    items: Sequence[AttemptItem], shares: Mapping[int, Fraction], target: float
) -> tuple[DomainResult, ...]:
    scored = [item for item in items if item.position in shares]
    domains = {item.domain.key: item.domain for item in scored}
    totals = domain_breakdown((item.domain.key, shares[item.position]) for item in scored)
    return tuple(
        _domain_result(domain, totals[key].k, totals[key].n, target)
        for key, domain in sorted(domains.items(), key=lambda pair: pair[1].position)
    )


def _domain_result(domain: ExamDomain, points: Fraction, n: int, target: float) -> DomainResult:
    interval = wilson(points, n)
    verdict = "unsettled"
    if interval.low > target:
        verdict = "above"
    elif interval.high < target:
        verdict = "below"
    return DomainResult(domain, points, n, interval, verdict, target)


def _target(attempt: Attempt) -> float:
    return float(_term(attempt, "cut_fraction") or attempt.guide.cut_fraction)


def _term(attempt: Attempt, name: str) -> Any:
    return attempt.terms.get(name, {}).get("value")


def _verdict(attempt: Attempt, points: Fraction, n: int) -> Verdict | None:
    if attempt.mode != Attempt.Mode.MOCK:
        return None
    cut = _term(attempt, "cut_fraction")
    line = pass_line(n, cut)
    passed = points >= line
    chance = certainty_of_pass(points, n, cut)
    clear = chance >= SURE if passed else chance <= 1 - SURE
    return Verdict(
        passed=passed,
        pass_line=line,
        cut_is_estimate=attempt.terms["cut_fraction"]["origin"] == "estimate",
        chance=chance,
        words=f"{'passed' if passed else 'failed'}_{'clearly' if clear else 'narrowly'}",
        portal=_portal_score(attempt, points, n, cut),
    )


def _portal_score(attempt: Attempt, points: Fraction, n: int, cut: str) -> PortalScore | None:
    """The piecewise linear score with the scores of its interval's ends."""
    scale = _term(attempt, "scale")
    if scale is None:
        return None
    low, mid, high = scale
    interval = wilson(points, n)

    def scaled(value: Fraction | float) -> int:
        return scaled_score(value, n, cut_fraction=cut, scale=(low, mid, high)).value

    return PortalScore(
        value=scaled(points),
        low=scaled(interval.low * n),
        high=scaled(interval.high * n),
        scale=(low, mid, high),
    )


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
