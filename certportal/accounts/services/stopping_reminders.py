"""The link in every reminder that stops them, without signing in and without end."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core import signing
from django.urls import reverse

from certportal.accounts.models import User
from certportal.accounts.services.auditing import person_target, record

_SALT = "certportal.accounts.stop-reminders"


class UnknownReaderError(Exception):
    """The link is forged, or its reader was erased."""


def stop_link(person: User) -> str:
    """The full address of the page that stops this person's reminders by mail."""
    token = signing.Signer(salt=_SALT).sign(person.public_id.hex)
    return f"{settings.PUBLIC_URL}{reverse('accounts:stop-reminders', args=[token])}"


def reader_of(token: str) -> User:
    """Who gets the mails that this link was in.

    Raises:
        UnknownReaderError: nobody does.
    """
    try:
        public_id = uuid.UUID(hex=signing.Signer(salt=_SALT).unsign(token))
        return User.objects.get(public_id=public_id, is_active=True)
    except (signing.BadSignature, User.DoesNotExist) as error:
        raise UnknownReaderError from error


def stop_reminders(person: User) -> None:
    """Send no reminders by mail any more; the inbox keeps them."""
    changed = User.objects.filter(pk=person.pk, reminders_by_mail=True).update(
        reminders_by_mail=False
    )
    if changed:
        # Nobody has signed in: the link alone did it.
        record("reminders-stopped", actor=None, target=person_target(person))
