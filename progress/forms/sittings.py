"""Forms about one sitting of a class: more time, and what came too late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from quizzes.selectors.late_answers import LateAnswer
from quizzes.services.granting import MOST_MINUTES

_LONGEST_REASON = 200


def _reason() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=_LONGEST_REASON,
        help_text=gettext_lazy("Kept with the sitting for good."),
    )


class GrantForm(forms.Form):
    """More time for a sitting that runs."""

    prefix = "grant"

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes more"), min_value=1, max_value=MOST_MINUTES
    )
    reason = _reason()


class DecisionForm(forms.Form):
    """Which late answers are meant, and what becomes of them."""

    prefix = "late"

    do = forms.ChoiceField(choices=[("accept", ""), ("decline", "")])
    events = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={"required": gettext_lazy("Choose at least one answer.")},
    )
    reason = _reason()

    def __init__(self, data: Any = None, *, late: Sequence[LateAnswer]) -> None:
        super().__init__(data)
        events: Any = self.fields["events"]
        events.choices = [(str(answer.event_id), "") for answer in late]
        waiting = [str(answer.event_id) for answer in late if not answer.decision]
        self.chosen = set(data.getlist(self.add_prefix("events")) if data is not None else waiting)
        """What is ticked; at first all that waits for a decision."""
