"""Ends sign-ins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from certportal.accounts.models import User

_BATCH = 2000


def end_sessions(person: User, *, but: str | None = None) -> int:
    """Sign a person out everywhere, but in the session with the key ``but``.

    Reads every session: what a half-finished sign-in left behind (an address, a pending
    second factor) belongs to the person, too, and stands in no list. People are erased
    or deactivated rarely enough.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    keys = [key for key in _keys_of(person) if key != but]
    for key in keys:
        store.delete(key)
    UserSession.objects.filter(user=person).exclude(session_key=but or "").delete()
    return len(keys)


def _keys_of(person: User) -> Iterator[str]:
    addresses = set(EmailAddress.objects.filter(user=person).values_list("email", flat=True)) | {
        person.email
    }
    for session in Session.objects.iterator(chunk_size=_BATCH):
        data = session.get_decoded()
        words = json.dumps(data).lower()
        if data.get(SESSION_KEY) == str(person.pk) or any(
            address and json.dumps(address)[1:-1] in words for address in addresses
        ):
            yield session.session_key
