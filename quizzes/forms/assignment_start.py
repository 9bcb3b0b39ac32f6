"""What starting an assigned exam asks for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PasswordForm(forms.Form):
    """The password that the class is told when it may begin."""

    password = forms.CharField(
        label=_("Password of the exam"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Whoever set this tells it to you. It is not your own password."),
        error_messages={"required": _("Enter the password of the exam.")},
    )
