"""Forms about a class: its facts and goal, a copy of it, its labels and its join codes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certportal.accounts.forms import time_zone_names
from certportal.accounts.models import ClassLabel, Classroom
from certportal.accounts.models.user import validate_one_line
from certportal.accounts.services.memberships import ExtraTime
from certportal.catalog.models import ExamGuide
from certportal.lib.form_fields import ZonedTimeField, validate_year
from progress.forms.offered import guide_name
from progress.models import ClassGoal

_LONGEST_NAME = 120
_LONGEST_LABEL = 40
_USUAL_CODE_DAYS = 14
_LONGEST_CODE_DAYS = 366
_USUAL_USES = 40
_MOST_USES = 1000


class ListedInput(forms.TextInput):
    """A text that the browser completes from the list with this id; without one it is typed."""

    def __init__(self, list_id: str) -> None:
        super().__init__(attrs={"list": list_id, "autocomplete": "off"})


class TimeZoneField(forms.CharField):
    """A time zone by its name, or by the town alone, in any capitals."""

    widget = ListedInput("time-zones")

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        wanted = typed.strip().replace(" ", "_").casefold()
        names = time_zone_names()
        whole = [name for name in names if name.casefold() == wanted]
        towns = [name for name in names if name.casefold().rsplit("/", 1)[-1] == wanted]
        found = whole or towns
        if len(found) != 1:
            raise ValidationError(
                _("“%(typed)s” is no time zone. Choose one of the list, such as Europe/Berlin."),
                params={"typed": typed},
            )
        return found[0]


class GuideField(forms.CharField):
    """An exam guide by what the list says, or by the code of its certification."""

    widget = ListedInput("guides")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.guides: list[ExamGuide] = []

    def clean(self, value: Any) -> ExamGuide | None:
        typed = super().clean(value).strip().casefold()
        if not typed:
            return None
        for guide in self.guides:
            if typed in {guide_name(guide).casefold(), guide.certification.code.casefold()}:
                return guide
        raise ValidationError(_("There is no such exam guide. Choose one of the list."))

    def prepare_value(self, value: Any) -> Any:
        return guide_name(value) if isinstance(value, ExamGuide) else value


class ClassForm(forms.Form):
    """What a class is called, where its clocks stand, and what it learns for."""

    has_summary = True

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=_LONGEST_NAME,
        validators=[validate_one_line],
        help_text=gettext_lazy("Such as “Cloud Foundations, autumn 2026”."),
    )
    time_zone = TimeZoneField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy(
            "Dates of the class are entered and shown in it. Type a town to search."
        ),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Students read it before they join."),
    )
    guide = GuideField(
        label=gettext_lazy("Exam guide"),
        required=False,
        help_text=gettext_lazy(
            "What your students do in this guide is what the class sees of them. After a change "
            "it sees what they do in the new one from then on. Type a name or a code to search."
        ),
    )
    exam_on = forms.DateField(
        label=gettext_lazy("Day of the real exam"),
        required=False,
        validators=[validate_year],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        guides: list[ExamGuide],
        classroom: Classroom | None = None,
        goal: ClassGoal | None = None,
        zone: str = "UTC",
    ) -> None:
        initial: dict[str, Any] = {"time_zone": zone}
        if classroom is not None:
            initial = {
                "name": classroom.name,
                "time_zone": classroom.time_zone,
                "description": classroom.description,
            }
        if goal is not None:
            initial |= {"guide": goal.guide, "exam_on": goal.exam_on}
        super().__init__(data, initial=initial)
        self._has_goal = goal is not None
        field = cast(GuideField, self.fields["guide"])
        field.guides = guides

    @property
    def zones(self) -> tuple[str, ...]:
        return time_zone_names()

    @property
    def guide_names(self) -> list[str]:
        field = cast(GuideField, self.fields["guide"])
        return list(dict.fromkeys(guide_name(guide) for guide in field.guides))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "guide" in self.errors or cleaned.get("guide") is not None:
            return cleaned
        if self._has_goal:
            self.add_error(
                "guide", _("A class keeps learning for something. Choose another guide instead.")
            )
        elif cleaned.get("exam_on"):
            self.add_error("guide", _("Say which exam it is: choose its guide."))
        return cleaned


class CopyClassForm(forms.Form):
    """What the copy is called and what goes along."""

    name = forms.CharField(
        label=gettext_lazy("Name of the copy"),
        max_length=_LONGEST_NAME,
        validators=[validate_one_line],
    )
    with_assignments = forms.BooleanField(
        label=gettext_lazy("Copy the assignments, too, without their dates"),
        required=False,
        initial=True,
    )


class ExtraTimeMixin(forms.Form):
    """Extra time as a factor, with the reason that has to go with it."""

    extra_time = forms.DecimalField(
        label=gettext_lazy("Extra time"),
        required=False,
        min_value=Decimal(1),
        max_value=Decimal(3),
        max_digits=3,
        decimal_places=2,
        help_text=gettext_lazy("1.25 is a quarter more. Empty is none."),
        widget=forms.NumberInput(attrs={"step": "0.05", "inputmode": "decimal"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=200,
        validators=[validate_one_line],
        help_text=gettext_lazy("Needed with extra time. The people who teach the class read it."),
    )

    @property
    def granted(self) -> ExtraTime:
        factor = self.cleaned_data.get("extra_time")
        if factor is None or factor == 1:
            return ExtraTime()
        return ExtraTime(factor, self.cleaned_data.get("reason", ""))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        factor, reason = cleaned.get("extra_time"), cleaned.get("reason", "")
        wrong = {"extra_time", "reason"} & self.errors.keys()
        if factor is not None and factor > 1 and not reason and not wrong:
            self.add_error(
                "reason", _("Say why there is extra time, such as the document that grants it.")
            )
        if factor is None and reason and not wrong:
            self.add_error("extra_time", _("There is a reason and no extra time. Fill it in."))
        return cleaned


class LabelForm(ExtraTimeMixin):
    """One label. Its extra time is that of everybody who carries it."""

    field_order = ["name", "extra_time", "reason"]

    name = forms.CharField(
        label=gettext_lazy("Label"), max_length=_LONGEST_LABEL, validators=[validate_one_line]
    )

    def __init__(self, data: Any = None, *, label: ClassLabel) -> None:
        initial = {
            "name": label.name,
            "extra_time": label.extra_time_factor,
            "reason": label.extra_time_reason,
        }
        # Several of these stand on one page.
        super().__init__(data, initial=initial, auto_id=f"label-{label.pk or 'new'}-%s")
        self.label = label

    def clean_name(self) -> str:
        # One space between words, and no semicolon: rosters list labels with them.
        name = " ".join(self.cleaned_data["name"].split())
        if ";" in name or "；" in name:
            raise ValidationError(_("Leave out the semicolon: rosters part labels with it."))
        others = self.label.classroom.labels.exclude(pk=self.label.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(_("There is a label of this name already."))
        return name


class CodeForm(forms.Form):
    """For how long, for how many, and with which label."""

    expires_at = ZonedTimeField(label=gettext_lazy("Works until"), later=True)
    max_uses = forms.IntegerField(
        label=gettext_lazy("For how many students"),
        min_value=1,
        max_value=_MOST_USES,
        initial=_USUAL_USES,
    )
    label = forms.ModelChoiceField(
        label=gettext_lazy("Label"),
        queryset=ClassLabel.objects.none(),
        required=False,
        empty_label=gettext_lazy("None"),
        help_text=gettext_lazy("Everybody who joins with this code gets it."),
    )

    def __init__(self, data: Any = None, *, classroom: Classroom) -> None:
        today = timezone.localdate(timezone=classroom.zone)
        until = datetime.combine(
            today + timedelta(days=_USUAL_CODE_DAYS), time(23, 59), tzinfo=classroom.zone
        )
        super().__init__(data, initial={"expires_at": until})
        expires = cast(ZonedTimeField, self.fields["expires_at"])
        expires.zone = classroom.zone
        label = cast("forms.ModelChoiceField[ClassLabel]", self.fields["label"])
        label.queryset = classroom.labels.all()

    def clean_expires_at(self) -> datetime:
        until: datetime = self.cleaned_data["expires_at"]
        now = timezone.now()
        if until <= now:
            raise ValidationError(_("That time is over. Choose a later one."))
        if until > now + timedelta(days=_LONGEST_CODE_DAYS):
            raise ValidationError(_("A code works for a year at most. Choose an earlier time."))
        return until
