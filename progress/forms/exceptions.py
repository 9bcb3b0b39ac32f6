"""The form of an exception: other rules for one label or one student."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certportal.accounts.models import ClassLabel, Classroom, User
from certportal.lib.form_fields import ZonedTimeField
from certportal.lib.zoned import wall_time
from progress.selectors.assignment_exceptions import ExceptionChoices
from quizzes.engine.terms import EffectiveTerms
from quizzes.models import AssignmentOverride
from quizzes.models.assignment import LatePolicy
from quizzes.services.assignment_checks import OverrideDetails

_DATES = ("opens_at", "due_at", "closes_at")
_STORED = (*_DATES, "attempts_allowed", "minutes", "late_policy", "late_deduction", "reason")


class ExceptionForm(forms.Form):
    """What is left empty is inherited; the hint of each field says what that is."""

    has_summary = True
    use_required_attribute = False

    whom = forms.ChoiceField(
        label=gettext_lazy("For whom"),
        error_messages={
            "required": gettext_lazy("Choose a label or a student."),
            "invalid_choice": gettext_lazy(
                "There is an exception for them already, or they are not in this class."
            ),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Only those who teach the class read it."),
        error_messages={"required": gettext_lazy("Give a reason.")},
    )
    opens_at = ZonedTimeField(label=gettext_lazy("Opens"), required=False)
    due_at = ZonedTimeField(label=gettext_lazy("Due"), required=False, later=True)
    closes_at = ZonedTimeField(label=gettext_lazy("Closes"), required=False, later=True)
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), required=False, min_value=1, max_value=600
    )
    attempts_allowed = forms.IntegerField(
        label=gettext_lazy("Attempts"), required=False, min_value=1, max_value=20
    )
    late_policy = forms.ChoiceField(label=gettext_lazy("Late work"), required=False)
    late_deduction = forms.IntegerField(
        label=gettext_lazy("Deduction for late work"), required=False, min_value=1, max_value=100
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        classroom: Classroom,
        offered: ExceptionChoices,
        override: AssignmentOverride | None = None,
        whom: str = "",
    ) -> None:
        stored = {name: getattr(override, name) for name in _STORED} if override else {}
        super().__init__(data, initial={"whom": whom, **stored})
        self._override, self._offered = override, offered
        for name in _DATES:
            cast(ZonedTimeField, self.fields[name]).zone = classroom.zone
        self._labels = {f"label:{it.name}": it for it in offered.labels}
        self._people = {f"person:{it.public_id}": it for it in offered.students}
        self._offer()
        self._explain(classroom, offered.inherited)

    def _offer(self) -> None:
        late = [("", _("Inherited")), *LatePolicy.choices]
        cast(forms.ChoiceField, self.fields["late_policy"]).choices = late
        if self._override:
            del self.fields["whom"]
            return
        labels = [(key, str(label)) for key, label in self._labels.items()]
        people = [(key, str(person)) for key, person in self._people.items()]
        groups = [(_("Labels"), labels), (_("Students"), people)]
        choices = [("", _("Choose")), *(group for group in groups if group[1])]
        cast(forms.ChoiceField, self.fields["whom"]).choices = choices

    def _explain(self, classroom: Classroom, terms: EffectiveTerms) -> None:
        """Say under each field what it inherits."""
        inherited = {
            "opens_at": self._shown(terms.opens_at.value, classroom, _("at once")),
            "due_at": self._shown(terms.due_at.value, classroom, _("at no set time")),
            "closes_at": self._shown(terms.closes_at.value, classroom, _("never")),
            "minutes": str(terms.minutes.value),
            "attempts_allowed": str(terms.attempts.value or _("as many as one likes")),
            "late_policy": late_words(terms.late.value.policy, terms.late.value.deduction),
        }
        for name, value in inherited.items():
            self.fields[name].help_text = _("Inherited: %(value)s.") % {"value": value}
        self.fields["minutes"].help_text = _("Inherited: %(value)s, before extra time.") % {
            "value": inherited["minutes"]
        }
        if not terms.minutes.value:
            # A practice goal: nothing is timed, repeated or marked.
            for name in ("minutes", "attempts_allowed", "late_policy", "late_deduction"):
                del self.fields[name]

    def _shown(self, at: Any, classroom: Classroom, otherwise: str) -> str:
        if at is None:
            return otherwise
        return date_format(wall_time(at, classroom.zone), _("j M Y, H:i"))

    @property
    def chosen(self) -> ClassLabel | User | None:
        """Whom the exception is for, once the form is valid."""
        if self._override:
            return self._override.label or self._override.person
        key = self.cleaned_data["whom"]
        return self._labels.get(key) or self._people.get(key)

    def details(self) -> OverrideDetails:
        cleaned, whom = self.cleaned_data, self.chosen
        is_deducted = cleaned.get("late_policy") == LatePolicy.DEDUCT
        return OverrideDetails(
            label=whom if isinstance(whom, ClassLabel) else None,
            person=whom if isinstance(whom, User) else None,
            position=self._override.position if self._override else self._offered.next_position,
            late_deduction=cleaned["late_deduction"] if is_deducted else None,
            **{
                name: cleaned[name]
                for name in _STORED
                if name in cleaned and name != "late_deduction"
            },
        )

    def refuse(self, error: ValidationError) -> None:
        """Show at their fields what the service found wrong."""
        for name, problems in error.error_dict.items():
            place = {"label": "whom", "person": "whom", "__all__": None}.get(name, name)
            self.add_error(place if place in self.fields else None, problems)


def late_words(policy: str, deduction: int) -> str:
    """What happens to late work, in words."""
    if policy == LatePolicy.DEDUCT:
        return _("counts %(percent)s%% less") % {"percent": deduction}
    if policy == LatePolicy.REFUSE:
        return _("nothing begins after it was due")
    return _("counts in full and is marked late")
