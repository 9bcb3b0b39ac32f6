"""Real pages in a real browser whose network, clock, tabs and sessions fail."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.chromium import OPTIONS, need_chromium
from tests.faults.conftest import Settle
from tests.faults.pages import (
    ON_DEVICE,
    RESULT,
    SAVED,
    Device,
    answer,
    choose,
    clock_seconds,
    end,
    go_on,
    notice,
    options,
    ready,
    saved,
)
from tests.faults.portal import Portal, until
from tests.faults.proxy import Proxy
from tests.faults.students import Student

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LONGEST_MS = 20_000
OpenDevice = Callable[..., Device]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=LONGEST_MS)
        yield playwright


@pytest.fixture(scope="module")
def program(playwright: Playwright) -> str:
    return need_chromium(playwright)


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, program: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=program, args=list(OPTIONS), chromium_sandbox=False
    )
    yield browser
    browser.close()


@pytest.fixture
def network(portal: Portal) -> Iterator[Proxy]:
    with portal.network() as network:
        yield network


@pytest.fixture
def student(portal: Portal) -> Student:
    return portal.seat(1)[0]


@pytest.fixture
def device(chromium: Browser, network: Proxy, student: Student) -> Iterator[OpenDevice]:
    """Opens devices of the student, whose way to the portal is the network that fails."""
    address = f"http://localhost:{network.port}"
    with ExitStack() as undo:

        def open_device(**changes: object) -> Device:
            context = chromium.new_context(locale="en-GB", **changes)
            undo.callback(context.close)
            context.set_default_timeout(LONGEST_MS)
            return Device(student, context, address, changes.get("java_script_enabled", True))

        yield open_device


def _outcomes(portal: Portal, student: Student) -> list[str]:
    return [row[0] for row in portal.rows(_ANSWERS, {"attempt": student.attempt})]


_ANSWERS = """
    SELECT outcome FROM quizzes_answerevent AS event
    JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
    WHERE public_id = %(attempt)s AND kind = 'answer' ORDER BY event.id
"""


def _over_in(portal: Portal, student: Student, seconds: float, *, grace: float = 30) -> None:
    values = {"attempt": student.attempt, "left": f"{seconds} s", "grace": f"{grace} s"}
    portal.rows(_OVER_IN, values)


_OVER_IN = """
    UPDATE quizzes_attempt SET deadline_at = clock_timestamp() + %(left)s::interval,
                               grace = %(grace)s::interval
    WHERE public_id = %(attempt)s
"""


# --- The network ------------------------------------------------------------------------------


def test_answers_given_without_a_network_arrive_when_it_is_back(
    portal: Portal, network: Proxy, student: Student, device: OpenDevice, settle: Settle
):
    page = device().open()
    answer(page, student, 1)
    with network.cut():
        began = time.monotonic()
        for number in (2, 3, 4):
            go_on(page, number)
            choose(page, 2)
        expect(saved(page)).to_have_text(re.compile(r"^3 answers on this device"))
        assert _outcomes(portal, student) == ["accepted"]
        time.sleep(max(0, 5 - (time.monotonic() - began)))
    expect(saved(page)).to_have_text(SAVED)

    assert _outcomes(portal, student) == ["accepted"] * 4
    settle("F1 no network for 5 s, page", portal, [student])


def test_offline_at_the_deadline_what_comes_after_the_grace_is_evidence(
    portal: Portal, network: Proxy, student: Student, device: OpenDevice, settle: Settle
):
    page = device().open()
    answer(page, student, 1)
    _over_in(portal, student, 6, grace=1)
    answer(page, student, 2)
    over = {"attempt": student.attempt}
    with network.cut():
        choose(page, 3)
        expect(options(page).first).to_be_disabled()
        expect(notice(page)).to_contain_text("The time is up.")
        until(lambda: page.wait_for_timeout(50) or portal.rows(_IS_OVER, over)[0][0])
    expect(page).to_have_url(RESULT)

    # The page asks for the time first, which closes the attempt.
    assert _outcomes(portal, student) == ["accepted", "accepted", "closed"]
    settle("F21 offline at the deadline, back after the grace", portal, [student])


_IS_OVER = """
    SELECT deadline_at + grace < clock_timestamp() FROM quizzes_attempt
    WHERE public_id = %(attempt)s
