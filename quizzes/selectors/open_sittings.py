"""The attempts that a student has begun and may go on with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q

from certportal.accounts.models import User
from certportal.catalog.models import Certification, ExamDomain
from quizzes.engine.sitting import Phase
from quizzes.models import Attempt
from quizzes.models.evidence import ClockTimestamp


@dataclass(frozen=True, slots=True)
class OpenSitting:
    """An attempt to continue, as it stands now."""

    attempt: Attempt
    now: datetime
    total: int
    done: int
    """Questions answered; in practice those with their feedback seen."""
    next_position: int
    saved_at: datetime | None
    domain: ExamDomain | None
    """The domain of a practice that keeps to one."""

    @property
    def certification(self) -> Certification:
        return self.attempt.guide.certification

    @property
    def is_mock(self) -> bool:
        return self.attempt.is_timed

    @property
    def is_overdue(self) -> bool:
        return self.attempt.clock.phase(self.now) is Phase.OVERDUE

    @property
    def minutes_left(self) -> int:
        """Whole minutes to the deadline; the last one counts as 1."""
        if self.attempt.deadline_at is None:
            return 0
        return max(0, -((self.now - self.attempt.deadline_at) // timedelta(minutes=1)))


def open_sittings(student: User) -> tuple[OpenSitting, ...]:
    """Mocks first, by the time that is left; then practices, the latest first.

    One statement, and one more where a practice keeps to one domain.
    """
    # A mock's question counts once it is answered, a practice's once its feedback was shown.
    is_mock = Q(deadline_at__isnull=False)
    done = Q(is_mock, items__answer__payload__isnull=False) | Q(
        ~is_mock, items__answer__final_at__isnull=False
    )
    missing = Q(is_mock, items__answer__payload__isnull=True) | Q(
        ~is_mock, items__answer__final_at__isnull=True
    )
    in_open_section = Q(items__section=F("section"))
    attempts: list[Any] = list(
        Attempt.objects.for_student(student)
        .open()
        .select_related("guide__certification", "exam", "assignment__classroom")
        .annotate(
            # Aggregated, because a plain clock would tell every joined row apart.
            read_at=Max(ClockTimestamp()),
            total=Count("items"),
            done=Count("items", filter=done),
            next_position=Min("items__position", filter=missing & in_open_section),
            saved_at=Max("items__answer__saved_at"),
            first_domain=Min("items__domain"),
            last_domain=Max("items__domain"),
        )
        .order_by("deadline_at", "-started_at")
    )
    single = {attempt.first_domain for attempt in attempts if _keeps_to_one(attempt)}
    domains = ExamDomain.objects.in_bulk(single) if single else {}
    return tuple(
        OpenSitting(
            attempt=attempt,
            now=attempt.read_at,
            total=attempt.total,
            done=attempt.done,
            next_position=attempt.next_position or 1,
            saved_at=attempt.saved_at,
            domain=domains.get(attempt.first_domain) if _keeps_to_one(attempt) else None,
        )
        for attempt in attempts
    )


def _keeps_to_one(attempt: Any) -> bool:
    return bool(attempt.first_domain == attempt.last_domain)
