"""The secret address of a person's calendar: made, taken back, and read by who has it."""

from __future__ import annotations

import hashlib
import secrets

from certportal.accounts.models import CalendarAddress, User
from certportal.accounts.services.auditing import person_target, record
from certportal.lib.clock import db_now

# 192 bits: nobody guesses it, so a plain digest keeps it as well as a slow one would.
_TOKEN_BYTES = 24


class UnknownCalendarError(Exception):
    """No calendar of anybody who may still be told something has this address."""


def make_calendar_address(person: User) -> str:
    """Return the secret part of a new address, which nobody can read again.

    An earlier address ends with it.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    CalendarAddress.objects.update_or_create(
        person=person, defaults={"digest": _digest(token), "created_at": db_now()}
    )
    record("calendar-address-made", actor=person, target=person_target(person))
    return token


def revoke_calendar_address(person: User) -> None:
    """End the address; without one nothing happens."""
    deleted, _kinds = CalendarAddress.objects.filter(person=person).delete()
    if deleted:
        record("calendar-address-revoked", actor=person, target=person_target(person))


def person_of_calendar(token: str) -> User:
    """Whose calendar the address is.

    Raises:
        UnknownCalendarError: nobody's, or that of somebody whose account is shut.
    """
    found = (
        CalendarAddress.objects.filter(digest=_digest(token), person__is_active=True)
        .select_related("person")
        .first()
    )
    if found is None:
        raise UnknownCalendarError
    return found.person


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