"""


# --- Other pages ------------------------------------------------------------------------------


def test_a_second_tab_may_only_read_until_it_takes_over(
    portal: Portal, student: Student, device: OpenDevice, settle: Settle
):
    here = device()
    first = here.open()
    answer(first, student, 1)
    second = here.open()
    expect(notice(second)).to_contain_text("This exam is open in another tab.")
    expect(options(second).first).to_be_disabled()
    notice(second).get_by_role("button", name="Answer here instead").click()
    expect(options(second).first).to_be_enabled()
    answer(second, student, 2)

    expect(options(first).first).to_be_disabled()
    assert {key[0] for key in student.told} == {1, 2}
    settle("F26 two tabs of one browser", portal, [student])


def test_the_device_that_takes_over_writes_and_the_other_only_reads(
    portal: Portal, network: Proxy, student: Student, device: OpenDevice, settle: Settle
):
    first = device().open()
    answer(first, student, 1)
    # What no network has seen yet, on the device that will be the older one.
    with network.cut():
        choose(first, 3)
        expect(saved(first)).to_have_text(re.compile("1 answer on this device"))
        student.post("take-over", {})
    expect(notice(first)).to_contain_text("Answered elsewhere: this page is read-only.")
    expect(notice(first).get_by_role("button", name="Answer here instead")).to_be_visible()
    expect(notice(first)).to_contain_text("You went on elsewhere before this answer was sent.")
    expect(options(first).first).to_be_disabled()
    second = device().open()
    answer(second, student, 2)

    assert _outcomes(portal, student) == ["accepted", "superseded", "accepted"]
    settle("F27 two devices", portal, [student])


# --- Leaving and coming back ------------------------------------------------------------------


def test_what_a_killed_browser_had_not_sent_is_sent_by_the_next(
    portal: Portal,
    network: Proxy,
    student: Student,
    playwright: Playwright,
    program: str,
    settle: Settle,
    tmp_path: Path,
):
    def launch() -> Device:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"),
            executable_path=program,
            args=list(OPTIONS),
            chromium_sandbox=False,
            locale="en-GB",
        )
        context.set_default_timeout(LONGEST_MS)
        return Device(student, context, f"http://localhost:{network.port}")

    page = launch().open()
    answer(page, student, 1)
    with network.cut():
        choose(page, 3)
        expect(saved(page)).to_have_text(ON_DEVICE)
        _kill_the_browser_on(tmp_path / "profile")
    again = launch()
    page = again.open()
    until(lambda: page.wait_for_timeout(50) or len(_outcomes(portal, student)) == 2)
    expect(saved(page)).to_have_text(SAVED)
    expect(options(page).nth(2)).to_be_checked()
    again.context.close()

    settle("F28 kill -9 of the browser", portal, [student])


def _kill_the_browser_on(profile: Path) -> None:
    """Every process that was started for it; nobody else's names this folder."""
    mine = str(profile).encode()
    killed = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_mine = mine in (process / "cmdline").read_bytes()
        except OSError:
            continue
        if is_mine and int(process.name) != os.getpid():
            os.kill(int(process.name), signal.SIGKILL)
            killed += 1
    assert killed > 0


def test_a_reload_shows_what_was_answered_and_at_zero_the_result(
    portal: Portal, student: Student, device: OpenDevice, settle: Settle
):
    page = device().open()
    choose(page, 2)
    page.reload()
    ready(page)
    expect(options(page).nth(1)).to_be_checked()
    expect(saved(page)).to_have_text(SAVED)
    _over_in(portal, student, 0.5, grace=1)
    time.sleep(0.5)
    page.reload()
    expect(page).to_have_url(RESULT)

    settle("F29 reload, and reload at 0:00", portal, [student])


