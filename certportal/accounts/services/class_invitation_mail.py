"""Mails the invitations into classes, each until it is on its way or its address is refused."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from certportal.accounts.models import Invitation, User
from certportal.accounts.services.class_invitations import link_of
from certportal.lib.clock import db_now

logger = logging.getLogger("certportal.mail")

_SERVER_TIMEOUT_SECONDS = 20
_WAIT_AFTER_REFUSAL = timedelta(minutes=20)


class _ServerDownError(Exception):
    """Nothing is wrong with the message."""


def queue_invitations() -> bool:
    """Have the queue send what waits: a slow mail server must not hold up the clock.

    Nothing is queued while an earlier task has not begun. Returns whether one was.
    """
    if not Invitation.objects.to_mail(db_now()).exists():
        return False
    earlier = DBTaskResult.objects.filter(
        task_path=send_invitations.module_path, status=TaskResultStatus.READY
    )
    if earlier.exists():
        return False
    send_invitations.enqueue()
    return True


@task()
def send_invitations() -> int:
    """Mail every invitation that waits for it; return how many went out."""
    server = get_connection(timeout=_SERVER_TIMEOUT_SECONDS)
    sent = 0
    try:
        while (was_sent := _send_next(server, now=db_now())) is not None:
            sent += was_sent
    except _ServerDownError as error:
        logger.warning("the mail server does not answer, invitations wait: %s", error)
    finally:
        _hang_up(server)
    return sent


def message_of(invitation: Invitation, server: BaseEmailBackend | None = None) -> EmailMessage:
    """The mail in the language of its reader, or else of who invites."""
    reader = User.objects.filter(email=invitation.email).first() or invitation.invited_by
    context = {
        "invitation": invitation,
        "link": link_of(invitation),
        "site": urlsplit(settings.PUBLIC_URL).netloc,
    }
    with (
        translation.override(reader.language or settings.LANGUAGE_CODE),
        timezone.override(invitation.classroom.zone),
    ):
        subject = render_to_string("accounts/mails/class_invitation_subject.txt", context)
        body = render_to_string("accounts/mails/class_invitation_message.txt", context)
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        to=[invitation.email],
        headers={"Auto-Submitted": "auto-generated"},
        connection=server,
    )


@transaction.atomic
def _send_next(server: BaseEmailBackend, *, now: datetime) -> bool | None:
    """Send the oldest one that nobody else is sending; None when there is none."""
    invitation = (
        Invitation.objects.to_mail(now)
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("classroom", "invited_by")
        .order_by("created_at", "pk")
        .first()
    )
    if invitation is None:
        return None
    _reach(server)
    this_one = Invitation.objects.filter(pk=invitation.pk)
    try:
        message_of(invitation, server).send()
    except (OSError, ValueError) as error:
        # The server was there, so it is the message. The line may be dead, though.
        _hang_up(server)
        tries = invitation.mail_tries + 1
        logger.warning("mail of invitation %s: %s", invitation.pk, type(error).__name__)
        this_one.update(mail_tries=tries, mail_after=now + _WAIT_AFTER_REFUSAL * tries)
        return False
    this_one.update(mailed_at=now)
    return True


def _reach(server: BaseEmailBackend) -> None:
    try:
        server.open()
    except OSError as error:
        raise _ServerDownError(type(error).__name__) from error


def _hang_up(server: BaseEmailBackend) -> None:
    with suppress(OSError):
        server.close()
