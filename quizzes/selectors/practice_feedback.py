"""The feedback of one finished practice question."""

from __future__ import annotations

from typing import Any

from certportal.accounts.models import User
from quizzes.engine.kinds.registry import get_kind
from quizzes.models import AttemptItem, Question
from quizzes.selectors.attempt_pages import QuestionPage
from quizzes.selectors.candidates import withheld_question_ids
from quizzes.selectors.cards import Provenance, feedback


def practice_feedback(page: QuestionPage, student: User, language: str) -> dict[str, Any]:
    """`feedback` and `provenance` of a finished question, or `withheld` during an exam with it."""
    item = AttemptItem.objects.select_related("revision", "question").get(pk=page.item_id)
    if item.question_id in withheld_question_ids(student):
        return {"withheld": True}
    body, key = item.revision.body, item.revision.key
    share = get_kind(body["kind"]).grade(body, key, page.answer, rule="practice")
    return {
        "feedback": feedback(
            body=body,
            key=key,
            order=item.presentation_order,
            answer=page.answer,
            share=share,
            language=language,
        ),
        "provenance": Provenance(
            is_unverified=item.question.verification == Question.Verification.UNVERIFIED,
            checked_on=item.question.checked_on,
        ),
    }
