"""Every page in Chinese, read for sentences that stayed English."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.db import transaction
from django.test import Client

from tests.security.addresses import addresses, path_to
from tests.security.world import World, build

CATALOGUE = Path(__file__).resolve().parents[1] / "locale/zh_Hans/LC_MESSAGES/django.po"
ROLES = ("anonymous", "owner", "instructor", "administrator")
# Django's own pages are counted by nobody; two of ours stand among them.
OURS_IN_THE_ADMIN = ("admin:index", "admin:quizzes_question")
SPOKEN_ATTRIBUTES = ("alt", "aria-label", "placeholder", "title", "value")
# A placeholder, a tag, an entity: what stands there differs from page to page.
FILLED_IN = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|<[^>]*>|&\w+;")
ENGLISH_DATE = re.compile(
    r"\b(January|February|March|April|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
)


class Reader(HTMLParser):
    """Collects what a page says in the language of the page."""

    SILENT = ("script", "style")
    EMPTY = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "use")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.language = ""
        self._open: list[tuple[str, bool]] = []

    @property
    def _is_quiet(self) -> bool:
        return any(quiet for _, quiet in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        foreign = tag != "html" and (given.get("lang") or "").startswith("en")
        if tag not in self.EMPTY:
            self._open.append((tag, foreign or tag in self.SILENT))
        if not foreign and not self._is_quiet:
            self.said += [given.get(name) or "" for name in SPOKEN_ATTRIBUTES]
            self.said += [it or "" for name, it in attrs if name.startswith("data-")]

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _ in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if not self._is_quiet:
            self.said.append(data)


@cache
def sentences() -> tuple[str, ...]:
    """The longest fixed part of each message, where it has more than three words."""
    texts = [
        text
        for entry in polib.pofile(str(CATALOGUE))
        for text in (entry.msgid, entry.msgid_plural)
        if text
    ]
    parts = (max(FILLED_IN.split(text), key=len).strip(" .,:;()") for text in texts)
    return tuple(sorted({" ".join(it.split()) for it in parts if len(it.split()) > 3}))


def english_in(page: str) -> list[str]:
    """Our English sentences that a page says."""
    reader = Reader()
    reader.feed(page)
    said = " ".join(" ".join(reader.said).split())
    return [text for text in sentences() if html.unescape(text) in said]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def pages(world: World, role: str, language: str) -> Iterator[tuple[str, str]]:
    """Name and text of every page of the portal that somebody may open."""
    client: Client = world.client(role)
    client.cookies["django_language"] = language
    for address in addresses():
        if address.route.startswith("admin/") and not address.name.startswith(OURS_IN_THE_ADMIN):
            continue
        response = client.get(path_to(address, world))
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            yield address.name, response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_in_chinese_no_page_says_a_sentence_of_ours_in_english(world: World, role: str):
    left = {
        name: found for name, page in pages(world, role, "zh-hans") if (found := english_in(page))
    }
    assert left == {}


@pytest.mark.django_db
def test_chinese_pages_say_that_they_are_and_write_dates_so(world: World):
    for name, page in pages(world, "owner", "zh-hans"):
        reader = Reader()
        reader.feed(page)
        assert reader.language.lower() == "zh-hans", name
        assert ENGLISH_DATE.findall(" ".join(reader.said)) == [], name


@pytest.mark.django_db
def test_the_same_pages_in_english_are_full_of_our_sentences(world: World):
    found = {name: english_in(page) for name, page in pages(world, "owner", "en")}
    assert len(found) > 20
    assert sum(map(bool, found.values())) > 20


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/no/such/page/", "/attempts/00000000-0000-4000-8000-000000000000/q/1/"]
)
def test_refusals_speak_chinese_too(world: World, path: str):
    client = world.client("owner")
    client.cookies["django_language"] = "zh-hans"
    response = client.get(path)
    assert response.status_code == 404
    assert english_in(response.content.decode()) == []
    assert "这里没有页面" in response.content.decode()
