"""One page as one kind of person sees it, and the way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse
from playwright.sync_api import Page


@dataclass(frozen=True)
class Spot:
    """One page as one kind of person sees it."""

    name: str
    """As the resolver calls it; what errors are made of has none."""
    address: str
    status: int = 200
    act: Callable[[Page], None] | None = None
    """What to do there first; it may lead to another page."""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name or self.address} {self.note}".strip()

    def open(self, page: Page) -> str | None:
        """Go there; what was in the way, if anything."""
        response = page.goto(self.address)
        if response is None or response.status != self.status:
            return f"answered {response and response.status}"
        arrived = urlsplit(page.url).path
        if arrived.startswith(_DOORS) and not self.address.startswith(arrived):
            return f"led to {page.url}"
        if self.act is not None:
            self.act(page)
        return None


_DOORS = ("/accounts/login/", "/accounts/reauthenticate/", "/admin/login/")


def spot(name: str, *args: Any, query: str = "", **changes: Any) -> Spot:
    return Spot(name, reverse(name, args=args) + query, **{"note": query, **changes})


def send(page: Page) -> None:
    """Send the form of the page as it stands."""
    page.locator("main form button[type=submit]").last.click()


def be_refused(page: Page) -> None:
    """Send it, whatever the browser thinks of it, and wait until the page says what is wrong."""
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    send(page)
    page.locator(".field-error").first.wait_for()
