"""Run by the controls of the fault tests: a sweep that looks right and is wrong."""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
django.setup()

from django.db import connection  # noqa: E402

from quizzes.models import Attempt  # noqa: E402
from quizzes.services import closing  # noqa: E402


def commit_before_grading() -> None:
    """Closes in one transaction and grades in the next."""
    grade = closing._grade

    def grade_later(attempt):
        connection.connection.commit()
        return grade(attempt)

    closing._grade = grade_later


def take_no_lock() -> None:
    """Takes the next overdue attempt, whether or not another sweeper has it."""

    def next_to_close(now, failed):
        overdue = Attempt.objects.overdue(now, margin=closing.SWEEP_MARGIN)
        return overdue.exclude(pk__in=failed).order_by("deadline_at").first()

    closing._next_to_close = next_to_close


VARIANTS = {"commit-before-grading": commit_before_grading, "take-no-lock": take_no_lock}

if __name__ == "__main__":
    VARIANTS[sys.argv[1]]()
    closing.sweep()
