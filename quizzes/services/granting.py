"""Gives a running sitting more time, by a grant that says who gave it and why."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest

from certportal.accounts.models import User
from certportal.accounts.services.auditing import record
from certportal.lib.clock import db_now
from quizzes.engine.sitting import Phase
from quizzes.models import AnswerEvent, Attempt, TimeGrant

MOST_MINUTES = 24 * 60


class CannotGrantError(Exception):
    """No time can be given; `code` is `not_running`, `no_minutes` or `no_reason`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def grant_time(
    attempt: Attempt,
    *,
    by: User,
    minutes: int,
    reason: str,
    request: HttpRequest | None = None,
) -> TimeGrant:
    """Move the deadline of a sitting that still runs.

    Pages that run learn of it with their next reply. Whether it runs is decided under the
    lock: a close that came first has ended it for good.

    Raises:
        CannotGrantError: it has no deadline, has ended or its grace is over; the minutes are
            none or too many; or the reason is empty.
    """
    if not 1 <= minutes <= MOST_MINUTES:
        raise CannotGrantError("no_minutes")
    if not reason.strip():
        raise CannotGrantError("no_reason")
    with transaction.atomic():
        locked = Attempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
        grant = _grant(locked, TimeGrant(attempt=locked, by=by, seconds=minutes * 60), reason)
        record(
            "time-granted",
            actor=by,
            target=attempt_target(locked),
            before={"deadline_at": locked.deadline_at and locked.deadline_at - _length(grant)},
            after={"deadline_at": locked.deadline_at, "minutes": minutes, "reason": grant.reason},
            request=request,
        )
    return grant


def attempt_target(attempt: Attempt) -> str:
    """Name a sitting in an audit row."""
    return f"attempt:{attempt.public_id}"


def _grant(attempt: Attempt, grant: TimeGrant, reason: str) -> TimeGrant:
    now = db_now()
    if attempt.deadline_at is None or attempt.clock.phase(now) not in {Phase.OPEN, Phase.GRACE}:
        raise CannotGrantError("not_running")
    grant.reason = reason.strip()[:200]
    grant.save(force_insert=True)
    attempt.deadline_at += _length(grant)
    attempt.save(update_fields=["deadline_at"])
    AnswerEvent.objects.create(
        attempt=attempt,
        kind=AnswerEvent.Kind.GRANT,
        payload={"grant": grant.pk, "seconds": grant.seconds},
        outcome=AnswerEvent.Outcome.SYSTEM,
        arrived_at=now,
    )
    return grant


def _length(grant: TimeGrant) -> timedelta:
    return timedelta(seconds=grant.seconds)
