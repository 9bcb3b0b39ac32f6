"""Walks the portal as one person would, and keeps every response."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client

MOST_PAGES = 400


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == "href" and value]


@dataclass
class Crawl:
    """Responses by address, in the order of the visits."""

    client: Client
    responses: dict[str, HttpResponse] = field(default_factory=dict)

    def walk(self, starts: Iterable[str]) -> Crawl:
        """Follow every link to a page of ours, each address once."""
        waiting = list(starts)
        while waiting:
            address = waiting.pop(0)
            if address in self.responses:
                continue
            response = self.client.get(address)
            self.responses[address] = response
            assert len(self.responses) < MOST_PAGES, "the crawl does not end"
            waiting += _links(address, response)
        return self

    def keep(self, name: str, response: HttpResponse) -> HttpResponse:
        """Add the answer to something that is not a plain GET."""
        self.responses[name] = response
        return response

    @property
    def views(self) -> set[str]:
        """Names of the views that answered."""
        return {r.resolver_match.view_name for r in self.responses.values() if r.status_code == 200}

    def texts(self) -> dict[str, str]:
        return {address: everything(response) for address, response in self.responses.items()}


def _links(address: str, response: HttpResponse) -> list[str]:
    if response.status_code in {301, 302}:
        targets = [response["Location"]]
    elif response.get("Content-Type", "").startswith("text/html"):
        parser = _Links()
        parser.feed(response.content.decode())
        targets = parser.found
    else:
        return []
    joined = (urlsplit(urljoin(f"http://testserver{address}", target)) for target in targets)
    return [
        f"{parts.path}?{parts.query}" if parts.query else parts.path
        for parts in joined
        if parts.netloc == "testserver" and not parts.path.startswith(("/static/", "/jsi18n"))
    ]


def everything(response: HttpResponse) -> str:
    """Status, headers and body: all that reaches the browser."""
    body = b"".join(response) if response.streaming else response.content
    head = "\n".join(f"{name}: {value}" for name, value in response.items())
    cookies = response.cookies.output()
    return f"{response.status_code}\n{head}\n{cookies}\n\n{body.decode()}"


_CHANGING = (
    (re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+'), r"\1"),
    (re.compile(r"X-Request-ID: \w+"), ""),
    (re.compile(r"Set-Cookie: csrftoken=[^\n]+"), ""),
    (re.compile(r"(Expires|Last-Modified|Date|Content-Length): [^\n]+"), ""),
    # Clocks: the time that is left, and when something was last saved or ended.
    (re.compile(r'(data-remaining-ms=")\d+'), r"\1"),
    (re.compile(r'"remaining_ms": ?\d+'), ""),
    (re.compile(r"\b(\d{1,2}:)?\d{1,2}:\d{2}\b"), "00:00"),
    (re.compile(r"\b\d+\sminutes?\b"), "minutes"),
    (re.compile(r"\.\d{1,6}\+00:00"), "+00:00"),
    (re.compile(r"\bnow\b|\b\w+\s(second|minute)s?\sago\b"), "now"),
)


def steady(text: str) -> str:
    """The text without what changes from one request to the next, whoever asks for what."""
    for pattern, replacement in _CHANGING:
        text = pattern.sub(replacement, text)
    return text


def addresses_with(texts: dict[str, str], words: Iterable[str]) -> dict[str, Any]:
    """Address -> the words that its text holds, for those that hold any."""
    found = {address: [w for w in words if w in text] for address, text in texts.items()}
    return {address: held for address, held in found.items() if held}
