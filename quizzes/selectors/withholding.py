"""What a student must not learn while a timed attempt is open: all about its questions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from certportal.accounts.models import User
from quizzes.models import Attempt, AttemptItem


@dataclass(frozen=True, slots=True)
class OpenPaper:
    """The open timed attempt on whose paper a question stands."""

    since: datetime
    until: datetime


def _on_open_papers() -> QuerySet[AttemptItem]:
    return AttemptItem.objects.order_by().filter(
        attempt__status=Attempt.Status.OPEN, attempt__deadline_at__isnull=False
    )


def withheld_items(student: User) -> QuerySet[AttemptItem]:
    """What stands on the papers of a student's open timed attempts."""
    return _on_open_papers().filter(attempt__student=student)


def withheld_question_ids(student: User) -> set[int]:
    """Questions on the paper of an open timed attempt: hidden elsewhere until it ends."""
    return set(withheld_items(student).values_list("question_id", flat=True))


def withheld_questions(student: User) -> dict[int, OpenPaper]:
    """The same with the paper that holds each; of several the one that ends last."""
    rows = withheld_items(student).order_by("attempt__deadline_at")
    fields = ("question_id", "attempt__started_at", "attempt__deadline_at")
    return {
        question_id: OpenPaper(since, until)
        for question_id, since, until in rows.values_list(*fields)
        if until is not None
    }


def ended_beside_an_open_paper() -> Exists:
    """Of an attempt: that it ended while a timed one with a question of it was open.

    Its points would tell whether answers to that question are right, so nothing counts
    it until the timed one is over. What had ended before tells nothing new.
    """
    return Exists(
        _on_open_papers().filter(
            attempt__student=OuterRef("student"),
            attempt__started_at__lte=OuterRef("processed_at"),
            question__attempt_items__attempt=OuterRef("pk"),
        )
    )


def concealed_attempts(attempt_ids: Collection[int]) -> set[int]:
    """Which of these attempts keep their points from their student for the time being.

    One statement, none for no attempt.
    """
    if not attempt_ids:
        return set()
    asked = Attempt.objects.filter(pk__in=attempt_ids)
    return set(asked.filter(ended_beside_an_open_paper()).values_list("pk", flat=True))
