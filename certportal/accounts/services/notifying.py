"""Puts lines into people's inboxes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.validators import validate_slug
from django.db.models.functions import Now

from certportal.accounts.models import Notice, User

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One line for one person. Data named ``…_at`` holds moments as ISO text."""

    person: User
    kind: str
    event_key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    is_reminder: bool = False
    """Whether it goes out by mail, too, to people who want that."""


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
    notify_all([Line(person, kind, event_key, data or {}, link)])
    return Notice.objects.filter(person=person, event_key=event_key).first()


def notify_all(lines: Iterable[Line]) -> int:
    """The same for many people at once: one statement for a thousand lines.

    Returns:
        How many lines were handed over; those told before stay as they are.

    Raises:
        ValidationError, ValueError: as `notify`; then nobody is told anything.
    """
    notices = [_notice(line) for line in lines if line.person.erased_at is None]
    Notice.objects.bulk_create(notices, ignore_conflicts=True, batch_size=_BATCH)
    return len(notices)


def _notice(line: Line) -> Notice:
    validate_slug(line.kind)
    link = line.link
    if link and (not link.startswith("/") or link.startswith(("//", "/\\"))):
        raise ValueError(f"a notice links to a page of this site, not to {link!r}")
    return Notice(
        person=line.person,
        kind=line.kind,
        event_key=line.event_key,
        data=dict(line.data),
        link=link,
        # Without a mail server they would wait, and all go out on the day there is one.
        by_mail=line.is_reminder and line.person.reminders_by_mail and settings.HAS_MAIL,
    )


def mark_all_read(person: User) -> int:
    """Mark everything in the inbox as read; return how many lines were new."""
    return Notice.objects.filter(person=person).unread().update(read_at=Now())
