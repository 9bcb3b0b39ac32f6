"""Sends the notices that go out by mail, each at least once."""

from __future__ import annotations

import logging
import zoneinfo
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import select_template
from django.utils import timezone, translation
from django_tasks import task

from certportal.accounts.models import Notice
from certportal.accounts.services.stopping_reminders import stop_link
from certportal.lib.clock import db_now
from certportal.lib.queueing import enqueue_once

logger = logging.getLogger("certportal.mail")

MOST_TRIES = 5
# After the first, second, … failure.
_WAITS = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
_SERVER_TIMEOUT_SECONDS = 20


def queue_due_mail() -> bool:
    """Have the queue send what is due: a slow mail server must not hold up the clock.

    Returns whether something was queued.
    """
    return Notice.objects.to_mail(db_now()).exists() and enqueue_once(send_due_mail)


@task()
def send_due_mail() -> int:
    """Send everything that is due, each in a transaction of its own; return how many went out."""
    server = get_connection(timeout=_SERVER_TIMEOUT_SECONDS)
    sent = 0
    try:
        while (was_sent := _send_next(server, now=db_now())) is not None:
            sent += was_sent
    except _ServerDownError as error:
        logger.warning("the mail server does not answer, mail waits: %s", error)
    finally:
        _hang_up(server)
    return sent


class _ServerDownError(Exception):
    """Nothing is wrong with the message."""


@transaction.atomic
def _send_next(server: BaseEmailBackend, *, now: datetime) -> bool | None:
    """Send the oldest one that nobody else is sending; None when there is none."""
    notice = (
        Notice.objects.to_mail(now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("person")
        .order_by("created_at", "pk")
        .first()
    )
    if notice is None:
        return None
    if not _is_wanted(notice):
        Notice.objects.filter(pk=notice.pk).update(by_mail=False)
        return False
    _reach(server)
    try:
        message_of(notice, server).send()
    except (OSError, ValueError) as error:
        # The server was there, so it is the message: an address that it refuses, a sign
        # that a header cannot hold. The line may be dead, though: the next one dials again.
        _hang_up(server)
        _put_off(notice, now=now, error=error)
        return False
    Notice.objects.filter(pk=notice.pk).update(mailed_at=now)
    return True


def message_of(notice: Notice, server: BaseEmailBackend | None = None) -> EmailMessage:
    """The mail in the language and the zone of its reader."""
    person = notice.person
    stop_url = stop_link(person)
    context = {
        "data": notice.facts,
        "link": settings.PUBLIC_URL + notice.link if notice.link else "",
        "stop_url": stop_url,
        "own_zone": person.time_zone,
        "site": urlsplit(settings.PUBLIC_URL).netloc,
    }
    with (
        translation.override(person.language or settings.LANGUAGE_CODE),
        timezone.override(zoneinfo.ZoneInfo(person.time_zone)),
    ):
        subject, body = _render(notice, "subject", context), _render(notice, "message", context)
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        to=[person.email or ""],
        headers={
            # RFC 8058: the mail program may stop them with one click of its own.
            "List-Unsubscribe": f"<{stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
        connection=server,
    )


def _render(notice: Notice, part: str, context: dict[str, Any]) -> str:
    names = [f"emails/notices/{kind}_{part}.txt" for kind in (notice.kind, "unknown")]
    text: str = select_template(names).render(context)
    return text


def _is_wanted(notice: Notice) -> bool:
    """Asked again now: since the notice was written its reader may have changed their mind."""
    person = notice.person
    return person.is_active and person.reminders_by_mail and bool(person.email)


def _put_off(notice: Notice, *, now: datetime, error: Exception) -> None:
    tries = notice.mail_tries + 1
    gives_up = tries >= MOST_TRIES
    logger.warning(
        "mail of notice %s failed, try %d%s: %s",
        notice.pk,
        tries,
        " and the last" if gives_up else "",
        type(error).__name__,
    )
    Notice.objects.filter(pk=notice.pk).update(
        mail_tries=tries,
        by_mail=not gives_up,
        mail_after=None if gives_up else now + _WAITS[tries - 1],
    )


def _reach(server: BaseEmailBackend) -> None:
    try:
        server.open()
    except OSError as error:
        raise _ServerDownError(type(error).__name__) from error


def _hang_up(server: BaseEmailBackend) -> None:
    with suppress(OSError):
        server.close()
