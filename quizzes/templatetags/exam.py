"""What the pages of a sitting need beside their context."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certportal.templatetags.ui import icon
from quizzes.engine.terms import Origin, Term
from quizzes.selectors.domain_results import DomainResult

register = template.Library()


@register.simple_tag
def choose_words(number: int) -> str:
    """How many options to choose, in words as on the real exams; 0 means all that apply."""
    words = {
        0: _("Choose all that apply"),
        1: _("Choose one"),
        2: _("Choose TWO"),
        3: _("Choose THREE"),
        4: _("Choose FOUR"),
    }
    if number in words:
        return words[number]
    return ngettext("Choose %(n)s option", "Choose %(n)s options", number) % {"n": number}


@register.simple_tag
def csrf_cookie() -> str:
    """The name of the cookie that a script reads the token from."""
    return settings.CSRF_COOKIE_NAME


@register.filter
def link_words(address: str) -> str:
    """What to call a reference: its host, as nobody can read a long address."""
    return urlsplit(address).netloc.removeprefix("www.") or address


@register.filter
def points(value: Fraction | Decimal) -> str:
    """Points as people write them: 48, or 48.5 where parts of a question count."""
    number = Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else value
    rounded = round(number, 1)
    return number_format(rounded, decimal_pos=0 if rounded == rounded.to_integral_value() else 1)


@register.simple_tag
def names(rows: Sequence[DomainResult]) -> str:
    """The names of domains in a sentence; they may hold commas themselves."""
    return _("; ").join(row.domain.text("name") for row in rows)


@register.simple_tag
def verdict_state(verdict: str) -> SafeString:
    """The state of one question as glyph and word, always from the same set."""
    glyph, tone, word = {
        "right": ("check", "is-right", _("Right")),
        "partly": ("half", "is-caution", _("Partly right")),
        "wrong": ("cross", "is-wrong-text", _("Wrong")),
        "unanswered": ("unseen", "soft", _("Not answered")),
        "withheld": ("lock", "soft", _("Withheld")),
    }[verdict]
    return format_html('<span class="state {}">{}{}</span>', tone, icon(glyph), word)


@register.filter
def origin_words(term: Term[object]) -> str:
    """Where a rule of a sitting comes from, in the reader's language."""
    words = {
        Origin.GUIDE: _("the exam guide of %(source)s"),
        Origin.BANK: _("what the question bank holds in the exact proportions"),
        Origin.ESTIMATE: _("an estimate of this portal: the vendor does not publish a share"),
        Origin.EXAM: _("the exam “%(source)s”"),
        Origin.ASSIGNMENT: _("this assignment"),
        Origin.LABEL: _("the label “%(source)s”"),
        Origin.PERSON: _("a personal exception"),
        Origin.MEMBER: _("extra time in this class"),
        Origin.ACCOUNT: _("extra time in every class"),
        Origin.PORTAL: _("this portal"),
        Origin.CHOICE: _("an own choice"),
    }
    return words[term.origin] % {"source": term.source}


@register.filter
def is_elsewhere(at: datetime, zone: str) -> bool:
    """Whether the clocks of the reader and those of a zone differ at this moment."""
    here = at.astimezone(timezone.get_current_timezone())
    return here.utcoffset() != at.astimezone(ZoneInfo(zone)).utcoffset()
