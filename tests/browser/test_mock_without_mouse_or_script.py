"""A whole mock exam with plain forms, and another with the keyboard alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from quizzes.models import Attempt
from tests.browser import moves
from tests.browser.moves import tab_to
from tests.factories.attempts import shift_clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RESULT = re.compile(r"/result/$")


@pytest.fixture
def attempt() -> Attempt:
    return moves.start("saa-c03")


@pytest.fixture
def plain(opened, attempt) -> Page:
    """A browser that runs no script."""
    cookies = moves.session_of(attempt.student)
    return opened(cookies=cookies, java_script_enabled=False).new_page()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_mock_without_script_from_the_rules_to_the_result(plain: Page, attempt: Attempt):
    total = attempt.items.count()
    plain.goto("/exams/saa-c03/")
    plain.get_by_role("link", name="Continue", exact=True).click()
    for number in range(1, total + 1):
        expect(plain).to_have_url(re.compile(f"/q/{number}/$"))
        moves.answer(plain)
        if number == 3:
            plain.get_by_role("checkbox", name="Flag").check()
        press(plain, "Next" if number < total else "Review")
    expect(plain.get_by_text(f"All {total} questions are answered.")).to_be_visible()
    expect(plain.get_by_role("link", name="Flagged 1")).to_be_visible()
    plain.get_by_role("link", name="End the exam…").click()
    press(plain, "End the exam")

    expect(plain).to_have_url(RESULT)
    expect(plain.get_by_text(f"{total} of {total} questions answered")).to_be_visible()
    assert attempt.answers.filter(is_complete=True).count() == total
    assert attempt.scores.get().max_points == total
    assert attempt.events.filter(kind="close").count() == 1


def test_without_script_going_back_shows_and_changes_an_answer(plain: Page, attempt: Attempt):
    number = moves.place_of(attempt, "single")
    plain.goto(moves.question(attempt, number))
    moves.option(plain, 1).check()
    press(plain, "Next")
    first = moves.stored(attempt, number)
    press(plain, "Back")
    expect(moves.saved(plain)).to_have_text(moves.SAVED)
    expect(moves.option(plain, 1)).to_be_checked()
    moves.option(plain, 2).check()
    press(plain, "Review and end")

    assert first is not None
    assert moves.stored(attempt, number) not in (None, first)


def test_without_script_the_deadline_holds(plain: Page, attempt: Attempt):
    plain.goto(moves.question(attempt))
    moves.answer(plain)
    press(plain, "Next")
    moves.answer(plain)
    grace = attempt.grace
    shift_clock(attempt, left=-grace - timedelta(seconds=1))
    press(plain, "Next")

    expect(plain).to_have_url(RESULT)
    expect(plain.get_by_text("The time was up. This answer was not counted.")).to_be_visible()
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.EXPIRED
    assert moves.stored(attempt, 1) is not None
    assert moves.stored(attempt, 2) is None


def test_without_script_the_grace_is_for_closing_only(plain: Page, attempt: Attempt):
    shift_clock(attempt, left=timedelta(seconds=-1))
    plain.goto(moves.question(attempt))
    expect(plain.get_by_role("heading", name="The time is up")).to_be_visible()
    expect(plain.get_by_role("radio")).to_have_count(0)
    press(plain, "Close and show my result")

    expect(plain).to_have_url(RESULT)


def test_a_mock_with_the_keyboard_alone(opened, attempt: Attempt):
    page = opened(cookies=moves.session_of(attempt.student)).new_page()
    total = attempt.items.count()
    page.goto(f"/exams/{attempt.exam.slug}/")
    tab_to(page, "a", "Continue")
    page.keyboard.press("Enter")
    for number in range(1, total + 1):
        moves.on_question(page, number)
        expect(page.locator("#stem")).to_be_focused()
        answer_by_keys(page)
        expect(moves.saved(page)).to_have_text(moves.SAVED)
        move_on(page, number)
    expect(page.get_by_text(f"All {total} questions are answered.")).to_be_visible()
    tab_to(page, "a", "End the exam…")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="End the exam now?")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="End the exam")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page).to_have_url(RESULT)
    assert attempt.answers.filter(is_complete=True).count() == total
    assert attempt.items.get(position=2).mark.flag


def answer_by_keys(page: Page) -> None:
    """With the keys of the card where there are options, else with Tab and the field's own."""
    card = moves.form(page)
    kind = card.get_attribute("data-kind")
    if kind in {"single", "true_false"}:
        page.keyboard.press("b")
    elif kind == "multiple":
        for digit in range(1, max(1, int(card.get_attribute("data-choose") or 1)) + 1):
            page.keyboard.press(str(digit))
    elif kind in {"ordering", "matching"}:
        for row in range(card.locator("select").count()):
            tab_to(page, "select", nth=row)
            page.keyboard.type(str(row + 1) if kind == "ordering" else "A")
    else:
        tab_to(page, "[name=value], [name=text]")
        page.keyboard.type("42")


def move_on(page: Page, number: int) -> None:
    """By letter from inside the question, by Tab and Enter from a field to type in."""
    focused = page.locator(":focus")
    if number == 2:
        page.keyboard.press("f")
        expect(page.get_by_role("checkbox", name="Flag")).to_be_checked()
    if focused.evaluate("it => it.matches('select, input:not([type=radio], [type=checkbox])')"):
        tab_to(page, ".exam-foot button.btn:not(.btn-quiet):visible")
        page.keyboard.press("Enter")
    else:
        page.keyboard.press("n")
