"""The password of an assignment, and how often a student may guess it."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.contrib.auth.hashers import check_password

from certportal.accounts.models import User
from quizzes.models import Assignment
from quizzes.services.errors import CannotStartError

_ACTION = "assignment-password"
_RATES = {_ACTION: "10/10m/key"}


def check_password_of(assignment: Assignment, *, student: User, password: str) -> None:
    """Let pass who knows the password, and everybody where there is none.

    A try is counted before it is looked at and given back when it was right, so that many
    at once are no way around the limit.

    Raises:
        CannotStartError: `wrong_password` or `too_many_passwords`.
    """
    if not assignment.password:
        return
    usage = ratelimit.consume(
        None,
        app="quizzes",
        action=_ACTION,
        config=_RATES,
        key=f"{assignment.pk}:{student.pk}",
        limit_get=True,
    )
    if usage is None:
        raise CannotStartError("too_many_passwords")
    if not check_password(password, assignment.password):
        raise CannotStartError("wrong_password")
    usage.rollback()
