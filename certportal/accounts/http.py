"""Types for views behind the sign-in."""

from __future__ import annotations

from django.http import HttpRequest

from certportal.accounts.models import User


class UserRequest(HttpRequest):
    """A request that the sign-in middleware has let through."""

    user: User
