"""Forms about people."""

from __future__ import annotations

from allauth.account.forms import SignupForm as AllauthSignupForm


class SignupForm(AllauthSignupForm):
    """Name, e-mail address, password once."""
