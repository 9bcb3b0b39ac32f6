"""Attempts on exactly the questions that a test needs, taken from the shipped banks."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from certportal.accounts.models import User
from certportal.lib.clock import db_now
from quizzes.engine.kinds.registry import KINDS, get_kind
from quizzes.models import Attempt, AttemptItem, Exam, Question, QuestionRevision
from tests.factories.accounts import UserFactory
from tests.factories.attempts import TERMS

WHOLE_MOCK = "clf-c02"


def two_of_every_kind() -> list[Question]:
    """Seven questions of the shipped banks, then seven others, the kinds in the same order."""
    shipped = Question.objects.filter(home_set__is_shipped=True).order_by("pk")
    pairs = [shipped.filter(kind=kind)[:2] for kind in KINDS]
    return [pair[0] for pair in pairs] + [pair[1] for pair in pairs]


def paper(student: User, questions: Iterable[Question], *, mode: str, **changes: Any) -> Attempt:
    """An open attempt of exactly these questions, as the portal would freeze it."""
    now = db_now()
    exam = Exam.objects.get(slug=WHOLE_MOCK)
    guide = exam.guide
    fields = {"started_at": now, "guide": guide, "seed": 1}
    if mode == "mock":
        fields |= {"exam": exam, "deadline_at": now + timedelta(minutes=90), "terms": TERMS}
    fields |= changes
    attempt = Attempt.objects.create(student=student, mode=mode, **fields)
    rng = random.Random(1)
    for position, question in enumerate(questions, start=1):
        revision = QuestionRevision.objects.get(question=question)
        AttemptItem.objects.create(
            attempt=attempt,
            position=position,
            question=question,
            revision=revision,
            presentation_order=get_kind(question.kind).presentation_order(revision.body, rng),
            domain=guide.domains.order_by("position")[position % 2],
        )
    return attempt


def mock_of_every_kind(student: User | None = None) -> Attempt:
    """Two questions of every kind, for somebody new unless named."""
    return paper(student or UserFactory(), two_of_every_kind(), mode="mock")
