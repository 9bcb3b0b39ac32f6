"""Exams and guides as the selects of a form name them, and why some cannot be chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certportal.catalog.models import ExamGuide
from progress.selectors.assignment_choices import AssignmentChoices, ExamChoice

_REASONS: Mapping[str, Callable[[], str]] = {
    "retired": lambda: _("the certification is retired"),
    "no_domains": lambda: _("the vendor has not published domains and weights"),
    "no_weights": lambda: _("the weights of the domains are not settled yet"),
    "no_length": lambda: _("the length of the real exam is not known"),
    "sections": lambda: _("its sections do not hold as many questions as it has"),
}


def why_unavailable(choice: ExamChoice) -> str:
    """Why this exam cannot be given now, as part of a list or as an error."""
    if choice.reason in _REASONS:
        return _REASONS[choice.reason]()
    text = ngettext(
        "%(n)s question is missing in the sets that it draws from",
        "%(n)s questions are missing in the sets that it draws from",
        choice.missing,
    )
    return text % {"n": choice.missing}


def unavailable_exams(offered: AssignmentChoices) -> list[tuple[str, str]]:
    """Name and reason of each exam that cannot be given now."""
    return [
        (it.exam.title or guide_name(it.guide), why_unavailable(it)) for it in offered.unavailable
    ]


def grouped_exams(choices: list[ExamChoice], goal: ExamGuide | None) -> list[Any]:
    """Options of the select: what the class learns for, own exams, the rest."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for choice in choices:
        if goal and choice.exam.guide_id == goal.pk:
            name = _("What this class learns for")
        elif choice.exam.is_shipped:
            name = _("Other mock exams of the catalogue")
        else:
            name = _("Exams of your own or shared with you")
        groups.setdefault(name, []).append((choice.exam.slug, _exam_name(choice)))
    return [("", _("Choose")), *groups.items()]


def _exam_name(choice: ExamChoice) -> str:
    """What it is and how long, the facts where a narrow select does not cut them off."""
    name = choice.guide.certification.text("name")
    params = {
        "title": choice.exam.title,
        "code": choice.code,
        "size": choice.size,
        "minutes": choice.minutes,
        "name": name,
    }
    if choice.exam.title:
        own = ngettext(
            "%(title)s: %(code)s, %(size)s question, %(minutes)s min",
            "%(title)s: %(code)s, %(size)s questions, %(minutes)s min",
            choice.size,
        )
        return own % params
    whole = ngettext(
        "%(code)s, %(size)s question, %(minutes)s min: %(name)s",
        "%(code)s, %(size)s questions, %(minutes)s min: %(name)s",
        choice.size,
    )
    return whole % params


def guide_key(guide: ExamGuide) -> str:
    return f"{guide.certification.slug}:{guide.version}"


def guide_name(guide: ExamGuide) -> str:
    return f"{guide.certification.code} {guide.certification.text('name')}"
