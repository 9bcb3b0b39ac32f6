"""The score of a closed attempt, how it changed, and how it compares with the sitting before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from quizzes.engine.comparing import Difference, difference
from quizzes.models import Attempt, AttemptItem, Score
from quizzes.selectors.withholding import ended_beside_an_open_paper

_EARLIER_MOCKS = 5


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """What a score was before it was graded anew."""

    points: Decimal
    n: int
    reason: str
    at: datetime
    """When and why the next one took its place."""


@dataclass(frozen=True, slots=True)
class LastSitting:
    """The sitting of the same exam before this one, compared with it."""

    ended_at: datetime
    points: Decimal
    n: int
    shared: int
    """How many of its questions stood on this paper, too."""
    difference: Difference

    @property
    def half_width(self) -> int:
        """Half of the range that fits the difference, in percentage points."""
        return round((self.difference.high - self.difference.low) * 50)

    @property
    def least_loss(self) -> float:
        return -self.difference.high

    @property
    def most_loss(self) -> float:
        return -self.difference.low


@dataclass(frozen=True, slots=True)
class ResultHistory:
    score: Score
    changes: tuple[ScoreChange, ...]
    """Newest first; empty where it was graded once."""
    earlier: tuple[Decimal, ...]
    """Points of this student's earlier mocks of the same length, oldest first."""
    last: LastSitting | None


def result_history(attempt: Attempt) -> ResultHistory:
    """One statement. What is open still has no score and takes no part.

    Raises:
        Score.DoesNotExist: the attempt was never graded.
    """
    own: list[Score] = []
    others: dict[int, Score] = {}
    for score in _scores(attempt):
        if score.attempt_id == attempt.pk:
            own.append(score)
        else:
            others.setdefault(score.attempt_id, score)
    if not own:
        raise Score.DoesNotExist
    newest, before = own[0], list(others.values())
    return ResultHistory(
        score=newest,
        changes=_changes(own),
        earlier=tuple(reversed([it.points for it in before if it.max_points == newest.max_points])),
        last=_last(newest, before[0]) if before else None,
    )


def _scores(attempt: Attempt) -> QuerySet[Score]:
    """Of this attempt and of earlier ones: the latest sitting first, then the newest score."""
    own = Q(attempt=attempt.pk)
    scores = Score.objects.select_related("attempt").annotate(shared=_shared(attempt))
    if attempt.mode == Attempt.Mode.MOCK:
        own |= Q(attempt__in=_sittings_before(attempt).values("pk"))
    return scores.filter(own).order_by("-attempt__started_at", "-number")


def _sittings_before(attempt: Attempt) -> QuerySet[Attempt]:
    """The last ones that count and whose points may be told."""
    return (
        Attempt.objects.closed()
        .counted()
        .filter(
            student=attempt.student_id,
            exam=attempt.exam_id,
            started_at__lt=attempt.started_at,
            granted_continuation__successor=None,
        )
        .exclude(ended_beside_an_open_paper())
        .order_by("-started_at")[:_EARLIER_MOCKS]
    )


def _shared(attempt: Attempt) -> Coalesce:
    here = AttemptItem.objects.order_by().filter(attempt=attempt.pk).values("question")
    there = AttemptItem.objects.order_by().filter(attempt=OuterRef("attempt"), question__in=here)
    return Coalesce(Subquery(there.values("attempt").annotate(n=Count("pk")).values("n")), 0)


def _changes(own: Sequence[Score]) -> tuple[ScoreChange, ...]:
    return tuple(
        ScoreChange(older.points, older.max_points, newer.reason, newer.created_at)
        for newer, older in pairwise(own)
    )


def _last(newest: Score, before: Score) -> LastSitting:
    ended = before.attempt.ended_at
    return LastSitting(
        ended_at=ended if ended is not None else before.attempt.started_at,
        points=before.points,
        n=before.max_points,
        shared=getattr(before, "shared", 0),
        difference=difference(
            newest.points, newest.max_points, before=(before.points, before.max_points)
        ),
    )
