"""Models of the quizzes app."""

from __future__ import annotations

from quizzes.models.assignment import Assignment, AssignmentOverride, AssignmentTarget
from quizzes.models.attempt import Attempt, AttemptItem
from quizzes.models.evidence import Answer, AnswerEvent, ItemMark, Score
from quizzes.models.exam import Exam, ExamSection, ExamWeight
from quizzes.models.grant import Continuation, TimeGrant
from quizzes.models.question import Placement, PlacementObjective, Question, QuestionRevision
from quizzes.models.question_set import QuestionSet, SetEntry

__all__ = [
    "Answer",
    "AnswerEvent",
    "Assignment",
    "AssignmentOverride",
    "AssignmentTarget",
    "Attempt",
    "AttemptItem",
    "Continuation",
    "Exam",
    "ExamSection",
    "ExamWeight",
    "ItemMark",
    "Placement",
    "PlacementObjective",
    "Question",
    "QuestionRevision",
    "QuestionSet",
    "Score",
    "SetEntry",
    "TimeGrant",
]
