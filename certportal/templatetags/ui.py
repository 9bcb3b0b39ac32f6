"""Small pieces every page needs: icons, fields, author text, figures."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Paginator
from django.forms import BaseForm, BoundField, CheckboxInput, Select, Textarea
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from certportal.lib import markdown as author_text
from certportal.lib import user_agent
from certportal.lib.form_fields import ChoiceCards
from certportal.logs import request_number

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
def space() -> str:
    """What stands between two sentences; a Chinese full stop brings its own."""
    return "" if (get_language() or "").startswith("zh") else " "


@register.simple_tag(name="request_number")
def request_number_tag() -> str:
    """The number that finds this request in the logs; empty outside of one."""
    number = request_number.get()
    return "" if number == "-" else number


class UnchangingNode(template.Node):
    """What is the same wherever language and the given values are: rendered once and kept."""

    MOST_KEPT = 512
    """Versions of one place; beyond that a value was given that has too many."""

    def __init__(
        self, nodes: template.NodeList, values: dict[str, template.base.FilterExpression]
    ) -> None:
        self.nodes = nodes
        self.values = values
        self.kept: dict[tuple[object, ...], SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        values = {
            name: value.resolve(context, ignore_failures=True)
            for name, value in self.values.items()
        }
        key = (get_language(), *values.values())
        kept = self.kept.get(key)
        if kept is None:
            # A context of its own: nothing else of this request may be kept for the next one.
            kept = self.nodes.render(context.new(values))
            if len(self.kept) >= self.MOST_KEPT:
                self.kept.clear()
            self.kept[key] = kept
        return kept


@register.tag
def unchanging(parser: template.base.Parser, token: template.base.Token) -> UnchangingNode:
    """``{% unchanging %}…{% endunchanging %}`` around what needs no variable and no block.

    ``{% unchanging theme=theme %}`` is kept for each theme; inside there is this variable only.
    """
    words = token.split_contents()[1:]
    values = template.base.token_kwargs(words, parser)
    if words:
        raise template.TemplateSyntaxError(f"unchanging takes name=value, not {words[0]}")
    nodes = parser.parse(("endunchanging",))
    parser.delete_first_token()
    return UnchangingNode(nodes, values)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of the sprite, beside a word or a visually hidden label."""
    return _icon(name, extra)


@lru_cache(maxsize=256)
def _icon(name: str, extra: str) -> SafeString:
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


def _round_half_up(figure: Decimal, places: int) -> Decimal:
    return figure.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@register.filter
def percent(share: float | Decimal | Fraction | None, places: int = 0) -> str:
    """A share between 0 and 1 as ``46%``, closed up; an absent one as an empty string."""
    if share is None:
        return ""
    exact = (
        Decimal(share.numerator) / share.denominator
        if isinstance(share, Fraction)
        else Decimal(str(share))
    )
    # number_format cuts off; 0.875 has to read 88%.
    figure = _round_half_up(exact * 100, places)
    return f"{number_format(figure, decimal_pos=places)}%"


@register.filter
def browser(line: str) -> str:
    """``Firefox, Windows`` from what the browser says about itself."""
    return user_agent.readable(line)


@register.filter
def svg_percent(share: float | Decimal) -> str:
    """A share between 0 and 1 as an SVG length, with a point in every language: ``62.5%``."""
    return f"{round(float(share) * 100, 2):g}%"


@register.filter
def page_numbers(paginator: Paginator[Any], number: int) -> list[int]:
    """The pages worth a link around this one; 0 stands for a gap."""
    pages = paginator.get_elided_page_range(number, on_each_side=2, on_ends=1)
    return [page if isinstance(page, int) else 0 for page in pages]


@register.inclusion_tag("components/form_summary.html")
def form_summary(form: BaseForm) -> dict[str, Any]:
    """Everything wrong with a form whose `has_summary` is true, with ways to the fields."""
    wrong = [form[name] for name in form.fields if name in form.errors]
    return {
        "general": form.non_field_errors(),
        # A group of options has no control of its own: its first option is the place.
        "wrong": [(bound, bound.id_for_label or f"{bound.auto_id}_0") for bound in wrong],
    }


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, label: str = "", hint: str = "", link_url: str = "", link_text: str = ""
) -> dict[str, Any]:
    """One field of any Django form: label, hint, error, input, in that order.

    A link beside the label ("Forgotten?") takes the place of the hint.
    """
    hint_or_help = "" if link_url else hint or bound.help_text
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": hint_or_help,
        "unit": getattr(bound.field, "unit", ""),
        "cards": _cards(bound),
        "link_url": link_url,
        "link_text": link_text,
        "is_check": isinstance(bound.field.widget, CheckboxInput),
        "is_group": bound.use_fieldset,
        "is_optional": _is_optional(bound) and not hint_or_help,
        "control": bound.as_widget(
            attrs=_control_attrs(bound, described=bool(hint_or_help or link_url))
        ),
    }


def _cards(bound: BoundField) -> list[tuple[Any, str]]:
    """Each option of a choice that explains itself, with its sentence."""
    widget = bound.field.widget
    if not isinstance(widget, ChoiceCards):
        return []
    return [(option, widget.hints.get(str(option.data["value"]), "")) for option in bound]


def _is_optional(bound: BoundField) -> bool:
    """A choice always has an answer; only what may stay empty is worth the word."""
    is_choice = isinstance(bound.field.widget, Select)
    return not (bound.field.required or bound.field.disabled or is_choice)


def _control_attrs(bound: BoundField, *, described: bool) -> dict[str, Any]:
    widget_attrs = bound.field.widget.attrs
    own = str(widget_attrs.get("class", ""))
    ids = [
        f"{bound.auto_id}_helptext" if described else "",
        f"{bound.auto_id}_unit" if getattr(bound.field, "unit", "") else "",
        f"{bound.auto_id}_error" if bound.errors else "",
    ]
    return {
        "class": f"{_control_class(bound)} {own}".strip() or False,
        "aria-describedby": " ".join(filter(None, ids)) or False,
        "autofocus": bound.name == _first_wrong(bound) or widget_attrs.get("autofocus", False),
        # The label stands above; a placeholder would only repeat it, and vanish.
        "placeholder": False,
    }


def _first_wrong(bound: BoundField) -> str | None:
    """Name the field to correct first; without it a page of errors would begin at its top.

    A form with a summary of its errors begins there.
    """
    errors = {} if getattr(bound.form, "has_summary", False) else bound.form.errors
    return next((name for name in bound.form.fields if name in errors), None)


def _control_class(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput) or bound.use_fieldset:
        return ""
    if isinstance(widget, Select):
        return "select"
    return "textarea" if isinstance(widget, Textarea) else "input"
