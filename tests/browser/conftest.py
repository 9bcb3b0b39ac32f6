"""One browser and one portal for all tests here, with the shipped content; a context a test.

Nothing empties the database between these tests, because filling it takes seconds: each makes
people of its own and looks only at what is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test.testcases import LiveServerThread
from django.utils.text import slugify
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from certportal.accounts.services.roles import sync_instructor_group
from certportal.catalog.services.loading import load_catalog
from quizzes.management.commands.load_banks import BANKS
from quizzes.services.importing import load_banks
from tests.browser.chromium import OPTIONS, need_chromium
from tests.browser.watching import Watch

LONGEST_MS = 15_000
"""A busy machine is slow; nothing here measures time."""

FAILED = pytest.StashKey[bool]()
Opener = Callable[..., BrowserContext]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for this package; only one Playwright can run in a process at a time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=need_chromium(playwright), args=list(OPTIONS), chromium_sandbox=False
        )
        expect.set_options(timeout=LONGEST_MS)
        yield browser
        # While Playwright runs, this thread has database connections of its own (asgiref);
        # nobody would find them afterwards to close them before the database is dropped.
        connections.close_all()
        browser.close()
    # Those from before Playwright are back now, and `_content` may have ended them.
    connections.close_all()


@pytest.fixture(scope="package")
def _content(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """The shipped catalogue and banks, committed: the server has connections of its own."""
    with django_db_blocker.unblock():
        # A test that emptied the tables took the rights of the role with it.
        sync_instructor_group()
        load_catalog()
        load_banks(sorted(Path(BANKS).glob("*.yaml")))
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(_END_OTHERS)
        call_command("flush", interactive=False, verbosity=0)


# A thread of the server keeps its connection as long as some browser keeps its own.
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="package")
def server(chromium: Browser, _content: None) -> Iterator[str]:
    """The address of a running portal; files come from WhiteNoise, as in production."""
    thread = LiveServerThread("localhost", static_handler=lambda application: application)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://{thread.host}:{thread.port}"
    thread.terminate()


@pytest.fixture
def _django_db_helper(_content: None, django_db_blocker) -> Iterator[None]:
    """In place of pytest-django's, which would empty the tables after every test."""
    with django_db_blocker.unblock():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def watch(server: str) -> Iterator[Watch]:
    """Watches every context of the test; whatever it is about, nothing forbidden may happen."""
    watch = Watch(server)
    yield watch
    assert watch.findings() == []


@pytest.fixture
def opened(
    request: pytest.FixtureRequest, chromium: Browser, server: str, watch: Watch
) -> Iterator[Opener]:
    """Opens browser contexts, each as if it were another device."""
    contexts: list[BrowserContext] = []

    def open_context(*, cookies: dict[str, str] | None = None, **options) -> BrowserContext:
        context = chromium.new_context(base_url=server, **{"locale": "en-GB", **options})
        contexts.append(context)
        context.set_default_timeout(LONGEST_MS)
        watch.follow(context)
        given = {settings.LANGUAGE_COOKIE_NAME: "en", **(cookies or {})}
        context.add_cookies(
            [{"name": name, "value": value, "url": server} for name, value in given.items()]
        )
        return context

    yield open_context
    for number, context in enumerate(contexts):
        if request.node.stash.get(FAILED, False):
            _picture(context, f"{request.node.name}-{number}")
        context.close()


def _picture(context: BrowserContext, name: str) -> None:
    """What the reader of a failure wants to see."""
    for page in context.pages[-1:]:
        path = settings.VAR_DIR / "browser" / f"{slugify(name)}.png"
        page.screenshot(path=path, full_page=True)
        print(f"{page.url} is shown in {path}")
