"""What a student may go on with, after what is over was ended."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError

from certportal.accounts.models import User
from quizzes.selectors.open_sittings import OpenSitting, open_sittings
from quizzes.services.closing import close_overdue_attempt

logger = logging.getLogger(__name__)


def sittings_to_continue(student: User) -> tuple[OpenSitting, ...]:
    """The open sittings of a student; those whose time is over are ended first.

    One that cannot be ended is logged and left out: nobody can go on with it, and its
    student needs the pages that ask this for everything else.
    """
    found = open_sittings(student)
    overdue = [sitting for sitting in found if sitting.is_overdue]
    if not overdue:
        return found
    stuck = {sitting.attempt.pk for sitting in overdue if not _ended(sitting, student)}
    return tuple(sitting for sitting in open_sittings(student) if sitting.attempt.pk not in stuck)


def _ended(sitting: OpenSitting, student: User) -> bool:
    try:
        close_overdue_attempt(public_id=sitting.attempt.public_id, student=student)
    except (OperationalError, InterfaceError):
        raise  # the database does not answer just now, and the page says so
    except Exception:
        logger.exception("attempt %s cannot be closed", sitting.attempt.pk)
        return False
    return True
