"""Turns what allauth and Django report about sign-ins into audit rows."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.apps import apps as all_apps
from django.contrib.auth import signals as auth
from django.db.models.signals import post_migrate
from django.dispatch import Signal
from django.http import HttpRequest

from certportal.accounts.models import User
from certportal.accounts.services.auditing import person_target, record
from certportal.accounts.services.roles import sync_instructor_group

_ABOUT_ONESELF: dict[Signal, str] = {
    account.user_signed_up: "signed-up",
    account.user_logged_in: "signed-in",
    auth.user_logged_out: "signed-out",
    account.password_set: "password-set",
    account.password_changed: "password-changed",
    account.password_reset: "password-reset",
    account.email_added: "address-added",
    account.email_changed: "address-changed",
    account.email_removed: "address-removed",
    mfa.authenticator_added: "second-factor-added",
    mfa.authenticator_removed: "second-factor-removed",
    mfa.authenticator_reset: "second-factor-renewed",
    mfa.authentication_failed: "second-factor-failed",
}


def connect() -> None:
    """Listen; called once when the app is ready."""
    for signal, action in _ABOUT_ONESELF.items():
        # A strong reference: nothing else holds the partial.
        signal.connect(
            partial(_note_own_act, action), weak=False, dispatch_uid=f"certportal.audit.{action}"
        )
    account.email_confirmed.connect(_note_confirmed_address, dispatch_uid="certportal.audit")
    auth.user_login_failed.connect(_note_failed_sign_in, dispatch_uid="certportal.audit")
    # Permissions of an app exist once it reports; the role is about those of quizzes.
    post_migrate.connect(
        sync_instructor_group, sender=all_apps.get_app_config("quizzes"), dispatch_uid="roles"
    )


def _note_own_act(
    action: str,
    *,
    user: User | None = None,
    request: HttpRequest | None = None,
    authenticator: Any = None,
    **_signal: Any,
) -> None:
    if user is None:
        return
    after = {"type": str(authenticator.type)} if authenticator is not None else {}
    # A failed second factor is an act of whoever sat there, not yet of the person.
    actor = None if action.endswith("-failed") else user
    record(action, actor=actor, target=person_target(user), after=after, request=request)


def _note_confirmed_address(*, request: HttpRequest, email_address: Any, **_signal: Any) -> None:
    user: User = email_address.user
    record("address-confirmed", actor=user, target=person_target(user), request=request)


def _note_failed_sign_in(
    *, credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: Any
) -> None:
    """Write down whose door it was; never what was typed, which may be a password."""
    typed = credentials.get("email") or credentials.get("username") or ""
    person = User.objects.filter(email=str(typed).strip().lower()).first()
    target = person_target(person) if person else ""
    record("sign-in-failed", actor=None, target=target, request=request)
