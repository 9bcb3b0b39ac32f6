"""Forms about people."""

from __future__ import annotations

import zoneinfo
from decimal import Decimal
from functools import cache
from typing import Any, cast

from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from certportal.accounts.adapter import INVITED_SESSION_KEY
from certportal.accounts.models import User
from certportal.accounts.models.user import validate_one_line

_LONGEST_NAME = 80
_CONTINENTS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """Name, e-mail address, password once."""

    field_order = ["display_name", "email", "password1"]

    display_name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=_LONGEST_NAME,
        required=False,
        validators=[validate_one_line],
        help_text=gettext_lazy("What others see. You may leave it empty."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # allauth gives its forms no request.
        self.invited: str | None = context.request.session.get(INVITED_SESSION_KEY)
        if self.invited:
            self.fields["email"].initial = self.invited

    def clean_email(self) -> str:
        email: str = super().clean_email()
        if settings.SIGNUP == "invite" and email != self.invited:
            raise ValidationError(_("The invitation is for another e-mail address."))
        return email

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        name, password = cleaned.get("display_name"), cleaned.get("password1")
        if name and password:
            # allauth compares the password with the address only.
            rule = UserAttributeSimilarityValidator(user_attributes=["display_name"])
            try:
                rule.validate(password, User(display_name=name))
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Save once, also when a double click sends the form twice at the same moment."""
        try:
            with transaction.atomic():
                return cast("tuple[User | None, HttpResponse | None]", super().try_save(request))
        except IntegrityError:
            return None, redirect("account_login")


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """The one field of its page: ready to type, with digits on a phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"autofocus": True, "inputmode": "numeric"}


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey unless one says otherwise: who comes for one must not find it cannot sign in."""

    passwordless = forms.BooleanField(required=False, initial=True)


class SettingsForm(forms.ModelForm[User]):
    """What a person sets for themselves."""

    own_extra_time_factor = forms.TypedChoiceField(
        label=gettext_lazy("Extra time in my own mock exams"),
        coerce=Decimal,
        choices=[
            (Decimal("1.00"), gettext_lazy("None")),
            (Decimal("1.25"), gettext_lazy("A quarter more")),
            (Decimal("1.50"), gettext_lazy("Half as much again")),
            (Decimal("2.00"), gettext_lazy("Twice the time")),
        ],
        help_text=gettext_lazy(
            "Counts only in mock exams that you start yourself, from the next start on."
        ),
    )

    class Meta:
        model = User
        fields = [
            "display_name",
            "language",
            "time_zone",
            "own_extra_time_factor",
            "reminders_by_mail",
        ]
        labels = {
            "display_name": gettext_lazy("Name"),
            "language": gettext_lazy("Language"),
            "time_zone": gettext_lazy("Time zone"),
            "reminders_by_mail": gettext_lazy("Reminders by e-mail"),
        }
        help_texts = {"display_name": gettext_lazy("What others see. You may leave it empty.")}
        widgets = {"display_name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            label=gettext_lazy("Language"),
            required=False,
            choices=[("", gettext_lazy("As the browser asks for")), *_languages()],
        )
        current = self.instance.time_zone
        names = sorted({*time_zone_names(), current})
        self.fields["time_zone"] = forms.ChoiceField(
            label=gettext_lazy("Time zone"),
            choices=[(name, name.replace("_", " ")) for name in names],
        )


class EraseForm(forms.Form):
    """The one question before an account is emptied."""

    understood = forms.BooleanField(
        label=gettext_lazy("I understand that this cannot be undone."),
        error_messages={"required": gettext_lazy("Tick this box to go on.")},
    )


@cache
def time_zone_names() -> tuple[str, ...]:
    """Name the places people live in, and UTC; the old aliases only make the list longer."""
    names = zoneinfo.available_timezones()
    return tuple(sorted(n for n in names if n == "UTC" or n.split("/")[0] in _CONTINENTS))


def _languages() -> list[tuple[str, str]]:
    """Each language by the name that its speakers look for."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