def test_back_from_the_result_leads_to_no_question(
    portal: Portal, student: Student, device: OpenDevice, settle: Settle
):
    page = device().open()
    answer(page, student, 2)
    end(page)
    for _page in range(2):
        page.go_back()
        expect(page).to_have_url(RESULT)
        expect(page.locator("form#answer")).to_have_count(0)

    settle("F30 back from the result", portal, [student])


def test_a_page_that_stood_still_asks_for_the_time(
    portal: Portal, student: Student, device: OpenDevice, settle: Settle
):
    here = device()
    page = here.open()
    answer(page, student, 1)
    browser = here.context.new_cdp_session(page)
    # No script of the page runs until it is told to go on; driven by a test it is never frozen.
    browser.send("Debugger.enable")
    browser.send("Debugger.pause")
    # As if twenty minutes had gone by: the same is left as then.
    _over_in(portal, student, 605)
    time.sleep(6)
    # Not at its next heartbeat, which is 20 s after the answer.
    with page.expect_response(re.compile("/state/$"), timeout=5_000):
        browser.send("Debugger.resume")
    expect(page.locator("[role=timer]")).to_have_text(re.compile(r"^(10:0\d|9:[345]\d)$"))
    answer(page, student, 2)

    settle("F31 page that stood still for 6 s", portal, [student])


_WRONG_CLOCK = """
{
  const Right = Date;
  globalThis.wrongBy = %d;
  globalThis.Date = class extends Right {
    constructor(...parts) {
      if (parts.length) super(...parts);
      else super(Right.now() + globalThis.wrongBy);
    }
    static now() { return Right.now() + globalThis.wrongBy; }
  };
}
"""


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_clock_of_the_device_moves_nothing(
    portal: Portal, student: Student, device: OpenDevice, settle: Settle, hours: int
):
    _over_in(portal, student, 600)
    here = device()
    here.context.add_init_script(_WRONG_CLOCK % (hours * 3_600_000))
    page = here.open()
    shown = [clock_seconds(page)]
    answer(page, student, 1)
    page.evaluate("globalThis.wrongBy *= -1")
    page.wait_for_timeout(1_500)
    shown.append(clock_seconds(page))
    left = student.page("state").json["remaining_ms"] / 1000

    assert 500 < shown[1] < shown[0] <= 600
    assert abs(shown[1] - left) < 30
    settle(f"F32 clock of the device {hours:+} h, then {-hours:+} h", portal, [student])


def test_time_that_was_granted_shows_within_half_a_minute(
    portal: Portal, student: Student, device: OpenDevice, settle: Settle
):
    _over_in(portal, student, 300)
    page = device().open()
    answer(page, student, 1)
    assert clock_seconds(page) <= 300
    portal.act("grant", student.attempt, "10")
    expect(page.locator("[role=timer]")).to_have_text(re.compile(r"^1[45]:\d\d$"), timeout=45_000)
    answer(page, student, 2)

    settle("F41 time granted in mid-exam, page", portal, [student])


# --- Browsers that lack something -----------------------------------------------------------


