"""What the page says about saving, and that it is true: every fault here has its happy end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from quizzes.models import Attempt
from quizzes.services.answering import take_over as take_over_attempt
from quizzes.services.closing import submit_attempt
from tests.browser import moves
from tests.browser.conftest import Opener
from tests.browser.papers import mock_of_every_kind
from tests.browser.waiting import wait_for
from tests.factories.attempts import shift_clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RESULT = re.compile(r"/result/$")
NOT_SAVED = "1 answer on this device, connection lost"
# The page spreads its retries and its close by chance; the tests need no patience for that.
NO_CHANCE = "Math.random = () => 0;"


@pytest.fixture
def attempt() -> Attempt:
    return moves.start("saa-c03")


@pytest.fixture
def number(attempt: Attempt) -> int:
    """A question with one answer of several; the one after it is another such."""
    return moves.place_of(attempt, "single")


@pytest.fixture
def context(opened: Opener, attempt: Attempt) -> BrowserContext:
    context = opened(cookies=moves.session_of(attempt.student))
    context.add_init_script(NO_CHANCE)
    return context


@pytest.fixture
def page(context: BrowserContext, attempt: Attempt, number: int) -> Page:
    """The question, shown and ready to be answered."""
    return show(context.new_page(), attempt, number)


def show(page: Page, attempt: Attempt, number: int) -> Page:
    page.goto(moves.question(attempt, number))
    moves.on_question(page, number)
    return page


def choose(page: Page, number: int) -> str:
    """Choose an option; what it is called in an answer."""
    moves.option(page, number).check()
    value = moves.option(page, number).get_attribute("value")
    assert value
    return value


def expect_saved(page: Page) -> None:
    expect(moves.saved(page)).to_have_text(moves.SAVED)


def notice(page: Page) -> Locator:
    return page.locator("#notice")


def test_an_answer_is_saved_at_once_and_says_when(page: Page, attempt: Attempt, number: int):
    expect(moves.saved(page)).not_to_have_text(moves.SAVED)
    choice = choose(page, 2)
    expect_saved(page)

    assert moves.stored(attempt, number) == {"choice": choice}
    written = attempt.answers.get().saved_at
    expect(moves.saved(page)).to_have_text(f"Saved {written:%H:%M:%S}")
    expect(page.locator("#places [aria-current]")).to_have_class(re.compile("is-done"))


def test_an_answer_given_before_the_script_is_there_is_saved(
    context: BrowserContext, attempt: Attempt, number: int
):
    page = context.new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/js/exam/question*.js", hold)
    page.goto(moves.question(attempt, number), wait_until="commit")
    choice = choose(page, 2)
    page.locator("[name=flag]").check(force=True)
    wait_for(page, lambda: bool(held))
    assert not attempt.events.filter(kind="answer").exists()
    held[0].continue_()

    expect_saved(page)
    assert moves.stored(attempt, number) == {"choice": choice}
    wait_for(page, attempt.items.filter(position=number, mark__flag=True).exists)


def test_offline_it_says_so_and_saves_once_when_the_network_is_back(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    context.set_offline(True)
    choice = choose(page, 1)
    expect(moves.saved(page)).to_have_text(NOT_SAVED)
    assert moves.stored(attempt, number) is None
    context.set_offline(False)
    expect_saved(page)

    assert moves.stored(attempt, number) == {"choice": choice}
    assert moves.given(attempt, number) == 1


def test_offline_one_is_asked_before_leaving(page: Page, context: BrowserContext, attempt, number):
    context.set_offline(True)
    choice = choose(page, 1)
    page.get_by_role("button", name="Review and end").click()
    expect(page.get_by_role("dialog")).to_contain_text("Your last answer is not saved yet")
    expect(page.get_by_role("button", name="Stay here")).to_be_focused()
    context.set_offline(False)
    expect(page).to_have_url(re.compile(r"/review/$"))

    assert moves.stored(attempt, number) == {"choice": choice}


def test_an_answer_whose_receipt_was_lost_is_one_event(page: Page, attempt: Attempt, number: int):
    lost = []

    def swallow(route: Route) -> None:
        if not lost:
            lost.append(route.fetch())
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/answers/", swallow)
    choice = choose(page, 1)
    expect_saved(page)

    assert lost[0].ok
    assert moves.stored(attempt, number) == {"choice": choice}
    assert moves.given(attempt, number) == 1


def test_a_server_that_cannot_save_is_asked_again(page: Page, attempt: Attempt, number: int):
    def busy(route: Route) -> None:
        route.fulfill(status=429, json={"code": "too-much"})

    page.route("**/answers/", busy, times=2)
    choice = choose(page, 1)
    expect(notice(page)).to_have_attribute("data-shown", "busy")
    expect(notice(page)).to_be_visible()
    expect_saved(page)

    expect(notice(page)).to_be_hidden()
    assert moves.stored(attempt, number) == {"choice": choice}


def test_a_reload_keeps_the_answer_and_goes_on_saving(page: Page, attempt: Attempt, number: int):
    choose(page, 2)
    expect_saved(page)
    page.reload()
    moves.on_question(page, number)
    expect(moves.option(page, 2)).to_be_checked()
    expect_saved(page)
    choice = choose(page, 1)
    expect(page.locator(".option").first.get_by_role("radio")).to_be_checked()
    page.get_by_role("button", name="Next", exact=True).click()
    moves.on_question(page, number + 1)

    assert moves.stored(attempt, number) == {"choice": choice}
    assert moves.given(attempt, number) == 2


def test_what_was_typed_is_saved_without_leaving_the_field(context: BrowserContext):
    attempt = mock_of_every_kind(moves.student_of(context))
    number = moves.place_of(attempt, "numeric")
    page = show(context.new_page(), attempt, number)
    page.locator("[name=value]").press_sequentially("12.5")
    expect_saved(page)

    expect(page.locator("[name=value]")).to_be_focused()
    assert moves.stored(attempt, number) == {"value": "12.5"}


def test_flag_and_strike_are_saved_too(page: Page, attempt: Attempt, number: int):
    page.get_by_role("checkbox", name="Flag").check()
    expect_saved(page)
    page.locator(".option").nth(2).click(button="right")
    expect(page.get_by_role("checkbox", name="Strike out option C")).to_be_checked()
    page.get_by_role("button", name="Next", exact=True).click()
    moves.on_question(page, number + 1)

    mark = attempt.items.get(position=number).mark
    assert mark.flag
    assert len(mark.struck) == 1


# --- Somebody else writes -----------------------------------------------------------------


def expect_read_only(page: Page) -> None:
    expect(notice(page)).to_contain_text("Answered elsewhere: this page is read-only.")
    expect(moves.saved(page)).to_have_text("Read-only")
    expect(moves.option(page, 1)).to_be_disabled()


def take_over(page: Page, number: int) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Answer here instead").click()
    moves.on_question(page, number)
    expect(notice(page)).to_be_hidden()


def test_a_second_tab_reads_until_it_is_asked_to_write(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    choose(page, 1)
    expect_saved(page)
    second = show(context.new_page(), attempt, number)
    expect(notice(second)).to_contain_text("This exam is open in another tab.")
    expect(moves.saved(second)).to_have_text("Read-only")
    expect(moves.option(second, 2)).to_be_disabled()
    take_over(second, number)
    expect(notice(page)).to_contain_text("This exam is open in another tab.")
    expect(moves.option(page, 2)).to_be_disabled()
    elsewhere = choose(second, 2)
    wait_for(second, lambda: moves.stored(attempt, number) == {"choice": elsewhere})

    take_over(page, number)
    expect(moves.option(page, 2)).to_be_checked()
    last = choose(page, 3)
    wait_for(page, lambda: moves.stored(attempt, number) == {"choice": last})
    expect(moves.option(second, 3)).to_be_disabled()
    assert not attempt.events.exclude(outcome="accepted").exists()


def test_a_second_tab_goes_on_by_itself_when_the_first_is_closed(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    choose(page, 1)
    expect_saved(page)
    second = show(context.new_page(), attempt, number)
    expect(moves.option(second, 2)).to_be_disabled()
    page.close()
    expect(moves.option(second, 1)).to_be_checked()
    expect(moves.option(second, 2)).to_be_enabled()
    choice = choose(second, 2)
    wait_for(second, lambda: moves.stored(attempt, number) == {"choice": choice})


def test_what_an_older_page_held_back_is_uploaded_and_does_not_count(
    page: Page, context: BrowserContext, opened: Opener, attempt: Attempt, number: int
):
    context.set_offline(True)
    choose(page, 1)
    expect(moves.saved(page)).to_have_text(NOT_SAVED)
    take_over_attempt(public_id=attempt.public_id, student=attempt.student)
    other = opened(cookies=moves.session_of(attempt.student))
    second = show(other.new_page(), attempt, number)
    elsewhere = choose(second, 2)
    expect_saved(second)
    context.set_offline(False)
    expect_read_only(page)

    wait_for(page, attempt.events.filter(outcome="superseded").exists)
    expect(notice(page)).to_contain_text("It is kept as evidence.")
    expect_read_only(page)
    expect(page.get_by_role("button", name="Answer here instead")).to_be_visible()
    assert moves.stored(attempt, number) == {"choice": elsewhere}
    held = attempt.events.get(outcome="superseded")
    assert (held.epoch, held.seq) == (1, 1)


def test_another_device_without_script_takes_over(
    page: Page, opened: Opener, attempt: Attempt, number: int
):
    choose(page, 1)
    expect_saved(page)
    cookies = moves.session_of(attempt.student)
    other = opened(cookies=cookies, java_script_enabled=False).new_page()
    other.goto(moves.question(attempt, number))
    elsewhere = choose(other, 3)
    other.get_by_role("button", name="Next", exact=True).click()
    choose(page, 2)
    expect_read_only(page)
    assert moves.stored(attempt, number) == {"choice": elsewhere}

    page.get_by_role("button", name="Answer here instead").click()
    # What this page held back is the latest that the student said, so it counts.
    moves.on_question(page, number)
    expect(notice(page)).to_be_hidden()
    expect(moves.option(page, 2)).to_be_checked()
    assert attempt.events.filter(outcome="superseded").exists()


def test_what_was_typed_is_kept_by_the_page_that_may_not_write(
    context: BrowserContext, opened: Opener
):
    attempt = mock_of_every_kind(moves.student_of(context))
    number = moves.place_of(attempt, "numeric")
    other = opened(cookies=moves.session_of(attempt.student))
    first, second = (show(one.new_page(), attempt, number) for one in (context, other))
    second.locator("[name=value]").fill("2")
    expect_saved(second)
    first.locator("[name=value]").fill("1")
    expect(moves.saved(first)).to_have_text("Read-only")
    assert moves.stored(attempt, number) == {"value": "2"}
    first.get_by_role("button", name="Answer here instead").click()
    expect(notice(first)).to_be_hidden()
    expect(first.locator("[name=value]")).to_be_enabled()

    expect(first.locator("[name=value]")).to_have_value("1")
    assert moves.stored(attempt, number) == {"value": "1"}


# --- Signed out ---------------------------------------------------------------------------


def test_signed_out_the_answer_waits_for_the_next_sign_in(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    Session.objects.filter(session_key=moves.session_key(context)).delete()
    choice = choose(page, 1)
    expect(notice(page)).to_contain_text("You are signed out.")
    assert moves.stored(attempt, number) is None
    with context.expect_page() as opening:
        notice(page).get_by_role("link", name="Sign in in a new tab").click()
    moves.sign_in(opening.value, attempt.student)
    expect(opening.value.get_by_role("navigation", name="Sections")).to_be_visible()
    expect_saved(page)

    expect(notice(page)).to_be_hidden()
    assert moves.stored(attempt, number) == {"choice": choice}
    assert moves.given(attempt, number) == 1


# --- The clock ----------------------------------------------------------------------------

RECORD_WORDS = """
if (location.protocol !== "about:") {
const said = JSON.parse(sessionStorage.getItem("said") ?? "[]");
new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (target.matches?.("#clock [role=status]")) said.push(target.textContent);
  }
  sessionStorage.setItem("said", JSON.stringify(said));
}).observe(document, { subtree: true, childList: true });
}
"""


def test_the_clock_follows_the_server_and_speaks_once(
    context: BrowserContext, attempt: Attempt, number: int
):
    context.add_init_script(RECORD_WORDS)
    shift_clock(attempt, left=timedelta(minutes=40))
    page = show(context.new_page(), attempt, number)
    face = page.locator("[role=timer]")
    hide = page.get_by_role("button", name="Hide the clock")
    hide.click()
    expect(face).to_be_hidden()
    for option, minutes in ((1, 29), (2, 14), (1, 13), (2, 4)):
        shift_clock(attempt, left=timedelta(minutes=minutes, seconds=50))
        choose(page, option)
        expect(face).to_have_text(re.compile(rf"^{minutes}:(50|4\d)$"))
        expect(face).to_be_visible() if minutes < 5 else expect(face).to_be_hidden()
    page.reload()
    moves.on_question(page, number)
    expect(face).to_be_visible()
    shift_clock(attempt, left=timedelta(seconds=55))
    choose(page, 1)
    expect(face).to_have_text(re.compile(r"^0:5\d$"))
    hide.click()
    page.reload()
    moves.on_question(page, number)

    expect(face).to_be_hidden()
    said = page.evaluate("JSON.parse(sessionStorage.getItem('said'))")
    assert said == ["30 minutes left", "15 minutes left", "5 minutes left", "One minute left"]


def test_at_zero_the_page_closes_and_shows_the_result(page: Page, attempt: Attempt, number: int):
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/submit/", hold)
    shift_clock(attempt, left=timedelta(seconds=3))
    choice = choose(page, 1)
    expect_saved(page)
    expect(notice(page)).to_contain_text("The time is up.")
    expect(moves.option(page, 1)).to_be_disabled()
    # A class that ends in the same second closes over ten of them.
    while not held:
        page.wait_for_timeout(100)
    held[0].continue_()
    expect(page).to_have_url(RESULT)

    attempt.refresh_from_db()
    assert not attempt.is_open
    assert moves.stored(attempt, number) == {"choice": choice}
    assert attempt.events.filter(kind="close").count() == 1


def test_typed_at_the_last_moment_counts(context: BrowserContext):
    attempt = mock_of_every_kind(moves.student_of(context))
    number = moves.place_of(attempt, "numeric")
    page = show(context.new_page(), attempt, number)
    context.set_offline(True)
    page.locator("[name=value]").fill("7")
    expect(moves.saved(page)).to_have_text(NOT_SAVED)
    shift_clock(attempt, left=timedelta(seconds=-1))
    context.set_offline(False)
    expect(page).to_have_url(RESULT)

    assert moves.stored(attempt, number) == {"value": "7"}


def test_a_page_that_slept_past_the_end_shows_the_result(page: Page, attempt: Attempt):
    choose(page, 1)
    expect_saved(page)
    shift_clock(attempt, left=-attempt.grace - timedelta(seconds=1))
    page.reload()
    expect(page).to_have_url(RESULT)

    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.EXPIRED


# --- The end ------------------------------------------------------------------------------


def end(page: Page, attempt: Attempt) -> None:
    page.goto(f"/attempts/{attempt.public_id}/review/?end=1")
    page.get_by_role("button", name="End the exam").dblclick()
    expect(page).to_have_url(RESULT)


def test_pressing_the_end_twice_ends_it_once(page: Page, attempt: Attempt):
    choose(page, 1)
    expect_saved(page)
    end(page, attempt)

    assert attempt.events.filter(kind="close").count() == 1
    assert attempt.scores.count() == 1


def test_back_from_the_result_never_shows_a_question_to_answer(page: Page, attempt: Attempt):
    choose(page, 1)
    expect_saved(page)
    end(page, attempt)
    page.go_back()
    expect(page).to_have_url(RESULT)
    expect(moves.form(page)).to_have_count(0)
    page.go_back()
    # Nothing is left to go back to where the review gave its place in the history to the result.
    expect(page).to_have_url(re.compile(f"{RESULT.pattern}|about:blank"))
    expect(moves.form(page)).to_have_count(0)


@pytest.mark.parametrize("place", ["q/1/", "review/"])
def test_a_page_out_of_the_browsers_memory_asks_the_server(page: Page, attempt: Attempt, place):
    page.goto(f"/attempts/{attempt.public_id}/{place}")
    page.locator("#clock button").wait_for()
    submit_attempt(public_id=attempt.public_id, student=attempt.student)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page).to_have_url(RESULT)


@pytest.mark.parametrize("place", ["q/1/", "review/"])
@pytest.mark.parametrize("sign", ["document.dispatchEvent(new Event('resume'))", "a lid closed"])
def test_a_page_that_is_back_asks_for_the_time(
    context: BrowserContext, attempt: Attempt, place: str, sign: str
):
    context.add_init_script(
        "globalThis.slept = 0; const now = Date.now; Date.now = () => now() + globalThis.slept;"
    )
    page = context.new_page()
    page.goto(f"/attempts/{attempt.public_id}/{place}")
    page.get_by_role("button", name="Hide the clock").wait_for()
    shift_clock(attempt, left=timedelta(minutes=3, seconds=50))
    # While a device sleeps its clock goes on, and nothing else of the page does.
    page.evaluate("globalThis.slept = 60_000" if sign == "a lid closed" else sign)
    expect(page.locator("[role=timer]")).to_have_text(re.compile(r"^3:(50|4\d)$"))


def test_a_page_left_open_learns_that_the_exam_is_over(
    page: Page, context: BrowserContext, attempt: Attempt, number: int
):
    choice = choose(page, 1)
    expect_saved(page)
    end(context.new_page(), attempt)
    # The page may have learnt of it before it is touched.
    page.evaluate("document.querySelectorAll('.option > label > input')[1]?.click()")
    expect(page).to_have_url(RESULT)

    assert moves.stored(attempt, number) == {"choice": choice}
