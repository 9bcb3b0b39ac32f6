"""Adds people and lets them in or out."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from certportal.accounts.models import User
from certportal.accounts.services.auditing import person_target, record
from certportal.accounts.services.roles import refuse_to_lose_last_administrator
from certportal.accounts.services.sessions import end_sessions


@transaction.atomic
def add_person(
    email: str, *, password: str | None, is_verified: bool = True, **fields: Any
) -> User:
    """Add somebody whom an operator vouches for, with the address that allauth signs in.

    Without a verified address nobody can set up a second factor, which staff need.
    """
    person = User.objects.create_user(email, password, **fields)
    vouch_for_address(person, is_verified=is_verified)
    return person


def vouch_for_address(person: User, *, is_verified: bool = True) -> None:
    """Give allauth the primary address of a person whom it has not seen sign up."""
    EmailAddress.objects.update_or_create(
        user=person, email=person.email, defaults={"primary": True, "verified": is_verified}
    )


@transaction.atomic
def confirm_address(person: User, *, by: User | None, request: HttpRequest | None = None) -> bool:
    """Vouch for the address of somebody who signed up where no mail is sent."""
    if EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists():
        return False
    vouch_for_address(person)
    record("address-vouched-for", actor=by, target=person_target(person), request=request)
    return True


@transaction.atomic
def activate(person: User, *, by: User | None, request: HttpRequest | None = None) -> bool:
    """Let a person in again; False if nothing changed, and for those who were erased."""
    if person.is_active or person.erased_at is not None:
        return False
    person.is_active = True
    person.save(update_fields=["is_active"])
    record("person-activated", actor=by, target=person_target(person), request=request)
    return True


@transaction.atomic
def deactivate(person: User, *, by: User | None, request: HttpRequest | None = None) -> bool:
    """Shut a person out, from the next request on; False if nothing changed.

    Raises:
        LastAdministratorError: nobody else is an active administrator.
    """
    if not person.is_active:
        return False
    refuse_to_lose_last_administrator(person)
    end_sessions(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    record("person-deactivated", actor=by, target=person_target(person), request=request)
    return True


@transaction.atomic
def remove_second_factors(
    person: User, *, by: User | None, request: HttpRequest | None = None
) -> int:
    """Help somebody who lost the phone and the codes; they sign in anew with the password."""
    count: int = Authenticator.objects.filter(user=person).delete()[0]
    if count:
        end_sessions(person)
        record("second-factors-removed", actor=by, target=person_target(person), request=request)
    return count
