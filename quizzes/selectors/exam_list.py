"""Mock exams: what is on offer, what one asks, and how the earlier ones went."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Prefetch, Q, Subquery

from certportal.accounts.models import User
from certportal.catalog.models import Certification, ExamDomain, ExamGuide
from quizzes.engine.scoring import pass_line
from quizzes.engine.terms import pass_terms
from quizzes.models import Attempt, Exam, Score
from quizzes.selectors.mock_offers import MockOffer, mock_offers
from quizzes.selectors.withholding import ended_beside_an_open_paper

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Missing:
    """How many questions a domain lacks for the smallest mock."""

    domain: ExamDomain
    count: int


@dataclass(frozen=True, slots=True)
class ExamOffer:
    """A mock exam as it could be sat now, or why it cannot."""

    exam: Exam | None
    mock: MockOffer

    @property
    def guide(self) -> ExamGuide:
        return self.mock.guide

    @property
    def certification(self) -> Certification:
        return self.guide.certification

    @property
    def available(self) -> bool:
        return self.mock.available and self.exam is not None

    @property
    def reason(self) -> str:
        return self.mock.reason

    @property
    def size(self) -> int:
        return self.mock.size

    @property
    def minutes(self) -> int:
        return self.mock.minutes

    @property
    def pass_line(self) -> int:
        return pass_line(self.size, self.guide.cut_fraction)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The domains that lack questions, in the guide's order."""
        counts = self.mock.missing
        return tuple(
            Missing(domain, counts[domain.key])
            for domain in self.guide.domains.all()
            if counts.get(domain.key)
        )

    @property
    def missing_total(self) -> int:
        return sum(row.count for row in self.missing)


@dataclass(frozen=True, slots=True)
class ExamList:
    """What the page of mock exams offers, apart from the student's own attempts."""

    offered: tuple[ExamOffer, ...]
    others: tuple[ExamOffer, ...]


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """A closed attempt in one line."""

    attempt: Attempt
    points: Decimal
    out_of: int
    """Questions of a mock; of a practice those that were answered."""
    passed: bool | None
    portal_score: int | None
    """None where the vendor publishes no scale, and for practice."""

    @property
    def certification(self) -> Certification:
        return self.attempt.guide.certification

    @property
    def share(self) -> float:
        return float(self.points) / self.out_of if self.out_of else 0.0


def exam_list() -> ExamList:
    """Every current guide with its mock or the reason why there is none: four statements."""
    guides = list(
        ExamGuide.objects.current()
        .select_related("certification__vendor")
        .prefetch_related("domains", catalogue_exams())
        .in_catalogue_order()
    )
    offers = mock_offers(guides)
    rows = [ExamOffer(_exam_of(guide), offers[guide.pk]) for guide in guides]
    return ExamList(
        tuple(row for row in rows if row.available),
        tuple(row for row in rows if not row.available),
    )


def exam_offer(guide: ExamGuide) -> ExamOffer:
    """The mock of one guide: at most three statements."""
    return ExamOffer(_exam_of(guide), mock_offers([guide])[guide.pk])


def catalogue_exams() -> Prefetch[str]:
    """To prefetch the mock of each guide without those that instructors make."""
    return Prefetch("exams", queryset=Exam.objects.for_everybody())


def exam_by_slug(slug: str) -> Exam:
    """A mock of the catalogue; others have no page of their own. Raises Exam.DoesNotExist."""
    return (
        Exam.objects.for_everybody()
        .select_related("guide__certification__vendor")
        .prefetch_related("guide__domains", "guide__certification__successions__successor")
        .get(slug=slug)
    )


def past_attempts(student: User, *, page: int | str = 1) -> Page[PastAttempt]:
    """The student's closed attempts, the latest first: two statements a page."""
    found = Paginator(closed_attempts(student), PER_PAGE).get_page(page)
    found.object_list = [past_attempt(attempt) for attempt in found.object_list]
    return found


def closed_attempts(student: User) -> Any:
    """Closed attempts with their newest score; practices without any answer are left out.

    So is, for the time being, what ended beside an open mock with questions of it.
    """
    newest = Score.objects.filter(attempt=OuterRef("pk")).order_by("-number")
    return (
        Attempt.objects.for_student(student)
        .closed()
        .exclude(status=Attempt.Status.VOIDED)
        .exclude(ended_beside_an_open_paper())
        .select_related("guide__certification", "exam", "assignment__classroom")
        .annotate(
            points=Subquery(newest.values("points")[:1]),
            max_points=Subquery(newest.values("max_points")[:1]),
            passed=Subquery(newest.values("passed")[:1]),
            answered=Count("answers", filter=Q(answers__payload__isnull=False)),
        )
        .filter(Q(mode=Attempt.Mode.MOCK) | Q(answered__gt=0))
        .order_by("-started_at")
    )


def past_attempt(attempt: Any) -> PastAttempt:
    """One line from a row of `closed_attempts`."""
    is_mock = attempt.mode == Attempt.Mode.MOCK
    points = attempt.points or Decimal(0)
    return PastAttempt(
        attempt=attempt,
        points=points,
        out_of=attempt.max_points or 0 if is_mock else attempt.answered,
        passed=attempt.passed,
        portal_score=pass_terms(attempt.terms).portal_score(points, attempt.max_points or 0)
        if is_mock
        else None,
    )


def _exam_of(guide: ExamGuide) -> Exam | None:
    return next((exam for exam in guide.exams.all() if exam.is_shipped), None)
