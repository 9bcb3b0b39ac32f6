"""How allauth works in this portal."""

from __future__ import annotations

import base64
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from certportal.accounts.client_address import client_address
from certportal.accounts.models import User
from certportal.accounts.services.inviting import PARAMETER, invited_address

INVITED_SESSION_KEY = "invited_address"
_WRONG_CODE = gettext_lazy("This code is not right. Codes change; please give the current one.")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up by rule, mail with the public address, limits that headers cannot dodge."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy(
            "The address or the password is not right. Please try again."
        ),
        "email_taken": gettext_lazy(
            "There is an account with this address already. Sign in with it, or ask for a new "
            "password."
        ),
        "duplicate_email": gettext_lazy("Your account has this address already."),
        "incorrect_password": gettext_lazy("This is not your password. Please try again."),
        "incorrect_code": _WRONG_CODE,
        "too_many_login_attempts": gettext_lazy(
            "That was tried too often. Wait a few minutes, then try again."
        ),
        "rate_limited": gettext_lazy(
            "That was tried too often. Wait a few minutes, then try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        if settings.SIGNUP != "invite":
            return bool(settings.SIGNUP == "open")
        token = request.GET.get(PARAMETER)
        if token:
            # The form is posted to the bare address, so the session carries it on.
            request.session[INVITED_SESSION_KEY] = invited_address(token)
        return bool(request.session.get(INVITED_SESSION_KEY))

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        user.display_name = form.cleaned_data.get("display_name", "")
        user.language = get_language() or ""
        request.session.pop(INVITED_SESSION_KEY, None)
        return cast(User, super().save_user(request, user, form, commit))

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or cast(str, super().get_client_ip(request))

    def _get_login_attempts_cache_key(
        self,
        request: HttpRequest,  # noqa: ARG002 - allauth's signature
        **credentials: Any,
    ) -> str:
        """Count by account alone: another Host header must not open a fresh count."""
        return str(credentials.get("email", "")).strip().lower()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        links = {
            name: on_public_address(value)
            for name, value in context.items()
            if name.endswith("_url") and isinstance(value, str)
        }
        site = {"name": "Certportal", "domain": urlsplit(settings.PUBLIC_URL).netloc}
        super().send_mail(template_prefix, email, {**context, **links, "current_site": site})


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors, useless to whoever has the database but not the SECRET_KEY."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _WRONG_CODE,
        "unverified_email": gettext_lazy(
            "Confirm your e-mail address first, under E-mail: it is the way back when the app or "
            "the key is lost."
        ),
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        """Suggest a name: the devices are the student's own, so a number will do."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("Key %(number)d") % {"number": count + 1}

    def encrypt(self, text: str) -> str:
        return _second_factor_box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _second_factor_box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            # Made with another SECRET_KEY: no code can be right any more.
            raise self.validation_error("incorrect_code") from error


def on_public_address(url: str) -> str:
    """Put the host of PUBLIC_URL in place of the one that the request claimed."""
    parts = urlsplit(url)
    public = urlsplit(settings.PUBLIC_URL)
    return parts._replace(scheme=public.scheme, netloc=public.netloc).geturl()


def _second_factor_box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys])


def _fernet_key(secret: str) -> bytes:
    mac = salted_hmac("certportal.second-factor", "key", secret=secret, algorithm="sha256")
    return base64.urlsafe_b64encode(mac.digest())