def test_without_indexeddb_each_answer_is_saved_before_the_next_question(
    portal: Portal, network: Proxy, student: Student, device: OpenDevice, settle: Settle
):
    here = device()
    here.context.add_init_script("IDBFactory.prototype.open = () => { throw new Error('refused') }")
    page = here.open()
    expect(notice(page)).to_contain_text("This browser cannot keep answers on this device.")
    choose(page, 1)
    go_on(page, 2)
    assert _outcomes(portal, student) == ["accepted"]
    with network.cut():
        choose(page, 1)
        expect(saved(page)).to_have_text("Not saved yet, trying again")
        page.locator(".exam-foot [name=go][value=next]").click()
        expect(page.get_by_role("dialog")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/q/3/$"))

    assert _outcomes(portal, student) == ["accepted", "accepted"]
    settle("F38 IndexedDB refused", portal, [student])


def test_without_a_script_the_forms_save_and_the_deadline_holds(
    portal: Portal, student: Student, device: OpenDevice, settle: Settle
):
    page = device(java_script_enabled=False).open("q/1/")
    for number in (1, 2):
        choice = choose(page, number)
        page.locator(".exam-foot [name=go][value=next]").click()
        expect(page).to_have_url(re.compile(rf"/q/{number + 1}/$"))
        student.sent[2, number] = {"seq": number, "item": number, "answer": {"choice": choice}}
        student.told[2, number] = "accepted"
    choice = choose(page, 3)
    # Not sooner than now: what was accepted before must stay in time.
    _over_in(portal, student, 0, grace=0)
    page.locator(".exam-foot [name=go][value=next]").click()
    expect(page).to_have_url(RESULT)

    assert _outcomes(portal, student) == ["accepted", "accepted", "late"]
    student.sent[2, 3] = {"seq": 3, "item": 3, "answer": {"choice": choice}}
    student.told[2, 3] = "late"
    settle("F39 no JavaScript, late at the end", portal, [student])


# --- Who is signed in -------------------------------------------------------------------------


def test_signed_out_answers_wait_for_their_student(
    portal: Portal, student: Student, device: OpenDevice, settle: Settle
):
    (other,) = portal.seat(1)
    here = device()
    page = here.open()
    answer(page, student, 1)
    portal.rows("DELETE FROM django_session WHERE session_key = %(key)s", {"key": student.session})
    choose(page, 2)
    expect(notice(page)).to_contain_text("You are signed out.")
    here.sign_in(other.session, token="o" * 32)
    expect(notice(page)).to_contain_text("This exam belongs to another account")
    assert _outcomes(portal, student) == ["accepted"]
    student.session = portal.act("sign_in_again", student.attempt)
    here.sign_in(student.session, token="n" * 32)
    expect(saved(page)).to_have_text(SAVED)

    assert _outcomes(portal, student) == ["accepted", "accepted"]
    with portal.database() as database, database.cursor() as cursor:
        cursor.execute(_STRANGE, {"attempt": other.attempt})
        assert cursor.fetchall() == []
    settle("F35-F37 signed out, another signs in, new token", portal, [student])


_STRANGE = """
    SELECT 1 FROM quizzes_answerevent AS event
    JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id WHERE public_id = %(attempt)s
"""


# --- A portal that forgot ---------------------------------------------------------------------


def test_a_portal_restored_from_a_backup_is_told_again(
    portal: Portal, student: Student, device: OpenDevice, settle: Settle
):
    page = device().open()
    for option in (1, 2, 3):
        answer(page, student, option)
    _restore_older(portal, student)
    assert _outcomes(portal, student) == ["accepted"]
    page.reload()
    ready(page)
    until(lambda: page.wait_for_timeout(50) or len(_outcomes(portal, student)) == 3)

    settle("F45 restored from before the last answers", portal, [student])


def _restore_older(portal: Portal, student: Student) -> None:
    """As if the database came from a backup that knows only the first entry."""
    with portal.database() as database, database.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in _RESTORE:
            cursor.execute(statement, {"attempt": student.attempt})


_RESTORE = (
    """
    DELETE FROM quizzes_answerevent USING quizzes_attempt AS attempt
    WHERE attempt.id = attempt_id AND public_id = %(attempt)s AND kind <> 'close'
          AND seq > (SELECT min(seq) FROM quizzes_answerevent AS first
                     WHERE first.attempt_id = attempt.id AND kind = 'answer')
    """,
    """
    UPDATE quizzes_answer AS answer SET seq = event.seq, payload = event.payload->'answer'
    FROM quizzes_answerevent AS event JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
    WHERE event.attempt_id = answer.attempt_id AND kind = 'answer' AND public_id = %(attempt)s
    """,
)
