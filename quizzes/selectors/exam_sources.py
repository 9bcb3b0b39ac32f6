"""The question sets that an instructor may choose for a mock exam."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from certportal.accounts.models import User
from certportal.catalog.models import ExamGuide
from quizzes.models import Exam, Placement, QuestionSet
from quizzes.selectors.exam_blueprint import SOURCE_USES, drawable_questions


@dataclass(frozen=True, slots=True)
class Source:
    """A set with how many of its questions this exam guide can draw."""

    question_set: QuestionSet
    questions: int
    may_open: bool
    """An editor may meet a set of the owner that nobody has shared with them."""


def possible_sources(exam: Exam, person: User) -> QuerySet[QuestionSet]:
    """What this person may open and exams may draw, and what the exam draws from now."""
    visible = QuestionSet.objects.for_editor(person).in_use().filter(use__in=SOURCE_USES)
    if exam.pk is None:
        return visible
    chosen = Exam.sources.through.objects.filter(exam=exam).values("questionset")
    return QuestionSet.objects.filter(Q(pk__in=visible.values("pk")) | Q(pk__in=chosen))


def sources(exam: Exam, guide: ExamGuide, person: User) -> tuple[Source, ...]:
    """The richest first: three statements."""
    rows = list(possible_sources(exam, person))
    open_to = set(QuestionSet.objects.for_editor(person).values_list("pk", flat=True))
    drawable = Placement.objects.filter(guide=guide, question__in=drawable_questions())
    counts: dict[int, int] = dict(
        drawable.filter(question__sets__in=rows)
        .order_by()
        .values_list("question__sets")
        .annotate(Count("pk"))
    )
    found = [
        Source(
            row,
            counts.get(row.pk, 0) if row.archived_at is None and row.use in SOURCE_USES else 0,
            row.pk in open_to,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda it: (-it.questions, it.question_set.title)))
