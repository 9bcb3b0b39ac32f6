"""What a student may go on with, after what is over was ended."""

from __future__ import annotations

from certportal.accounts.models import User
from quizzes.selectors.open_sittings import OpenSitting, open_sittings
from quizzes.services.closing import close_overdue_attempt


def sittings_to_continue(student: User) -> tuple[OpenSitting, ...]:
    """The open sittings of a student; those whose time is over are ended first."""
    found = open_sittings(student)
    overdue = [sitting for sitting in found if sitting.is_overdue]
    if not overdue:
        return found
    for sitting in overdue:
        close_overdue_attempt(public_id=sitting.attempt.public_id, student=student)
    return open_sittings(student)
