"""What a browser keeps of a sitting outlives crashes, sign-ins, tabs and the end itself."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Route, expect

from quizzes.models import Attempt
from tests.browser import moves
from tests.browser.chromium import OPTIONS, find_chromium
from tests.browser.conftest import Opener
from tests.browser.waiting import wait_for
from tests.factories.accounts import UserFactory
from tests.factories.attempts import shift_clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RESULT = re.compile(r"/result/$")
NO_CHANCE = "Math.random = () => 0;"
ONE_KEPT = "1 answer on this device, connection lost"
REFUSE_STORAGE = """
Object.defineProperty(window, "indexedDB", {
  value: { open() { throw new DOMException("not in this window", "SecurityError"); } },
});
"""


@pytest.fixture
def attempt() -> Attempt:
    return moves.start("saa-c03")


@pytest.fixture
def number(attempt: Attempt) -> int:
    return moves.place_of(attempt, "single")


@pytest.fixture
def context(opened: Opener, attempt: Attempt) -> BrowserContext:
    context = opened(cookies=moves.session_of(attempt.student))
    context.add_init_script(NO_CHANCE)
    return context


@pytest.fixture
def page(context: BrowserContext, attempt: Attempt, number: int) -> Page:
    return show(context.new_page(), attempt, number)


def show(page: Page, attempt: Attempt, number: int) -> Page:
    page.goto(moves.question(attempt, number))
    moves.on_question(page, number)
    return page


def choose(page: Page, number: int) -> str:
    moves.option(page, number).check()
    return moves.option(page, number).get_attribute("value") or ""


def expect_saved(page: Page) -> None:
    expect(moves.saved(page)).to_have_text(moves.SAVED)


def notice(page: Page) -> Locator:
    return page.locator("#notice")


def answers_of(attempt: Attempt) -> list[dict[str, Any]]:
    """The answers in the log, in the order of their numbers."""
    events = attempt.events.filter(kind="answer").order_by("epoch", "seq")
    return list(events.values_list("payload", flat=True))


def test_every_answer_given_offline_arrives_in_order_with_the_devices_own_time(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    context.set_offline(True)
    given = [choose(page, option) for option in (1, 2, 3)]
    expect(moves.saved(page)).to_have_text(ONE_KEPT)
    assert answers_of(attempt) == []
    context.set_offline(False)
    expect_saved(page)

    stored = answers_of(attempt)
    assert [payload["answer"]["choice"] for payload in stored] == given
    assert all(payload["device_time"].endswith("Z") for payload in stored)
    assert moves.stored(attempt, number) == {"choice": given[-1]}


def test_what_a_page_could_not_send_the_next_page_sends_and_shows(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    page.route("**/answers/", lambda route: route.abort())
    choice = choose(page, 2)
    expect(moves.saved(page)).to_have_text(ONE_KEPT)
    page.close(run_before_unload=False)
    again = show(context.new_page(), attempt, number)
    expect(moves.option(again, 2)).to_be_checked()

    assert moves.stored(attempt, number) == {"choice": choice}
    assert moves.given(attempt, number) == 1


@pytest.mark.slow
def test_an_answer_on_this_device_survives_the_death_of_the_browser(
    chromium: Browser, server: str, tmp_path: Path, attempt: Attempt, number: int
):
    start = browser_at_home(chromium, server, tmp_path, attempt)
    with start() as first:
        page = show(first.new_page(), attempt, number)
        page.route("**/answers/", lambda route: route.abort())
        choice = choose(page, 2)
        expect(moves.saved(page)).to_have_text(ONE_KEPT)
        kill_browser(tmp_path)
    assert moves.stored(attempt, number) is None
    with start() as second:
        page = show(second.new_page(), attempt, number)
        expect(moves.option(page, 2)).to_be_checked()

    assert moves.stored(attempt, number) == {"choice": choice}
    assert moves.given(attempt, number) == 1


class AtHome:
    """A browser with a profile on the disk; leaving it does not mind that it was killed."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context

    def __enter__(self) -> BrowserContext:
        return self.context

    def __exit__(self, *_error: object) -> None:
        with suppress(Error):
            self.context.close()


def browser_at_home(
    chromium: Browser, server: str, home: Path, attempt: Attempt
) -> Callable[[], AtHome]:
    cookies = {**moves.session_of(attempt.student), "django_language": "en"}

    def start() -> AtHome:
        context = chromium.browser_type.launch_persistent_context(
            home,
            executable_path=_path_of(chromium),
            args=list(OPTIONS),
            base_url=server,
            locale="en-GB",
            chromium_sandbox=False,
        )
        context.add_cookies(
            [{"name": name, "value": value, "url": server} for name, value in cookies.items()]
        )
        return AtHome(context)

    return start


def _path_of(chromium: Browser) -> str:
    """The very browser that runs already."""

    class Here:
        pass

    here: Any = Here()
    here.chromium = chromium.browser_type
    return find_chromium(here) or chromium.browser_type.executable_path


def kill_browser(home: Path) -> None:
    """Kill every process of the browser that lives there, at once, as a power cut would."""
    for number in processes_at(home):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def processes_at(home: Path) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if f"--user-data-dir={home}" in (entry / "cmdline").read_text().split("\0"):
                    yield int(entry.name)


