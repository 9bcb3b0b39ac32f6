"""Makes and reads links that let one address sign up."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core import signing
from django.urls import reverse

INVITATION_DAYS = 14
PARAMETER = "invitation"
_SALT = "certportal.accounts.invitation"


def invitation_link(email: str, *, then: str = "") -> str:
    """Return the address where exactly this e-mail address may sign up, and go on to `then`."""
    token = signing.dumps(email.strip().lower(), salt=_SALT, compress=True)
    query = urlencode({PARAMETER: token, **({REDIRECT_FIELD_NAME: then} if then else {})})
    return f"{settings.PUBLIC_URL}{reverse('account_signup')}?{query}"


def invited_address(token: str) -> str | None:
    """Return the e-mail address of an invitation; None if it is forged or too old."""
    try:
        email: str = signing.loads(token, salt=_SALT, max_age=INVITATION_DAYS * 24 * 3600)
    except signing.BadSignature:
        return None
    return email
