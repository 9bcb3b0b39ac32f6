"""Histories of answers: closed attempts of any time, written in one go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from certportal.accounts.models import Classroom
from progress.models import ClassGoal
from quizzes.models import Answer, Attempt, AttemptItem, Score
from tests.factories.attempts import TERMS
from tests.factories.quizzes import ExamFactory, QuestionFactory

GIVEN = {"+": {"choice": "b"}, "-": {"choice": "a"}}


def goal_of(classroom: Classroom, guide: Any) -> ClassGoal:
    """The class learns for this guide."""
    return ClassGoal.objects.create(classroom=classroom, guide=guide)


def paper(student: Any, questions: Any, *, guide: Any, **fields: Any) -> Attempt:
    """An open practice, or whatever `fields` say, of `student` with these questions."""
    attempt = Attempt.objects.create(
        student=student, guide=guide, seed=1, **{"mode": "practice", **fields}
    )
    for position, question in enumerate(questions, start=1):
        AttemptItem.objects.create(
            attempt=attempt,
            position=position,
            question=question,
            revision=question.revisions.get(),
            domain=question.placements.get(guide=guide).domain,
        )
    return attempt


def history(student: Any, domain: Any, rights: str, *, at: datetime, **fields: Any) -> Attempt:
    """A closed attempt with new questions of one domain: `+` right, `-` wrong, `.` open."""
    questions = [QuestionFactory(domain=domain) for _ in rights]
    return closed_paper(student, questions, rights, at=at, guide=domain.guide, **fields)


def closed_paper(
    student: Any, questions: Any, rights: str, *, at: datetime, guide: Any, **fields: Any
) -> Attempt:
    """A closed attempt with these questions, ended at `at` and answered then or at `saved_at`."""
    saved_at = fields.pop("saved_at", at)
    timed = fields.get("mode") == "mock"
    if timed:
        fields.setdefault("exam", None)
        fields["exam"] = fields["exam"] or guide.exams.first() or ExamFactory(guide=guide)
        fields |= {"deadline_at": at + timedelta(hours=1), "terms": TERMS}
    fields.setdefault("started_at", at - timedelta(minutes=10))
    attempt = paper(student, questions, guide=guide, **fields)
    for item, sign in zip(attempt.items.all(), rights, strict=True):
        if sign in GIVEN:
            Answer.objects.create(
                item=item,
                attempt=attempt,
                epoch=1,
                seq=item.position,
                payload=GIVEN[sign],
                is_complete=True,
                saved_at=saved_at,
                final_at=None if timed else at,
            )
    Attempt.objects.filter(pk=attempt.pk).update(status="submitted", ended_at=at, processed_at=at)
    right = rights.count("+")
    Score.objects.create(
        attempt=attempt,
        points=right,
        max_points=len(rights),
        passed=right * 4 >= len(rights) * 3 if timed else None,
        item_shares={str(n): "1" if sign == "+" else "0" for n, sign in enumerate(rights, 1)},
    )
    attempt.refresh_from_db()
    return attempt
