"""One question of a closed attempt with its reasons, once they may be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from certportal.accounts.models import User
from quizzes.models import AttemptItem
from quizzes.selectors.cards import QuestionCard, question_card
from quizzes.selectors.domain_results import shares_of
from quizzes.selectors.feedback import Feedback, Provenance, feedback
from quizzes.selectors.feedback_release import release
from quizzes.selectors.result_paper import (
    SHOWS,
    ResultRow,
    answer_to,
    items_of,
    result_rows,
    share_of,
    shown_rows,
)
from quizzes.selectors.sittings import Sitting
from quizzes.selectors.withholding import withheld_questions


@dataclass(frozen=True, slots=True)
class ResultQuestion:
    row: ResultRow
    total: int
    card: QuestionCard
    feedback: Feedback | None
    """None while it is withheld."""
    provenance: Provenance
    withheld_until: datetime | None
    show: str
    """Which rows of the result the reader goes through."""
    previous: int | None
    next: int | None

    @property
    def position(self) -> int:
        return self.row.position


def result_question(
    found: Sitting, student: User, position: int, *, show: str, language: str
) -> ResultQuestion:
    """The question at one place: three statements, whatever the length of the paper.

    One more where its questions wait until everybody has sat it.

    Raises:
        AttemptItem.DoesNotExist: no question there, or none that may be seen yet.
    """
    attempt = found.attempt
    if attempt.is_open:
        raise AttemptItem.DoesNotExist
    shown = release(attempt, now=found.now)
    if shown.hides_questions:
        raise AttemptItem.DoesNotExist
    items = items_of(attempt, shown)
    item = next((it for it in items if it.position == position), None)
    if item is None:
        raise AttemptItem.DoesNotExist
    withheld = withheld_questions(student)
    shares = shares_of(attempt.scores.latest("number"))
    rows = result_rows(items, shares, withheld, language)
    paper = withheld.get(item.question_id)
    previous, following = _neighbours(shown_rows(rows, show), position)
    return ResultQuestion(
        row=next(row for row in rows if row.position == position),
        total=len(rows),
        card=question_card(
            body=item.revision.body,
            order=item.presentation_order,
            answer=None,
            language=language,
            position=position,
        ),
        feedback=None
        if paper
        else feedback(
            body=item.revision.body,
            key=item.revision.key,
            order=item.presentation_order,
            answer=answer_to(item),
            share=share_of(item, shares),
            language=language,
        ),
        provenance=Provenance.of(item.question),
        withheld_until=paper.until if paper else None,
        show=show if show in SHOWS else "all",
        previous=previous,
        next=following,
    )


def _neighbours(rows: Sequence[ResultRow], position: int) -> tuple[int | None, int | None]:
    """The places before and after one, which need not be among the rows."""
    places = [row.position for row in rows]
    before = max((place for place in places if place < position), default=None)
    return before, min((place for place in places if place > position), default=None)
