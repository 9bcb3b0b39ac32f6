"""The screen of an exam: moving without the network, its clock, navigator, pad and languages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from quizzes.models import Attempt, ItemMark
from tests.browser import moves
from tests.browser.conftest import Opener
from tests.browser.papers import mock_of_every_kind
from tests.browser.watching import barriers, overflow
from tests.factories.attempts import shift_clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAPER = re.compile(r"/paper/$")


@pytest.fixture
def attempt() -> Attempt:
    return mock_of_every_kind()


@pytest.fixture
def context(opened: Opener, attempt: Attempt) -> BrowserContext:
    return opened(cookies=moves.session_of(attempt.student))


@pytest.fixture
def page(context: BrowserContext, attempt: Attempt) -> Page:
    """The first question, with the paper in the page's memory."""
    return show(context.new_page(), attempt)


def show(page: Page, attempt: Attempt, number: int = 1) -> Page:
    with page.expect_response(PAPER) as paper:
        page.goto(moves.question(attempt, number))
    paper.value.finished()
    moves.on_question(page, number)
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def place(page: Page, number: int):
    return page.locator(f"#places a[href='../{number}/']")


def test_all_questions_are_answered_offline_and_saved_afterwards(
    page: Page, context: BrowserContext, attempt: Attempt
):
    total = attempt.items.count()
    context.set_offline(True)
    for number in range(1, total + 1):
        moves.on_question(page, number)
        expect(page.locator("#stem")).to_be_focused()
        expect(page).to_have_title(re.compile(f"^Question {number} of {total}, mock exam"))
        moves.answer(page)
        if number < total:
            press(page, "Next")
    expect(page.locator("#sums")).to_have_text(f"{total} complete, 0 incomplete, 0 unseen")
    context.set_offline(False)
    expect(moves.saved(page)).to_have_text(moves.SAVED)
    press(page, "Review")
    expect(page.get_by_text(f"All {total} questions are answered.")).to_be_visible()

    assert attempt.answers.filter(is_complete=True).count() == total
    assert ItemMark.objects.filter(item__attempt=attempt, first_seen_at=None).count() == 0


def test_what_was_told_is_there_again_when_one_comes_back(
    page: Page, context: BrowserContext, attempt: Attempt
):
    kinds = [item.question.kind for item in attempt.items.select_related("question")[:7]]
    context.set_offline(True)
    given = {}
    for number in range(1, 8):
        moves.answer(page)
        given[number] = fields(page)
        press(page, "Next")
    press(page, "Back")
    for number in range(7, 0, -1):
        moves.on_question(page, number)
        assert (kinds[number - 1], fields(page)) == (kinds[number - 1], given[number])
        press(page, "Back") if number > 1 else page.go_back()
    moves.on_question(page, 2)
    expect(page.locator("#stem")).to_be_focused()
    assert fields(page) == given[2]
    context.set_offline(False)
    expect(moves.saved(page)).to_have_text(moves.SAVED)


def fields(page: Page) -> str:
    """Everything in the form but the token."""
    return page.evaluate(
        """() => [...new FormData(document.getElementById("answer"))]
            .filter(([name]) => name !== "csrfmiddlewaretoken").map(String).join("&")"""
    )


def test_marks_are_kept_in_the_page_and_told_to_the_portal(page: Page, attempt: Attempt):
    press(page, "Next")
    moves.on_question(page, 2)
    page.get_by_role("checkbox", name="Flag").check()
    expect(place(page, 2)).to_have_text("2, incomplete, flagged")
    number = moves.place_of(attempt, "single")
    place(page, number).click()
    moves.on_question(page, number)
    page.locator(".option").first.click(button="right")
    expect(page.get_by_role("checkbox", name="Strike out option A")).to_be_checked()
    page.locator("body").click(position={"x": 2, "y": 2})
    place(page, 2).click()
    expect(page.get_by_role("checkbox", name="Flag")).to_be_checked()
    place(page, number).click()
    expect(page.get_by_role("checkbox", name="Strike out option A")).to_be_checked()
    press(page, "Review and end")
    expect(page.get_by_role("link", name="Flagged 1")).to_be_visible()

    marks = {mark.item.position: mark for mark in ItemMark.objects.filter(item__attempt=attempt)}
    assert marks[2].flag
    assert len(marks[number].struck) == 1
    assert all(mark.first_seen_at for mark in marks.values())


def test_the_navigator_shows_what_is_asked_for_and_where_one_is(page: Page, attempt: Attempt):
    total = attempt.items.count()
    expect(page.locator("#places li:visible")).to_have_count(total)
    moves.answer(page)
    press(page, "Next")
    page.get_by_role("checkbox", name="Flag").check()
    press(page, "Unanswered")
    expect(page.locator("#places li:visible")).to_have_count(total - 1)
    page.locator("#filters [data-show=flagged]").click()
    expect(page.locator("#places li:visible")).to_have_count(1)
    press(page, "Next")
    expect(page.locator("#places li:visible")).to_have_count(2)
    expect(page.locator("#places [aria-current=step]")).to_have_text("3, incomplete")


def test_without_the_paper_the_page_moves_all_the_same(context: BrowserContext, attempt: Attempt):
    page = context.new_page()
    page.route(PAPER, lambda route: route.fulfill(status=404, json={"code": "not-found"}))
    show(page, attempt)
    moves.answer(page)
    press(page, "Next")
    moves.on_question(page, 2)
    page.go_back()

    moves.on_question(page, 1)
    assert moves.stored(attempt, 1) is not None


