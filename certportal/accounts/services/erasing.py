"""Empties a person's account in place and keeps what others rely on."""

from __future__ import annotations

import secrets
import uuid
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from certportal.accounts.models import AuditEvent, CalendarAddress, Notice, User
from certportal.accounts.services.auditing import person_target, record
from certportal.accounts.services.class_invitations import forget_invitations
from certportal.accounts.services.memberships import forget_memberships
from certportal.accounts.services.roles import refuse_to_lose_last_administrator
from certportal.accounts.services.sessions import end_sessions
from certportal.accounts.signals import person_erased
from certportal.lib.append_only import ERASED, allow_erasing


@transaction.atomic
def erase_person(person: User, *, by: User | None) -> None:
    """Forget who somebody was, in one transaction; twice does nothing the second time.

    The row stays under its id with a random name, so that attempts and statistics stand.
    Everything that identifies goes, here and in the receivers of ``person_erased``.

    Raises:
        LastAdministratorError: nobody else is an active administrator.
    """
    refuse_to_lose_last_administrator(person)
    person.refresh_from_db(from_queryset=User.objects.select_for_update())
    if person.erased_at is not None:
        return
    allow_erasing()
    _blank_audit(person)
    _blank_admin_log(person)
    _delete_belongings(person)
    person_erased.send(sender=User, person=person)
    _empty(person)
    # Without a request: from where somebody wiped their own account is theirs to keep.
    record("person-erased", actor=by, target=person_target(person))


def _blank_audit(person: User) -> None:
    """What was done stays; what was typed, and from where, goes."""
    target = person_target(person)
    theirs = Q(actor=person) | Q(actor=None, target=target)
    AuditEvent.objects.filter(theirs).exclude(ip_address="").update(ip_address=ERASED)
    for event in AuditEvent.objects.filter(Q(actor=person) | Q(target=target)):
        before, after = _blank(event.before), _blank(event.after)
        if (before, after) != (event.before, event.after):
            AuditEvent.objects.filter(pk=event.pk).update(before=before, after=after)


def _blank(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _blank(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_blank(item) for item in value]
    return ERASED if isinstance(value, str) and value else value


def _blank_admin_log(person: User) -> None:
    """The stock admin's log repeats the name of whom it is about."""
    people = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=people, object_id=str(person.pk)).update(
        object_repr=ERASED, change_message=""
    )


def _delete_belongings(person: User) -> None:
    # Sessions and invitations first: they are found by the addresses.
    end_sessions(person)
    forget_invitations(person)
    forget_memberships(person)
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    Notice.objects.filter(person=person).delete()
    CalendarAddress.objects.filter(person=person).delete()
    person.groups.clear()
    person.user_permissions.clear()


def _empty(person: User) -> None:
    person.email = None
    person.display_name = f"erased-{secrets.token_hex(4)}"
    person.public_id = uuid.uuid4()
    person.set_unusable_password()
    person.is_active = person.is_staff = person.is_superuser = False
    person.language, person.time_zone = "", "UTC"
    person.reminders_by_mail = True
    # Extra time says something about somebody's health.
    person.extra_time_factor = person.own_extra_time_factor = Decimal(1)
    person.last_login = None
    person.erased_at = timezone.now()
    person.save()
