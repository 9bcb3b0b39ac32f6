"""The one field to type the code of a class into."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

_LONGEST_CODE = 60


class JoinForm(forms.Form):
    code = forms.CharField(
        label=_("Code of the class"),
        max_length=_LONGEST_CODE,
        help_text=_("Such as 7KQ2-M8XD-41VT. Spaces and dashes may be left out."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "code",
            }
        ),
        error_messages={"required": _("Type the code that your instructor gave you.")},
    )

    def clean_code(self) -> str:
        """As it stands in an address: without the signs that people put between."""
        code: str = self.cleaned_data["code"]
        return "-".join(code.replace("/", " ").split())