def test_the_language_changes_at_once_and_loses_nothing(
    page: Page, context: BrowserContext, attempt: Attempt
):
    number = moves.place_of(attempt, "single")
    place(page, number).click()
    moves.option(page, 2).check()
    expect(moves.saved(page)).to_have_text(moves.SAVED)
    context.set_offline(True)
    moves.option(page, 3).check()
    before = fields(page)
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("#card")).to_have_attribute("lang", "zh-Hans")
    assert fields(page) == before
    expect(page.locator("#stem")).to_have_text(re.compile("[一-龥]"))
    context.set_offline(False)
    expect(moves.saved(page)).to_have_text(moves.SAVED_AT)
    if page.locator("html").get_attribute("lang") == "en":
        page.locator("[name=go][value=zh-hans]").click()
        page.locator("[name=go][value=zh-hans]").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(moves.option(page, 3)).to_be_checked()


def test_the_scratchpad_stays_in_the_tab(page: Page, attempt: Attempt):
    press(page, "Scratchpad")
    pad = page.get_by_role("textbox", name="Scratchpad")
    expect(pad).to_be_focused()
    pad.press_sequentially("3 subnets, next f")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Scratchpad")).to_be_focused()
    press(page, "Next")
    moves.on_question(page, 2)
    page.reload()
    moves.on_question(page, 2)
    press(page, "Scratchpad")

    expect(pad).to_have_value("3 subnets, next f")
    expect(page.get_by_role("checkbox", name="Flag")).not_to_be_checked()


VOICE = "#clock [role=status]"
HEAR = f"""() => {{
    const voice = document.querySelector("{VOICE}");
    window.heard = [];
    new MutationObserver(() => window.heard.push(voice.textContent))
      .observe(voice, {{ childList: true }});
}}"""


def test_the_clock_speaks_exactly_at_four_marks_and_once(context: BrowserContext, attempt: Attempt):
    shift_clock(attempt, left=timedelta(minutes=31))
    page = context.new_page()
    # What it shows is the portal's word; here the portal says nothing after the page has come.
    page.route("**/state/", lambda route: route.abort())
    page.clock.install()
    show(page, attempt)
    page.evaluate(HEAR)
    timer = page.get_by_role("timer")
    expect(timer).to_have_attribute("aria-live", "off")
    press(page, "Hide the clock")
    left = seconds_left(page)
    for minutes, words in ((30, "30"), (15, "15"), (5, "5"), (1, "One")):
        run(page, left - minutes * 60 - 2)
        quiet = page.evaluate("heard.length")
        run(page, 4)
        left = minutes * 60 - 2
        assert page.evaluate("heard.length") == quiet + 1, (minutes, page.evaluate("heard"))
        assert page.evaluate("heard.at(-1)").startswith(words)
        expect(page.locator(".clock.is-hidden")).to_have_count(1 if minutes > 5 else 0)
    assert len(page.evaluate("heard")) == 4


def run(page: Page, seconds: int) -> None:
    page.clock.run_for(seconds * 1000)


def seconds_left(page: Page) -> int:
    minutes, seconds = page.locator("#clock [role=timer]").text_content().split(":")
    return int(minutes) * 60 + int(seconds)


def test_granted_time_is_shown_and_said_within_half_a_minute(
    context: BrowserContext, attempt: Attempt
):
    shift_clock(attempt, left=timedelta(minutes=10))
    page = context.new_page()
    page.clock.install()
    show(page, attempt)
    shift_clock(attempt, left=timedelta(minutes=19, seconds=30))
    with page.expect_response("**/state/"):
        run(page, 30)

    expect(page.locator("#notice")).to_have_text("You were given 10 more minutes.")
    assert seconds_left(page) > 15 * 60


def test_a_section_shows_its_own_questions_and_ends_at_its_review(
    context: BrowserContext, attempt: Attempt
):
    attempt.items.filter(position__lte=2).update(section="s1")
    attempt.items.filter(position__gt=2).update(section="s2")
    attempt.sections = [{"key": "s1", "title": "Basics"}, {"key": "s2", "title": "More"}]
    attempt.section = "s1"
    attempt.save()
    page = show(context.new_page(), attempt)
    expect(page.locator(".q-section")).to_have_text("Section 1 of 2 Basics")
    expect(page.locator("#places li")).to_have_count(2)
    press(page, "Next")
    moves.on_question(page, 2)
    expect(page.locator(".q-no")).to_have_text(f"Question 2 of {attempt.items.count()}")
    press(page, "Review")

    expect(page).to_have_url(re.compile("/review/$"))


@pytest.mark.parametrize(
    "how",
    [
        {"viewport": {"width": 320, "height": 700}},
        {"color_scheme": "dark"},
    ],
)
def test_the_screen_has_no_barriers_on_any_card(opened: Opener, attempt: Attempt, how):
    page = show(opened(cookies=moves.session_of(attempt.student), **how).new_page(), attempt)
    for number in range(1, 8):
        moves.on_question(page, number)
        assert overflow(page) == []
        if number in {2, 4}:
            assert barriers(page) == []
        press(page, "Next")
    press(page, "Scratchpad")
    assert barriers(page) == []
    assert overflow(page) == []
