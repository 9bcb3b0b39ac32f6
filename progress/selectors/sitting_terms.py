"""The rules that a sitting began with, in words, each with where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.models.assignment import LatePolicy
from quizzes.models.exam import Feedback

_ORIGINS = {
    "guide": gettext_lazy("from the exam guide"),
    "bank": gettext_lazy("what the bank holds"),
    "estimate": gettext_lazy("an estimate"),
    "exam": gettext_lazy("from the exam"),
    "assignment": gettext_lazy("from the assignment"),
    "person": gettext_lazy("own exception"),
    "member": gettext_lazy("in this class"),
    "account": gettext_lazy("from the account"),
    "portal": gettext_lazy("rule of the portal"),
    "choice": gettext_lazy("own choice"),
}


@dataclass(frozen=True, slots=True)
class TermLine:
    name: str
    value: str
    origin: str


def term_lines(terms: Mapping[str, Any]) -> tuple[TermLine, ...]:
    """Those of the rules that say something, in a fixed order."""
    names = {
        "questions": _("Questions"),
        "minutes": _("Minutes"),
        "extra_time": _("Extra time"),
        "feedback": _("Questions and answers are shown"),
        "closes_at": _("Closes"),
        "late": _("Late work"),
    }
    return tuple(
        TermLine(words, _VALUES.get(name, str)(terms[name]["value"]), _origin(terms[name]))
        for name, words in names.items()
        if terms.get(name, {}).get("value") is not None
    )


def _origin(term: Mapping[str, Any]) -> str:
    if term["origin"] == "label":
        return _("exception of %(label)s") % {"label": term.get("source", "")}
    return str(_ORIGINS.get(term["origin"], ""))


def _factor(value: str) -> str:
    return f"× {number_format(Decimal(value).normalize())}"


def _moment(value: str) -> str:
    return date_format(localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT")


def _feedback(value: str) -> str:
    return str(Feedback(value).label)


def _late(value: str) -> str:
    return str(LatePolicy(value).label)


_VALUES: dict[str, Callable[[Any], str]] = {
    "extra_time": _factor,
    "feedback": _feedback,
    "closes_at": _moment,
    "late": _late,
}
