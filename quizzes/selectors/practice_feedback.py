"""The feedback of one finished practice question."""

from __future__ import annotations

from typing import Any

from certportal.accounts.models import User
from quizzes.engine.kinds.registry import get_kind
from quizzes.models import AttemptItem
from quizzes.selectors.attempt_pages import QuestionPage
from quizzes.selectors.feedback import Provenance, feedback
from quizzes.selectors.withholding import withheld_questions


def practice_feedback(page: QuestionPage, student: User, language: str) -> dict[str, Any]:
    """`feedback` and `provenance` of a finished question.

    During an exam with that question, `withheld` instead: the time until then.
    """
    item = AttemptItem.objects.select_related("revision", "question").get(pk=page.item_id)
    paper = withheld_questions(student).get(item.question_id)
    if paper:
        return {"withheld": paper.until}
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
        "provenance": Provenance.of(item.question),
    }
