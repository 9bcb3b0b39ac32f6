"""Leaves a section of a running exam for good."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from certportal.accounts.models import User
from certportal.lib.clock import db_now
from quizzes.models import AnswerEvent, Attempt
from quizzes.services.closing import close_if_overdue, lock_attempt
from quizzes.services.errors import NoNextSectionError


def end_section(*, public_id: UUID, student: User, section: str) -> Attempt:
    """Leave the section with this key for the next one; asking again changes nothing.

    Nothing changes either where another section is open, or the attempt is closed or
    its time is over, which closes it.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
        NoNextSectionError: this section is the last one, or the paper is one piece.
    """
    arrival = db_now()
    with transaction.atomic():
        attempt = lock_attempt(public_id, student)
        close_if_overdue(attempt, arrival)
        if not attempt.is_open or (attempt.section and attempt.section != section):
            return attempt
        left, attempt.section = attempt.section, _after(attempt)
        attempt.save(update_fields=["section"])
        AnswerEvent.objects.create(
            attempt=attempt,
            kind=AnswerEvent.Kind.SECTION,
            epoch=attempt.epoch,
            payload={"left": left, "opened": attempt.section},
            outcome=AnswerEvent.Outcome.ACCEPTED,
            arrived_at=arrival,
        )
        return attempt


def _after(attempt: Attempt) -> str:
    """The key of the section after the open one."""
    keys: list[str] = [section["key"] for section in attempt.sections]
    if not keys or attempt.section == keys[-1]:
        raise NoNextSectionError
    return keys[keys.index(attempt.section) + 1]
