"""One sitting of a class as its staff look at it; looking changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page

from certportal.accounts.models import Classroom
from certportal.lib.clock import db_now
from progress.selectors.sitting_terms import TermLine, term_lines
from quizzes.engine.sitting import Phase
from quizzes.models import Assignment, Attempt, Score, TimeGrant
from quizzes.selectors.late_answers import LateAnswer, late_answers
from quizzes.selectors.receipts import Receipt, receipts

_MS_A_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class SittingPage:
    attempt: Attempt
    assignment: Assignment
    now: datetime
    terms: tuple[TermLine, ...]
    scores: Sequence[Score]
    """The newest first; the first counts. Empty while it runs."""
    grants: Sequence[TimeGrant]
    late: tuple[LateAnswer, ...]
    receipts: Page[Receipt] | None
    """None while it runs."""
    others: Sequence[Attempt]
    """All sittings of this student and assignment, the earliest first."""

    @property
    def phase(self) -> str:
        """`open`, `grace`, `overdue` (over, and not ended yet) or `closed`."""
        return self.attempt.clock.phase(self.now).value

    @property
    def is_running(self) -> bool:
        """Whether more time can be given."""
        return self.attempt.clock.phase(self.now) in {Phase.OPEN, Phase.GRACE}

    @property
    def minutes_left(self) -> int:
        return (self.attempt.clock.remaining_ms(self.now) or 0) // _MS_A_MINUTE

    @property
    def score(self) -> Score | None:
        return self.scores[0] if self.scores else None

    @property
    def undecided(self) -> int:
        return sum(not answer.decision for answer in self.late)


def sitting_of_class(classroom: Classroom, public_id: UUID) -> Attempt:
    """A sitting of an assignment of this class.

    Raises:
        Attempt.DoesNotExist: there is none.
    """
    rows = Attempt.objects.select_related("student", "assignment", "exam__guide__certification")
    return rows.get(public_id=public_id, assignment__classroom=classroom)


def sitting_page(attempt: Attempt, *, number: int | str) -> SittingPage:
    """At most seven statements for a sitting that came with its assignment."""
    assignment = attempt.assignment
    if assignment is None:
        raise ValueError("only a sitting that a class has set has such a page")
    return SittingPage(
        attempt=attempt,
        assignment=assignment,
        now=db_now(),
        terms=term_lines(attempt.terms),
        scores=list(attempt.scores.order_by("-number")),
        grants=list(attempt.time_grants.select_related("by")),
        late=() if attempt.is_open else late_answers(attempt),
        receipts=None if attempt.is_open else receipts(attempt, number=number),
        others=list(
            Attempt.objects.filter(assignment=assignment, student=attempt.student_id)
            .defer("terms", "relaxations")
            .order_by("started_at", "pk")
        ),
    )
