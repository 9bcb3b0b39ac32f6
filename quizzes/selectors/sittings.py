"""One attempt as its student stands in it: everything its pages have in common."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from certportal.accounts.models import User
from quizzes.engine.sitting import Phase, SittingClock
from quizzes.models import Attempt

# Written out, because every page of a sitting begins with it.
_SITTING = f"""
    SELECT {", ".join(f"attempt.{name}" for name in Attempt.ROW_COLUMNS)},
           attempt.terms, clock_timestamp(), certification.code, certification.slug, exam.slug,
           (SELECT max(seq) FROM quizzes_answerevent
            WHERE attempt_id = attempt.id AND epoch = attempt.epoch)
    FROM quizzes_attempt AS attempt
    JOIN catalog_examguide AS guide ON guide.id = attempt.guide_id
    JOIN catalog_certification AS certification ON certification.id = guide.certification_id
    LEFT JOIN quizzes_exam AS exam ON exam.id = attempt.exam_id
    WHERE attempt.public_id = %s AND attempt.student_id = %s
"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Sitting:
    """One attempt as its student stands in it now, with what its pages name it by."""

    attempt: Attempt
    now: datetime
    acknowledged: int
    """The highest stored seq of the current epoch; 0 when there is none."""
    code: str
    """The certification's code."""
    certification_slug: str
    exam_slug: str
    """Empty for a practice."""

    @property
    def clock(self) -> SittingClock:
        return self.attempt.clock

    @property
    def phase(self) -> Phase:
        return self.clock.phase(self.now)

    @property
    def remaining_ms(self) -> int | None:
        return self.clock.remaining_ms(self.now)

    @property
    def remaining(self) -> str:
        """The time left as the page first shows it: 51:24 or 1:51:24."""
        seconds = (self.remaining_ms or 0) // 1000
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def sitting(public_id: UUID, student: User) -> Sitting:
    """The attempt with the database's time and the highest stored seq, in one statement.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SITTING, [public_id, student.pk])
        row = cursor.fetchone()
    if row is None:
        raise Attempt.DoesNotExist
    own = len(Attempt.ROW_COLUMNS)
    attempt = Attempt.from_row(row[:own])
    terms, now, code, certification_slug, exam_slug, acknowledged = row[own:]
    attempt.terms = json.loads(terms)
    return Sitting(attempt, now, acknowledged or 0, code, certification_slug, exam_slug or "")
