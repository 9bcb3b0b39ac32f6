"""Reads what the table of a class is asked for; whatever makes no sense is left out."""

from __future__ import annotations

from django.http import QueryDict

from progress.selectors.class_dashboard import Filters

_LONGEST_QUERY = 80
_MOST_DIGITS = 9


def read_filters(data: QueryDict) -> Filters:
    return Filters(
        query=data.get("q", "").strip()[:_LONGEST_QUERY],
        label=whole_number(data.get("label", "")),
        sort="seen" if data.get("sort") == "seen" else "name",
        page=page_number(data),
        all_needy=data.get("needs") == "all",
    )


def page_number(data: QueryDict) -> int:
    return whole_number(data.get("page", "")) or 1


def whole_number(text: str) -> int | None:
    """A label or a page by number; a label of another class matches nobody."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
