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
           attempt.terms, attempt.sections, clock_timestamp(),
           certification.code, certification.slug, exam.slug,
           (SELECT max(seq) FROM quizzes_answerevent
            WHERE attempt_id = attempt.id AND epoch = attempt.epoch),
           part.first, part.last, part.total,
           assignment.public_id, assignment.title, classroom.name,
           CASE WHEN assignment.withdrawn_at IS NOT NULL THEN 'withdrawn'
                WHEN classroom.archived_at IS NOT NULL THEN 'archived'
                WHEN NOT EXISTS (SELECT FROM accounts_membership AS member
                                 WHERE member.classroom_id = classroom.id
                                   AND member.person_id = attempt.student_id
                                   AND member.role = 'student' AND member.left_at IS NULL)
                THEN 'left' ELSE '' END
    FROM quizzes_attempt AS attempt
    JOIN catalog_examguide AS guide ON guide.id = attempt.guide_id
    JOIN catalog_certification AS certification ON certification.id = guide.certification_id
    LEFT JOIN quizzes_exam AS exam ON exam.id = attempt.exam_id
    LEFT JOIN quizzes_assignment AS assignment ON assignment.id = attempt.assignment_id
    LEFT JOIN accounts_classroom AS classroom ON classroom.id = assignment.classroom_id
    LEFT JOIN LATERAL (
        SELECT min(position) FILTER (WHERE section = attempt.section) AS first,
               max(position) FILTER (WHERE section = attempt.section) AS last,
               count(*) AS total
        FROM quizzes_attemptitem WHERE attempt_id = attempt.id) AS part ON attempt.section <> ''
    WHERE attempt.public_id = %s AND attempt.student_id = %s
"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class GivenWork:
    """The assignment that a sitting belongs to."""

    public_id: UUID
    title: str
    class_name: str
    ended: str
    """Why the class asks for it no more: `withdrawn`, `archived`, `left`; or empty."""

    @property
    def has_page(self) -> bool:
        return self.ended in {"", "withdrawn"}


@dataclass(frozen=True, slots=True)
class OpenSection:
    """The part of the paper that may be answered now; parts before it are left for good."""

    key: str
    title: str
    number: int
    """From 1."""
    of: int
    """How many parts the paper has."""
    first: int
    """The position of its first question."""
    last: int
    total: int
    """Questions of the whole paper."""

    @property
    def is_last(self) -> bool:
        return self.number == self.of

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def holds(self, position: int) -> bool:
        return self.first <= position <= self.last


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
    given: GivenWork | None
    """None where the student started it without being asked."""
    section: OpenSection | None = None
    """None where the paper is one piece."""

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
    terms, sections, now, *names, acknowledged = row[own : own + 7]
    attempt.terms, attempt.sections = json.loads(terms), json.loads(sections)
    code, certification_slug, exam_slug = names
    part, given = row[own + 7 : own + 10], row[own + 10 :]
    return Sitting(
        attempt=attempt,
        now=now,
        acknowledged=acknowledged or 0,
        code=code,
        certification_slug=certification_slug,
        exam_slug=exam_slug or "",
        given=GivenWork(*given) if attempt.assignment_id else None,
        section=_open_section(attempt, *part) if attempt.section else None,
    )


def _open_section(attempt: Attempt, first: int, last: int, total: int) -> OpenSection:
    keys = [section["key"] for section in attempt.sections]
    index = keys.index(attempt.section)
    return OpenSection(
        key=attempt.section,
        title=attempt.sections[index]["title"],
        number=index + 1,
        of=len(keys),
        first=first,
        last=last,
        total=total,
    )
