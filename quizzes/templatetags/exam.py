"""The navigator of a sitting as one string: 65 links by template cost as much as a save."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from quizzes.selectors.attempt_pages import PaperPlace

register = template.Library()

_CLASSES = {"complete": "is-done", "incomplete": "is-part", "unseen": ""}


@register.simple_tag
def navigator(places: Iterable[PaperPlace], current: int) -> SafeString:
    """List items with a link to each question; addresses are relative to the question page."""
    words = {
        "complete": escape(_("complete")),
        "incomplete": escape(_("incomplete")),
        "unseen": escape(_("unseen")),
    }
    question, flagged = escape(_("Question")), escape(_("flagged"))
    links = []
    for place in places:
        classes = _CLASSES[place.status] + (" flagged" if place.flag else "")
        here = ' aria-current="step"' if place.position == current else ""
        state = f"{words[place.status]}, {flagged}" if place.flag else words[place.status]
        links.append(
            f'<li><a href="../{place.position}/" class="{classes}"{here}>'
            f'<span class="vh">{question} </span>{place.position}'
            f'<span class="vh">, {state}</span></a></li>'
        )
    # Numbers, fixed class names and escaped words only.
    return mark_safe("".join(links))  # noqa: S308
