"""Join codes: makes them, takes them back, and lets in who types one."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from allauth.core.internal import ratelimit
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from certportal.accounts.http import UserRequest
from certportal.accounts.models import ClassLabel, Classroom, JoinCode, Membership, User
from certportal.accounts.services.auditing import record
from certportal.accounts.services.classes import ArchivedClassError, class_target, lock_class
from certportal.accounts.services.memberships import NoSuchPersonError, Place, enter_class
from certportal.lib.clock import db_now

# Crockford's base 32: no letter looks like a digit.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_GROUP = 4
# 10 signs of 5 bits stay secret.
_HINT_LENGTH = 2
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212_.]+")
_SALT = "certportal.accounts.join-code"

# Only wrong codes count. A whole class may sit behind one address.
_ACTION = "join-code"
_RATES = {_ACTION: "10/10m/user,100/10m/ip"}


class UnknownCodeError(Exception):
    """Wrong, expired, revoked, used up, of an archived class: all the same to who types it."""


class TooManyCodesError(Exception):
    """Somebody typed too many wrong codes; in ten minutes they may go on."""


@transaction.atomic
def make_join_code(
    classroom: Classroom,
    *,
    by: User,
    expires_at: datetime,
    max_uses: int,
    label: ClassLabel | None = None,
) -> tuple[JoinCode, str]:
    """Make a code for students; return it with its text, which nobody can read again.

    Raises:
        ArchivedClassError: the class is archived.
    """
    locked = lock_class(classroom)
    text = "".join(secrets.choice(ALPHABET) for _sign in range(_LENGTH))
    code = JoinCode.objects.create(
        classroom=locked,
        digest=_digest(text, settings.SECRET_KEY),
        hint=text[:_HINT_LENGTH],
        label=label,
        expires_at=expires_at,
        max_uses=max_uses,
        created_by=by,
    )
    record("join-code-made", actor=by, target=class_target(locked), after={"code": code.hint})
    return code, grouped(text)


@transaction.atomic
def revoke_join_code(code: JoinCode, *, by: User) -> None:
    """Let nobody in by this code any more; twice does nothing the second time."""
    changed = JoinCode.objects.filter(pk=code.pk, revoked_at=None).update(revoked_at=db_now())
    if changed:
        target = class_target(code.classroom)
        record("join-code-revoked", actor=by, target=target, after={"code": code.hint})


def look_up_code(text: str, *, now: datetime) -> JoinCode:
    """Find the code that lets somebody in now. Pages use `typed_code`, which counts mistakes.

    Raises:
        UnknownCodeError: there is none, whatever the cause.
    """
    usable = JoinCode.objects.usable(now).select_related("classroom", "label")
    code = usable.filter(digest__in=_digests(text)).first()
    if code is None:
        raise UnknownCodeError
    return code


@transaction.atomic
def join_by_code(text: str, *, person: User) -> Membership:
    """Let a student in. Pages use `join_by_typed_code`, which counts mistakes.

    Who is a member already stays what they are and uses nothing up, also with a code that
    their own first press used up.

    Raises:
        UnknownCodeError: the code lets nobody in, whatever the cause, or not this person.
    """
    now = db_now()
    membership = membership_behind(text, person=person)
    if membership is not None:
        return membership
    code = look_up_code(text, now=now)
    try:
        classroom = lock_class(code.classroom)
        place = Place(labels=(code.label,) if code.label else ())
        membership, is_new = enter_class(classroom, place, person=person, now=now)
    except (ArchivedClassError, NoSuchPersonError) as error:
        raise UnknownCodeError from error
    if is_new:
        _use_up(code, now=now)
        after = {"code": code.hint}
        record("class-joined", actor=person, target=class_target(classroom), after=after)
    return membership


def typed_code(request: UserRequest, text: str) -> JoinCode:
    """`look_up_code` for a page: counts wrong codes by person and by address.

    Raises:
        UnknownCodeError: there is no such code.
        TooManyCodesError: there were too many wrong ones; this one was not looked at.
    """
    with _counting_mistakes(request):
        return look_up_code(text, now=db_now())


def join_by_typed_code(request: UserRequest, text: str) -> Membership:
    """`join_by_code` for a page: counts wrong codes by person and by address.

    Raises:
        UnknownCodeError: there is no such code.
        TooManyCodesError: there were too many wrong ones; this one was not looked at.
    """
    with _counting_mistakes(request):
        return join_by_code(text, person=request.user)


def grouped(text: str) -> str:
    """The code as people read it: XXXX-XXXX-XXXX."""
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


@contextmanager
def _counting_mistakes(request: UserRequest) -> Iterator[None]:
    """Count first and give back what was right, so that many threads cannot try at once."""
    usage = ratelimit.consume(
        request, app="certportal.accounts", action=_ACTION, config=_RATES, limit_get=True
    )
    if usage is None:
        raise TooManyCodesError
    yield
    usage.rollback()


def membership_behind(text: str, *, person: User) -> Membership | None:
    """One's own place in the class of a code, whether or not it still lets anybody in."""
    return (
        Membership.objects.current()
        .filter(
            person=person,
            person__is_active=True,
            classroom__archived_at=None,
            classroom__join_codes__digest__in=_digests(text),
        )
        .first()
    )


def _use_up(code: JoinCode, *, now: datetime) -> None:
    """Looked at again under the lock of the class: the last use lets one person in."""
    used = JoinCode.objects.usable(now).filter(pk=code.pk).update(uses=F("uses") + 1)
    if not used:
        raise UnknownCodeError


def _digests(text: str) -> list[str]:
    """What may be stored of a code: with the key of today, or one that is being retired."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text).upper()).translate(_LOOKS_LIKE)
    return [_digest(plain, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _digest(text: str, key: str) -> str:
    return salted_hmac(_SALT, text, secret=key, algorithm="sha256").hexdigest()
