"""Which questions may be drawn, and what a student has seen of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, QuerySet

from certportal.accounts.models import User
from certportal.catalog.models import ExamGuide
from quizzes.engine.drawing import Candidate
from quizzes.models import Attempt, AttemptItem, Placement, Question

SEEN_LATELY = timedelta(days=14)
MOCKS_SEEN_LATELY = 2


def mock_placements(guides: Iterable[ExamGuide], *, on_trial: bool = False) -> QuerySet[Placement]:
    """The places that a mock exam of these guides may draw from the shared bank.

    Questions on trial are drawn apart from all others, for places that do not count.
    """
    questions = Question.objects.for_mocks().filter(is_pilot=on_trial)
    if not settings.MOCKS_DRAW_UNVERIFIED:
        questions = questions.exclude(verification=Question.Verification.UNVERIFIED)
    return Placement.objects.filter(guide__in=list(guides), question__in=questions)


def stock(placements: QuerySet[Placement], *, by: str = "guide_id") -> dict[int, list[Candidate]]:
    """What the bank holds per guide, without regard to any student: one statement.

    `by` names another column to group by, such as the exam that draws.
    """
    groups: dict[int, list[Candidate]] = {}
    rows = placements.values_list(
        by,
        "guide__official_kinds",
        "question_id",
        "domain__key",
        "question__enemy_group",
        "question__kind",
        "question__difficulty",
        "question__block",
    )
    for group, official, question_id, domain, enemy_group, kind, difficulty, block in rows:
        candidate = Candidate(
            question_id=question_id,
            domain=domain,
            enemy_group=enemy_group,
            official=kind in official,
            difficulty=difficulty,
            last_seen=None,
            recent=False,
            exposure=0,
            block=block,
        )
        groups.setdefault(group, []).append(candidate)
    return groups


def candidates_for(
    placements: QuerySet[Placement],
    *,
    student: User,
    now: datetime,
    without: Collection[int] = (),
) -> list[Candidate]:
    """The stock of one guide with what this student has seen of it."""
    plain = [c for group in stock(placements).values() for c in group]
    ids = [c.question_id for c in plain if c.question_id not in without]
    drawn = AttemptItem.objects.filter(question_id__in=ids)
    seen: dict[int, datetime] = dict(
        drawn.filter(attempt__student=student)
        .order_by()
        .values_list("question_id")
        .annotate(Max("attempt__started_at"))
    )
    exposures: dict[int, int] = dict(
        drawn.order_by().values_list("question_id").annotate(Count("pk"))
    )
    lately = _in_last_mocks(student) | {
        question_id for question_id, at in seen.items() if at > now - SEEN_LATELY
    }
    return [
        replace(
            c,
            last_seen=seen.get(c.question_id),
            recent=c.question_id in lately,
            exposure=exposures.get(c.question_id, 0),
        )
        for c in plain
        if c.question_id not in without
    ]


def _in_last_mocks(student: User) -> set[int]:
    last = Attempt.objects.for_student(student).timed().order_by("-started_at")
    return set(
        AttemptItem.objects.filter(
            attempt__in=list(last.values_list("pk", flat=True)[:MOCKS_SEEN_LATELY])
        ).values_list("question_id", flat=True)
    )
