"""The public sample questions, which anybody may look at without an account."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from certportal.catalog.models import ExamDomain
from quizzes.engine.kinds.registry import get_kind
from quizzes.models import Placement, Question, QuestionRevision
from quizzes.selectors.cards import QuestionCard, Text, question_card, text_of
from quizzes.selectors.feedback import Feedback, Provenance, feedback


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One line of the list of samples."""

    number: int
    stem: Text
    kind: str
    domain: ExamDomain | None

    @property
    def kind_name(self) -> str:
        return str(Question.KindName(self.kind).label)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample question. Its key is only loaded where the feedback is asked for."""

    number: int
    total: int
    question: Question
    revision: QuestionRevision
    domain: ExamDomain | None

    @property
    def next_number(self) -> int:
        return self.number + 1

    @property
    def progress(self) -> float:
        return self.number / self.total

    @property
    def order(self) -> dict[str, list[str]]:
        """The same order whenever it is shown, so that a letter keeps its meaning."""
        rng = random.Random(f"sample:{self.question.external_id}")  # noqa: S311 - no secret
        body = self.revision.body
        return get_kind(body["kind"]).presentation_order(body, rng)

    @property
    def provenance(self) -> Provenance:
        return Provenance.of(self.question)

    def card(self, language: str, answer: Mapping[str, Any] | None = None) -> QuestionCard:
        return question_card(
            body=self.revision.body,
            order=self.order,
            answer=answer,
            language=language,
            position=self.number,
        )

    def feedback(self, answer: Mapping[str, Any] | None, language: str) -> Feedback:
        """The verdict on an answer with the reason of every option; reads the key."""
        body, key = self.revision.body, self.revision.key
        return feedback(
            body=body,
            key=key,
            order=self.order,
            answer=answer,
            share=get_kind(body["kind"]).grade(
                body, key, None if answer is None else dict(answer), rule="practice"
            ),
            language=language,
        )


def sample_questions() -> QuerySet[Question]:
    return Question.objects.for_practice().filter(is_sample=True).order_by("external_id")


def sample_rows(language: str) -> tuple[SampleRow, ...]:
    """Every sample in short: three statements."""
    questions = list(sample_questions())
    ids = [question.pk for question in questions]
    newest = QuestionRevision.objects.filter(question_id__in=ids).newest().defer("key")
    stems = {revision.question_id: revision.body["stem"] for revision in newest}
    domains = _domains(ids)
    return tuple(
        SampleRow(
            number, text_of(stems[question.pk], language), question.kind, domains.get(question.pk)
        )
        for number, question in enumerate(questions, start=1)
    )


def sample(number: int, *, with_key: bool = False) -> Sample:
    """The sample at this place, counted from 1: three statements.

    Raises:
        Question.DoesNotExist: there is none.
    """
    questions = list(sample_questions())
    if not 1 <= number <= len(questions):
        raise Question.DoesNotExist
    question = questions[number - 1]
    revisions = QuestionRevision.objects.filter(question=question).newest()
    return Sample(
        number=number,
        total=len(questions),
        question=question,
        revision=(revisions if with_key else revisions.defer("key")).get(),
        domain=_domains([question.pk]).get(question.pk),
    )


def _domains(question_ids: Sequence[int]) -> dict[int, ExamDomain]:
    """Where each question counts: its own certification before those that inherited it."""
    placements = (
        Placement.objects.filter(question_id__in=question_ids, guide__is_current=True)
        .select_related("domain__guide__certification")
        .order_by("-pk")
    )
    return {placement.question_id: placement.domain for placement in placements}
