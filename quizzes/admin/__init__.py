"""The administration of questions and exams; Django finds the registrations here."""

from __future__ import annotations

from quizzes.admin import classes, evidence, exams, question_sets, questions

__all__ = ["classes", "evidence", "exams", "question_sets", "questions"]
