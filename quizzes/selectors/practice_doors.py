"""What may be practised: certifications, their domains, and how much is new to a student."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from certportal.accounts.models import User
from certportal.catalog.models import ExamDomain, ExamGuide
from quizzes.models import AttemptItem, Placement, Question, QuestionRevision
from quizzes.selectors.withholding import withheld_question_ids


@dataclass(frozen=True, slots=True)
class CertificationDoor:
    """A certification with questions to practise."""

    guide: ExamGuide
    questions: int
    unseen: int
    """Questions that were never drawn for this student; all of them for a stranger."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What the bank holds for practice, of a domain or of a whole guide."""

    questions: int = 0
    official: int = 0
    """Questions of a kind that the real exam uses."""
    unseen: int = 0
    chinese: int = 0
    unverified: int = 0

    def __add__(self, other: Stock) -> Stock:
        return Stock(
            self.questions + other.questions,
            self.official + other.official,
            self.unseen + other.unseen,
            self.chinese + other.chinese,
            self.unverified + other.unverified,
        )


@dataclass(frozen=True, slots=True)
class DomainDoor:
    """A domain with what the bank holds for it."""

    domain: ExamDomain
    stock: Stock
    withheld: int
    """Questions on the paper of an open timed attempt; left out until it ends."""

    @property
    def available(self) -> int:
        return self.stock.questions - self.withheld


@dataclass(frozen=True, slots=True)
class PracticeDoor:
    """One certification with its domains, ready to be chosen from."""

    guide: ExamGuide
    domains: tuple[DomainDoor, ...]

    @property
    def available(self) -> int:
        return sum(door.available for door in self.domains)

    @property
    def withheld(self) -> int:
        return sum(door.withheld for door in self.domains)


def certification_doors(student: User | None) -> tuple[CertificationDoor, ...]:
    """Every certification that has questions, in the catalogue's order: two statements."""
    placements = Placement.objects.for_practice().filter(guide__is_current=True)
    counts = {
        guide_id: (questions, unseen)
        for guide_id, questions, unseen in _with_sight(placements, student)
        .values("guide_id")
        .annotate(questions=Count("pk"), unseen=Count("pk", filter=Q(is_seen=False)))
        .values_list("guide_id", "questions", "unseen")
    }
    guides = (
        ExamGuide.objects.filter(pk__in=counts)
        .select_related("certification__vendor")
        .in_catalogue_order()
    )
    return tuple(CertificationDoor(guide, *counts[guide.pk]) for guide in guides)


def practice_counts() -> dict[int, int]:
    """Questions to practise by guide id: one statement."""
    return dict(
        Placement.objects.for_practice().order_by().values_list("guide_id").annotate(Count("pk"))
    )


def practice_door(guide: ExamGuide, student: User) -> PracticeDoor:
    """The domains of one guide that have questions: three statements."""
    stocks = stock_by_domain(guide, student)
    withheld = _withheld_by_domain(guide, student)
    return PracticeDoor(
        guide,
        tuple(
            DomainDoor(domain, stocks[domain.pk], withheld.get(domain.pk, 0))
            for domain in guide.domains.all()
            if domain.pk in stocks
        ),
    )


def stock_by_domain(guide: ExamGuide, student: User | None) -> dict[int, Stock]:
    """What the bank holds for practice, by domain id: one statement."""
    newest = QuestionRevision.objects.filter(question=OuterRef("question_id")).order_by("-number")
    rows = (
        _with_sight(Placement.objects.for_practice().filter(guide=guide), student)
        .annotate(chinese_stem=Subquery(newest.values("body__stem__zh-hans")[:1]))
        .values("domain_id")
        .annotate(
            questions=Count("pk"),
            official=Count("pk", filter=Q(question__kind__in=guide.official_kinds)),
            unseen=Count("pk", filter=Q(is_seen=False)),
            chinese=Count("pk", filter=Q(chinese_stem__isnull=False)),
            unverified=Count(
                "pk", filter=Q(question__verification=Question.Verification.UNVERIFIED)
            ),
        )
    )
    return {row.pop("domain_id"): Stock(**row) for row in rows}


def _with_sight(placements: QuerySet[Placement], student: User | None) -> QuerySet[Placement, Any]:
    """Placements with `is_seen`: whether the question was ever drawn for the student."""
    drawn = AttemptItem.objects.filter(question=OuterRef("question_id"), attempt__student=student)
    return placements.order_by().annotate(
        is_seen=Exists(drawn if student else AttemptItem.objects.none())
    )


def _withheld_by_domain(guide: ExamGuide, student: User) -> dict[int, int]:
    withheld = withheld_question_ids(student)
    if not withheld:
        return {}
    return dict(
        Placement.objects.for_practice()
        .filter(guide=guide, question_id__in=withheld)
        .order_by()
        .values_list("domain_id")
        .annotate(Count("pk"))
    )
