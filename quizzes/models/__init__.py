"""Models of the quizzes app."""

from __future__ import annotations

from quizzes.models.attempt import Attempt, AttemptItem
from quizzes.models.evidence import Answer, AnswerEvent, ItemMark, Score
from quizzes.models.question import Placement, PlacementObjective, Question, QuestionRevision
from quizzes.models.question_set import Exam, QuestionSet, SetEntry

__all__ = [
    "Answer",
    "AnswerEvent",
    "Attempt",
    "AttemptItem",
    "Exam",
    "ItemMark",
    "Placement",
    "PlacementObjective",
    "Question",
    "QuestionRevision",
    "QuestionSet",
    "Score",
    "SetEntry",
]
