"""How a student stands in the domains of an exam, from first answers only.

Repeated questions say little about what somebody knows, so each question counts
once: the first time it was answered, or its key was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Func, JSONField, OuterRef, Q, Subquery, TextField
from django.db.models.functions import Cast, Coalesce

from certportal.accounts.models import User
from certportal.catalog.models import ExamGuide
from quizzes.engine.kinds.registry import get_kind
from quizzes.engine.scoring import Interval, wilson
from quizzes.models import Attempt, AttemptItem, Score
from quizzes.selectors.withholding import withheld_items

FEWEST_ANSWERS = 10
"""Answers below which a share is not worth showing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """First answers in one domain, and how many of them were wholly right."""

    right: int
    n: int

    @property
    def is_known(self) -> bool:
        return self.n >= FEWEST_ANSWERS

    @property
    def share(self) -> float:
        return self.right / self.n if self.n else 0.0

    @property
    def interval(self) -> Interval:
        """The Wilson 90% interval of the share."""
        return wilson(self.right, self.n)


NOTHING = Standing(0, 0)


def standing_by_domain(guide: ExamGuide, student: User) -> dict[int, Standing]:
    """Standing by domain id: two statements.

    A question counts in the domain where this guide places it, also when it was
    answered for another certification that shares it.
    """
    rows = list(_first_exposures(guide, student))
    open_rights = _rights_of_open_practice([pk for pk, _, payload, share in rows if share is None])
    right: dict[int, int] = {}
    answered: dict[int, int] = {}
    for pk, domain_id, payload, share in rows:
        if payload is None:
            continue
        is_right = share == "1" if share is not None else open_rights[pk]
        answered[domain_id] = answered.get(domain_id, 0) + 1
        right[domain_id] = right.get(domain_id, 0) + is_right
    return {domain_id: Standing(right[domain_id], n) for domain_id, n in answered.items()}


def _first_exposures(guide: ExamGuide, student: User) -> Any:
    """Item, domain, answer and stored share of each question's first exposure."""
    shares = Score.objects.filter(attempt=OuterRef("attempt")).order_by("-number")
    of_closed_mocks = Q(
        ~Q(attempt__status__in=[Attempt.Status.OPEN, Attempt.Status.VOIDED]),
        attempt__mode=Attempt.Mode.MOCK,
        is_scored=True,
    )
    return (
        AttemptItem.objects.filter(
            of_closed_mocks | Q(answer__final_at__isnull=False),
            attempt__student=student,
            question__placements__guide=guide,
        )
        # A count that grows by one would tell whether the last answer was right.
        .exclude(question__in=withheld_items(student).values("question_id"))
        .annotate(
            exposed_at=Coalesce("answer__final_at", "attempt__ended_at"),
            share=Func(
                Subquery(shares.values("item_shares")[:1], output_field=JSONField()),
                Cast(F("position"), TextField()),
                template="(%(expressions)s)",
                arg_joiner=" ->> ",
                output_field=TextField(),
            ),
        )
        .order_by("question_id", "exposed_at")
        .distinct("question_id")
        .values_list("pk", "question__placements__domain_id", "answer__payload", "share")
    )


def _rights_of_open_practice(item_ids: list[int]) -> dict[int, bool]:
    """Answers that are final but not scored yet, graded as an exam would."""
    if not item_ids:
        return {}
    rows = AttemptItem.objects.filter(pk__in=item_ids).values_list(
        "pk", "revision__body", "revision__key", "answer__payload"
    )
    return {
        pk: get_kind(body["kind"]).grade(body, key, payload, rule="exam") == 1
        for pk, body, key, payload in rows
    }