def test_without_storage_it_warns_and_saves_before_the_next_question(
    opened: Opener, attempt: Attempt, number: int
):
    context = opened(cookies=moves.session_of(attempt.student))
    context.add_init_script(NO_CHANCE + REFUSE_STORAGE)
    page = show(context.new_page(), attempt, number)
    expect(notice(page)).to_contain_text("This browser cannot keep answers on this device.")
    context.set_offline(True)
    choice = choose(page, 1)
    expect(moves.saved(page)).to_have_text("Not saved yet, trying again")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("dialog", name="Your last answer is not saved yet")).to_be_visible()
    context.set_offline(False)
    moves.on_question(page, number + 1)

    assert moves.stored(attempt, number) == {"choice": choice}


def test_a_refused_answer_is_named_and_holds_up_no_other(page: Page, attempt: Attempt, number: int):
    def spoil(route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        body["entries"][0]["answer"] = {"choice": "no such option"}
        route.continue_(post_data=json.dumps(body))

    page.route("**/answers/", spoil, times=1)
    choose(page, 1)
    expect(notice(page)).to_contain_text(f"Not saved: question {number}.")
    expect(moves.saved(page)).to_have_text("Not saved")
    choice = choose(page, 2)
    expect_saved(page)

    assert moves.stored(attempt, number) == {"choice": choice}
    assert moves.given(attempt, number) == 1


def test_nothing_is_sent_as_somebody_else(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if is_save(request) else None)
    Session.objects.filter(session_key=moves.session_key(context)).delete()
    moves.sign_in(other := context.new_page(), UserFactory())
    expect(other.get_by_role("navigation", name="Sections")).to_be_visible()
    choice = choose(page, 1)
    expect(notice(page)).to_contain_text("This exam belongs to another account")
    expect(moves.saved(page)).to_have_text(ONE_KEPT)
    assert posts == []
    Session.objects.filter(session_key=moves.session_key(context)).delete()
    moves.sign_in(other, attempt.student)
    expect_saved(page)

    expect(notice(page)).to_be_hidden()
    assert moves.stored(attempt, number) == {"choice": choice}
    assert len(posts) == 1


def is_save(request: Any) -> bool:
    return request.url.endswith("/answers/")


def test_a_server_out_of_an_older_backup_gets_everything_again(
    page: Page, attempt: Attempt, number: int
):
    given = []
    for option in (1, 2):
        given.append(choose(page, option))
        expect_saved(page)
        expect(moves.option(page, option)).to_be_checked()
    wait_for(page, lambda: len(answers_of(attempt)) == len(given))
    with connection.cursor() as cursor:
        # Only a backup can take back what the database never lets go of.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM quizzes_answer WHERE attempt_id = %s", [attempt.pk])
        cursor.execute("DELETE FROM quizzes_answerevent WHERE attempt_id = %s", [attempt.pk])
        cursor.execute("SET session_replication_role = origin")
    page.reload()
    moves.on_question(page, number)
    wait_for(page, lambda: len(answers_of(attempt)) == len(given))

    assert [payload["answer"]["choice"] for payload in answers_of(attempt)] == given
    assert moves.stored(attempt, number) == {"choice": given[-1]}


# --- The end ------------------------------------------------------------------------------


def test_the_end_waits_for_unsent_answers_but_for_the_students_own_word(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    context.route("**/answers/", lambda route: route.abort())
    choose(page, 1)
    expect(moves.saved(page)).to_have_text(ONE_KEPT)
    page.close(run_before_unload=False)
    review = context.new_page()
    review.goto(f"/attempts/{attempt.public_id}/review/?end=1")
    review.get_by_role("button", name="End the exam").click()
    expect(notice(review)).to_contain_text("1 answer is not sent yet.")
    attempt.refresh_from_db()
    assert attempt.is_open
    review.get_by_role("button", name="End without 1 unsent answer").click()
    expect(review).to_have_url(RESULT)

    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.SUBMITTED


def test_offline_at_the_end_it_offers_a_file_and_the_rest_comes_as_evidence(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    shift_clock(attempt, left=timedelta(seconds=4))
    page.reload()
    moves.on_question(page, number)
    context.set_offline(True)
    choice = choose(page, 1)
    expect(notice(page)).to_contain_text("1 answer is only on this device.", timeout=30_000)
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save the unsent answer as a file").click()
    kept = json.loads(saving.value.path().read_text())
    entry = kept["entries"][0]
    assert (kept["attempt"], kept["epoch"]) == (str(attempt.public_id), 1)
    assert (entry["epoch"], entry["item"], entry["answer"]) == (1, number, {"choice": choice})
    shift_clock(attempt, left=-attempt.grace - timedelta(seconds=1))
    context.set_offline(False)
    expect(page).to_have_url(RESULT, timeout=30_000)
    expect(notice(page)).to_contain_text(f"Not counted: question {number}.")

    late = attempt.events.get(kind="answer")
    assert late.outcome in {"late", "closed"}
    assert late.payload == {name: entry[name] for name in entry if name not in {"epoch", "seq"}}
    assert moves.stored(attempt, number) is None
