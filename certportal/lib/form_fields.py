"""Fields that several forms share: a time in somebody's zone, and a choice that explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certportal.lib.zoned import NonexistentTimeError, moment, wall_time

_AS_INPUTS_WRITE_IT = "%Y-%m-%dT%H:%M"
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def validate_year(day: date) -> None:
    """No date so far away that one day more would be none."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        text = _("Choose a year between %(first)s and %(last)s.")
        bounds = {"first": str(_FIRST_YEAR), "last": str(_LAST_YEAR)}
        raise ValidationError(text, code="far", params=bounds)


class ChoiceCards(forms.RadioSelect):
    """Few choices, each with a sentence on what it means."""

    def __init__(self, *, hints: Mapping[str, Any], attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.hints = hints


class WallTimeInput(forms.DateTimeInput):
    """The browser's own control for a date with its time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=_AS_INPUTS_WRITE_IT)


class ZonedTimeField(forms.Field):
    """A moment, entered and shown as the clocks of one zone show it.

    Of a time that they show twice the first is meant; with `later` the second.
    """

    widget = WallTimeInput
    default_error_messages = {
        "invalid": _("Enter a date with its time, such as 2026-11-30 09:00."),
        "nonexistent": _(
            "%(time)s does not exist in %(zone)s: the clocks are put forward then. "
            "Choose an earlier or a later time."
        ),
    }

    def __init__(self, *, later: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.later = later
        # A form that knows whose zone it is puts another one here.
        self.zone = ZoneInfo("UTC")

    @property
    def unit(self) -> str:
        """What stands beside the control."""
        return self.zone.key.replace("_", " ")

    def prepare_value(self, value: Any) -> Any:
        return wall_time(value, self.zone) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        wall = self._wall(str(value).strip())
        validate_year(wall)
        try:
            return moment(wall, self.zone, later=self.later)
        except NonexistentTimeError as error:
            where = {"time": f"{wall:%Y-%m-%d %H:%M}", "zone": self.unit}
            raise ValidationError(
                self.error_messages["nonexistent"], code="nonexistent", params=where
            ) from error

    def _wall(self, text: str) -> datetime:
        """The time as typed; a zone of its own would contradict the one beside the field."""
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if found.tzinfo is not None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found.replace(second=0, microsecond=0)
