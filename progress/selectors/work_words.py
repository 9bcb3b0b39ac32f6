"""The states of somebody's work in words, the same on every page about a class."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STATES: dict[str, Promise] = {
    "overdue": _("Overdue"),
    "missed": _("Missed"),
    "not_started": _("Not started"),
    "in_progress": _("In progress"),
    "done": _("Done"),
    "not_open": _("Not open yet"),
}
"""What wants attention first stands first."""

ORDER = {state: place for place, state in enumerate(STATES)}
