"""The form that starts a practice; it knows only what can be practised."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quizzes.selectors.practice_doors import PracticeDoor

SIZES = (5, 10, 20, 30, 50)
USUAL_SIZE = 10


class PracticeForm(forms.Form):
    """Domains (none means all of them) and the number of questions."""

    domain = forms.MultipleChoiceField(
        required=False,
        error_messages={"invalid_choice": _("Choose among the domains that have questions.")},
    )
    size = forms.TypedChoiceField(
        choices=[(size, str(size)) for size in SIZES],
        coerce=int,
        error_messages={
            "required": _("Choose how many questions."),
            "invalid_choice": _("Choose one of the numbers offered."),
        },
    )

    def __init__(self, *args: Any, door: PracticeDoor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domain"].choices = [  # type: ignore[attr-defined]
            (row.domain.key, row.domain.key) for row in door.domains
        ]
