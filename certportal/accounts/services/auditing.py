"""Writes the record of who did what."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from certportal.accounts.client_address import client_address
from certportal.accounts.models import AuditEvent, User

logger = logging.getLogger("certportal.audit")

_LONGEST_ACTION = 60
_LONGEST_TARGET = 120


def record(
    action: str,
    *,
    actor: User | AnonymousUser | None,
    target: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> AuditEvent:
    """Write one act down: by whom, to what (``kind:id``), from where, and what changed.

    Never pass an e-mail address, a password, a token or an answer key: rows are kept for good.
    """
    event = AuditEvent.objects.create(
        action=one_line(action)[:_LONGEST_ACTION],
        actor=actor if isinstance(actor, User) else None,
        target=one_line(target)[:_LONGEST_TARGET],
        ip_address=client_address(request) if request is not None else "",
        before=_readable(before or {}),
        after=_readable(after or {}),
    )
    logger.info("%s by %s to %s", event.action, event.actor_id or "-", event.target or "-")
    return event


def record_each(
    action: str,
    *,
    actor: User,
    changes: Iterable[tuple[str, Mapping[str, Any], Mapping[str, Any]]],
    request: HttpRequest | None = None,
) -> None:
    """`record` for many targets at once: each with what was before and after."""
    address = client_address(request) if request is not None else ""
    events = AuditEvent.objects.bulk_create(
        AuditEvent(
            action=one_line(action)[:_LONGEST_ACTION],
            actor=actor,
            target=one_line(target)[:_LONGEST_TARGET],
            ip_address=address,
            before=_readable(before),
            after=_readable(after),
        )
        for target, before, after in changes
    )
    if events:
        logger.info("%s by %s to %d targets", one_line(action), actor.pk, len(events))


def person_target(person: User) -> str:
    """Name a person in an audit row without naming them."""
    return f"user:{person.pk}"


def one_line(text: str) -> str:
    """Replace signs that end a line or steer a terminal; a forged line must not look real."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _readable(value: Any) -> Any:
    """Keep what JSON can hold; everything else as its text, and all text on one line."""
    if isinstance(value, Mapping):
        return {one_line(str(key)): _readable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_readable(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return one_line(str(value))
