"""The form of a multiple-response question."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quizzes.engine.kinds.base import Document
from quizzes.forms.kinds.base import KindForm

FEWEST_TOLD = 2


class MultipleForm(KindForm):
    kind = "multiple"
    name = _("Multiple response")
    fewest_rows = 5
    marks_many = True

    tells_number = forms.BooleanField(
        label=_("Tell how many options are right (“Choose TWO”)"), required=False, initial=True
    )

    def _initial(self, body: Document, key: Document) -> dict[str, Any]:
        initial = super()._initial(body, key)
        return {**initial, "tells_number": "choose" in body or not body}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        told = cleaned.get("tells_number")
        if told and len(cleaned.get("correct", ())) < FEWEST_TOLD and not self.has_error("correct"):
            self.add_error(
                "correct",
                _("Mark at least two options as right, or write a single-choice question."),
            )
        return cleaned

    def _finish(self, body: dict[str, Any]) -> None:
        super()._finish(body)
        if self.cleaned_data.get("tells_number"):
            body["choose"] = len(self.cleaned_data.get("correct", ()))
