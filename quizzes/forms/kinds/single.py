"""The form of a single-choice question."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from quizzes.forms.kinds.base import KindForm


class SingleForm(KindForm):
    kind = "single"
    name = _("Single choice")
    fewest_rows = 4

    def _finish(self, body: dict[str, Any]) -> None:
        super()._finish(body)
        body["choose"] = 1
