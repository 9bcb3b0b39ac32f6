"""Forms about the people of a class: inviting, changing, choosing some, bringing a roster."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certportal.accounts.formats.roster_file import LONGEST_ADDRESS, MOST_BYTES
from certportal.accounts.models import ClassLabel, Classroom, Membership
from certportal.accounts.models.user import validate_one_line
from certportal.accounts.services.class_invitations import Guest
from certportal.accounts.services.memberships import Place
from certportal.lib.form_fields import ChoiceCards
from progress.forms.classes import ExtraTimeMixin

_ROLE_HINTS: dict[str, Any] = {
    Membership.Role.STUDENT: gettext_lazy("Learns, and is seen by those who teach the class."),
    Membership.Role.ASSISTANT: gettext_lazy("Looks at everything and changes nothing."),
    Membership.Role.INSTRUCTOR: gettext_lazy(
        "Changes everything of the class. Only instructors of this portal can be."
    ),
}


class PlaceForm(ExtraTimeMixin):
    """Role, labels and extra time of somebody in a class."""

    has_summary = True
    field_order = ["email", "name", "role", "labels", "extra_time", "reason"]

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=Membership.Role,
        initial=Membership.Role.STUDENT,
        widget=ChoiceCards(hints=_ROLE_HINTS),
    )
    labels = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Labels"),
        queryset=ClassLabel.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any, *, classroom: Classroom, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        labels = cast("forms.ModelMultipleChoiceField[ClassLabel]", self.fields["labels"])
        labels.queryset = classroom.labels.all()
        self.has_labels = classroom.labels.exists()

    @property
    def place(self) -> Place:
        return Place(
            role=self.cleaned_data["role"],
            labels=tuple(self.cleaned_data["labels"]),
            extra_time=self.granted,
        )


class MemberForm(PlaceForm):
    """What a member is."""

    def __init__(self, data: Any = None, *, membership: Membership) -> None:
        initial = {
            "role": membership.role,
            "labels": membership.labels.all(),
            "extra_time": membership.extra_time_factor,
            "reason": membership.extra_time_reason,
        }
        super().__init__(data, classroom=membership.classroom, initial=initial)


class InviteForm(PlaceForm):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=LONGEST_ADDRESS)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        required=False,
        validators=[validate_one_line],
        help_text=gettext_lazy("For your own list, until they join under their own."),
    )

    @property
    def guest(self) -> Guest:
        return Guest(self.cleaned_data["email"], self.cleaned_data["name"], self.place)


class RosterForm(forms.Form):
    """The file of a roster; what stands in it is looked at later."""

    roster = forms.FileField(
        label=gettext_lazy("Roster"),
        allow_empty_file=True,
        help_text=gettext_lazy("A CSV file of at most 20,000 rows and 2 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )

    def clean_roster(self) -> bytes:
        file = self.cleaned_data["roster"]
        if file.size > MOST_BYTES:
            raise ValidationError(
                _("The file is larger than 2 MB. Split it, or save only the columns named below.")
            )
        data: bytes = file.read()
        return data
