"""Attempts with a small paper, started by the real service or built by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from certportal.lib.clock import db_now
from quizzes.models import Attempt, AttemptItem, Exam, QuestionRevision
from tests.factories.accounts import UserFactory
from tests.factories.catalog import make_guide
from tests.factories.quizzes import ExamFactory, QuestionFactory, QuestionSetFactory

TERMS = {
    "questions": {"value": 3, "origin": "bank"},
    "minutes": {"value": 90, "origin": "guide"},
    "extra_time": {"value": "1", "origin": "choice"},
    "cut_fraction": {"value": "0.72", "origin": "estimate"},
    "scale": {"value": [100, 700, 1000], "origin": "guide"},
    "grace_seconds": {"value": 30, "origin": "portal"},
    "feedback": {"value": "after_end", "origin": "portal"},
}


def make_attempt(
    *kinds: str,
    mode: str = "mock",
    student: Any = None,
    left: timedelta = timedelta(minutes=60),
    exam: Exam | None = None,
    now: datetime | None = None,
) -> Attempt:
    """An open attempt with one question of each kind, in this order.

    `left` is the time until the deadline; negative means that it has passed.
    """
    guide = exam.guide if exam else make_guide(100)
    domain = guide.domains.get()
    now = now or db_now()
    started = min(now, now + left) - timedelta(minutes=1)
    timed = mode == "mock"
    attempt = Attempt.objects.create(
        student=student or UserFactory(),
        mode=mode,
        exam=(exam or ExamFactory(guide=guide)) if timed else None,
        guide=guide,
        started_at=started,
        deadline_at=now + left if timed else None,
        terms=TERMS if timed else {},
        seed=1,
    )
    home_set = QuestionSetFactory()
    for position, kind in enumerate(kinds or ("single", "single", "multiple"), start=1):
        question = QuestionFactory(kind=kind, home_set=home_set, domain=domain)
        AttemptItem.objects.create(
            attempt=attempt,
            position=position,
            question=question,
            revision=QuestionRevision.objects.get(question=question),
            domain=domain,
        )
    return attempt


def shift_clock(attempt: Attempt, *, left: timedelta) -> None:
    """Move the deadline of an open attempt so that `left` remains now."""
    now = timezone.now()
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=now - timedelta(days=1), deadline_at=now + left
    )
    attempt.refresh_from_db()


def cut_into_sections(attempt: Attempt, *sizes: int) -> Attempt:
    """Give an open attempt sections of these sizes, the first of them open: s1, s2 …"""
    numbers = [number for number, size in enumerate(sizes, start=1) for _ in range(size)]
    for item, number in zip(attempt.items.order_by("position"), numbers, strict=True):
        item.section = f"s{number}"
        item.save(update_fields=["section"])
    attempt.sections = [
        {"key": f"s{number}", "title": f"Part {number}"} for number in range(1, len(sizes) + 1)
    ]
    attempt.section = "s1"
    attempt.save(update_fields=["sections", "section"])
    return attempt
