"""The forms of question kinds by name; a new form adds one line here."""

from __future__ import annotations

from quizzes.forms.kinds.base import KindForm
from quizzes.forms.kinds.multiple import MultipleForm
from quizzes.forms.kinds.single import SingleForm
from quizzes.forms.kinds.true_false import TrueFalseForm

KIND_FORMS: dict[str, type[KindForm]] = {
    form.kind: form for form in (SingleForm, MultipleForm, TrueFalseForm)
}
"""Kinds that can be written by hand; the others come by import."""
