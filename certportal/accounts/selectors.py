"""What the pages of accounts show."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, ExpressionWrapper, Q

from certportal.accounts.models import Notice, User

NOTICES_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class NoticeLine:
    notice: Notice
    templates: list[str]
    """Its own wording, or one for kinds that no page knows: the first that exists."""


@dataclass(frozen=True, slots=True)
class Inbox:
    page: Page[Notice]
    lines: list[NoticeLine]
    unread: int


def inbox(person: User, *, page: str | None) -> Inbox:
    """What is new first, then the rest, each newest first."""
    notices = Notice.objects.filter(person=person)
    is_read = ExpressionWrapper(Q(read_at__isnull=False), output_field=BooleanField())
    ordered = notices.alias(is_read=is_read).order_by("is_read", "-created_at", "-pk")
    shown = Paginator(ordered, NOTICES_PER_PAGE).get_page(page)
    lines = [NoticeLine(notice, _templates(notice)) for notice in shown]
    return Inbox(page=shown, lines=lines, unread=notices.unread().count())


def _templates(notice: Notice) -> list[str]:
    return [f"accounts/notices/{notice.kind}.html", "accounts/notices/unknown.html"]
