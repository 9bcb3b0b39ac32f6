"""The sections of a mock exam: a table of titles and sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certportal.accounts.models.user import validate_one_line
from quizzes.models.exam import LARGEST_EXAM
from quizzes.selectors.exam_blueprint import SectionPlan

MOST_SECTIONS = 6


class SectionForm(forms.Form):
    """One section; a row without a word and a number is none."""

    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=80, required=False, validators=[validate_one_line]
    )
    size = forms.IntegerField(
        label=gettext_lazy("Questions"),
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(LARGEST_EXAM)],
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and bool(values["title"]) != bool(values["size"]):
            lacking = "size" if values["title"] else "title"
            self.add_error(lacking, _("A section has a title and a number of questions."))
        return values

    @property
    def plan(self) -> SectionPlan | None:
        values = self.cleaned_data
        if self.errors or not values["title"]:
            return None
        return SectionPlan(values["title"], values["size"])


class SectionTable:
    """All rows of the table; they are judged together."""

    def __init__(self, data: Mapping[str, Any] | None, *, now: Sequence[SectionPlan]) -> None:
        rows: list[SectionPlan | None] = [*now, *[None] * (MOST_SECTIONS - len(now))]
        self.rows = [
            SectionForm(data, prefix=f"section_{number}", initial=row._asdict() if row else None)
            for number, row in enumerate(rows, start=1)
        ]
        self.is_bound = data is not None
        self.problem = ""
        """What is wrong with all of them together; empty when nothing is."""

    def is_valid(self) -> bool:
        judged = [row.is_valid() for row in self.rows]
        if not all(judged):
            return False
        if len(self.plans) == 1:
            self.problem = _("One section is the whole exam. Give two or more, or none.")
        return not self.problem

    def fit(self, size: int | None) -> bool:
        """Whether they hold an exam of this size; what is not known yet fits."""
        held = sum(plan.size for plan in self.plans)
        if self.plans and size and held != size:
            text = ngettext(
                "The sections hold %(held)d question in all, and the exam has %(size)d.",
                "The sections hold %(held)d questions in all, and the exam has %(size)d.",
                held,
            )
            self.problem = text % {"held": held, "size": size}
        return not self.problem

    @property
    def plans(self) -> list[SectionPlan]:
        return [plan for row in self.rows if (plan := row.plan) is not None]

    @property
    def is_in_use(self) -> bool:
        """Whether anything stands in the table."""
        return any(row["title"].value() or row["size"].value() for row in self.rows)

    def has_changed(self) -> bool:
        return any(row.has_changed() for row in self.rows)
