"""Puts lines into people's inboxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.validators import validate_slug
from django.db.models.functions import Now

from certportal.accounts.models import Notice, User


def notify(
    person: User,
    *,
    kind: str,
    event_key: str,
    data: Mapping[str, Any] | None = None,
    link: str = "",
) -> Notice | None:
    """Tell a person something once, however often its cause is repeated.

    The text is the template ``accounts/notices/<kind>.html``, rendered with ``data`` in the
    language of the reader when it is read.

    Returns:
        The notice, also one of an earlier call; None for somebody who was erased.

    Raises:
        ValidationError: ``kind`` cannot be the name of a template.
        ValueError: ``link`` is not an address on this site.
    """
    validate_slug(kind)
    if link and (not link.startswith("/") or link.startswith(("//", "/\\"))):
        raise ValueError(f"a notice links to a page of this site, not to {link!r}")
    if person.erased_at is not None:
        return None
    notice, _created = Notice.objects.get_or_create(
        person=person,
        event_key=event_key,
        defaults={"kind": kind, "data": dict(data or {}), "link": link},
    )
    return notice


def mark_all_read(person: User) -> int:
    """Mark everything in the inbox as read; return how many lines were new."""
    return Notice.objects.filter(person=person).unread().update(read_at=Now())
