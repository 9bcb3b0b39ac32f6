"""The form that takes a file of unsent answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from quizzes.formats.unsent_file import MOST_BYTES, UnsentEntry, UnsentFileError, read_unsent

_REFUSALS = {
    "too_big": gettext_lazy("This file is larger than 1 MB. Choose the file that the exam saved."),
    "not_json": gettext_lazy(
        "This is no file of answers, or it is damaged. Choose the file that the exam saved, "
        "as it is."
    ),
    "not_answers": gettext_lazy(
        "This file holds no answers of an exam. Choose the file that the exam saved, unchanged."
    ),
    "other_sitting": gettext_lazy(
        "These answers belong to another sitting. Open the page of that sitting and send "
        "the file there."
    ),
    "empty": gettext_lazy("There is no answer in this file. Nothing has to be sent."),
    "too_many": gettext_lazy("This file holds more answers than a sitting can have."),
}


class UnsentForm(forms.Form):
    """One file; `cleaned_data["file"]` are its entries."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )

    def __init__(self, data: Any = None, files: Any = None, *, attempt: str) -> None:
        super().__init__(data, files)
        self._attempt = attempt

    def clean_file(self) -> tuple[UnsentEntry, ...]:
        file = self.cleaned_data["file"]
        try:
            # One byte more tells that it is too big, without reading all of it.
            return read_unsent(file.read(MOST_BYTES + 1), attempt=self._attempt)
        except UnsentFileError as error:
            raise forms.ValidationError(_REFUSALS[error.code], code=error.code) from error
