"""Small pieces every page needs: icons, fields, author text, figures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, Select, Textarea
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from certportal.lib import markdown as author_text

register = template.Library()

# Django writes language codes in lower case; browsers choose CJK fonts by the script subtag.
_LANGUAGE_TAGS = {"zh-hans": "zh-Hans"}


@register.filter
def language_tag(code: str) -> str:
    """``zh-hans`` as it belongs into a lang attribute: ``zh-Hans``."""
    return _LANGUAGE_TAGS.get(code, code)


@register.simple_tag
def page_language() -> str:
    """The language of the page, also where no context reaches (500.html)."""
    return language_tag(get_language() or "en")


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of the sprite, beside a word or a visually hidden label."""
    classes = f"i {extra}".rstrip()
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        classes,
        static("img/icons.svg"),
        name,
    )


@register.filter
def markdown(text: str) -> SafeString:
    """What an author wrote, as safe blocks of HTML."""
    return author_text.render(text)


@register.filter
def markdown_inline(text: str) -> SafeString:
    """What an author wrote, for a place that takes no paragraphs."""
    return author_text.render_inline(text)


@register.filter
def localised(thing: Any, field: str) -> str:
    """The field of a translated model in the reader's language, else in English."""
    text: str = thing.text(field)
    return text


@register.filter
def percent(share: float | Decimal | None, places: int = 0) -> str:
    """A share between 0 and 1 as ``46%``, closed up; an absent one as an empty string."""
    if share is None:
        return ""
    return f"{number_format(Decimal(str(share)) * 100, decimal_pos=places)}%"


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "", hint: str = "") -> dict[str, Any]:
    """One field of any Django form: label, hint, error, input, in that order."""
    widget = bound.field.widget
    is_group = bound.use_fieldset
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "is_check": isinstance(widget, CheckboxInput),
        "is_group": is_group,
        "control": bound.as_widget(attrs=_control_attrs(bound, hint=hint)),
    }


def _control_attrs(bound: BoundField, *, hint: str) -> dict[str, Any]:
    own = str(bound.field.widget.attrs.get("class", ""))
    attrs: dict[str, Any] = {"class": f"{_control_class(bound)} {own}".strip()}
    # Django names its own help text and error; a hint given by the template it cannot know.
    if hint and not bound.help_text:
        ids = [f"{bound.auto_id}_helptext", f"{bound.auto_id}_error" if bound.errors else ""]
        attrs["aria-describedby"] = " ".join(filter(None, ids))
    return attrs


def _control_class(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput) or bound.use_fieldset:
        return ""
    if isinstance(widget, Select):
        return "select"
    return "textarea" if isinstance(widget, Textarea) else "input"
