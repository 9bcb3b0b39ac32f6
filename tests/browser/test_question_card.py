"""What the card of a question does for hands: keys, the gentle stop, rows that move."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from quizzes.models import Attempt
from tests.browser import moves
from tests.browser.conftest import Opener
from tests.browser.papers import mock_of_every_kind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def attempt() -> Attempt:
    return mock_of_every_kind()


@pytest.fixture
def page(opened: Opener, attempt: Attempt) -> Page:
    return opened(cookies=moves.session_of(attempt.student)).new_page()


def show(page: Page, attempt: Attempt, kind: str) -> int:
    number = moves.place_of(attempt, kind)
    page.goto(moves.question(attempt, number))
    moves.on_question(page, number)
    return number


def test_one_option_too_many_is_stopped_gently(page: Page, attempt: Attempt):
    number = show(page, attempt, "multiple")
    most = int(moves.form(page).get_attribute("data-choose"))
    for option in range(1, most + 1):
        moves.option(page, option).check()
    moves.option(page, most + 1).click()

    expect(moves.option(page, most + 1)).not_to_be_checked()
    expect(page.locator("#hint")).to_have_text(f"Choose only {most}. Clear one first.")
    moves.option(page, 1).uncheck()
    moves.option(page, most + 1).check()
    expect(page.locator("[data-chosen]")).to_have_text(f"{most} of {most} chosen")
    page.get_by_role("button", name="Next", exact=True).click()
    moves.on_question(page, number + 1)
    assert len(moves.stored(attempt, number)["choices"]) == most


def test_the_keys_flag_strike_choose_and_move(page: Page, attempt: Attempt):
    number = show(page, attempt, "single")
    expect(page.locator("#stem")).to_be_focused()
    page.keyboard.press("f")
    page.keyboard.press("2")
    page.keyboard.press("x")

    expect(page.get_by_role("checkbox", name="Flag")).to_be_checked()
    expect(moves.option(page, 2)).to_be_checked()
    expect(page.get_by_role("checkbox", name="Strike out option B")).to_be_checked()
    page.keyboard.press("r")
    expect(page.get_by_role("heading", name="Before you end")).to_be_visible()
    page.go_back()
    moves.on_question(page, number)
    page.keyboard.press("n")
    moves.on_question(page, number + 1)
    page.keyboard.press("p")
    moves.on_question(page, number)


def test_the_keys_can_be_turned_off(page: Page, attempt: Attempt):
    show(page, attempt, "single")
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard")
    help_.get_by_label("Use these keys").uncheck()
    help_.get_by_role("button", name="Close").click()
    page.reload()
    expect(page.locator("#help-open")).to_be_visible()
    expect(page.locator("#stem")).to_be_focused()
    page.keyboard.press("2")
    page.keyboard.press("f")

    expect(page.get_by_role("checkbox", name="Flag")).not_to_be_checked()
    expect(moves.option(page, 2)).not_to_be_checked()


def test_letters_are_letters_in_a_field_and_outside_the_card(page: Page, attempt: Attempt):
    number = show(page, attempt, "numeric")
    field = page.locator("[name=value]")
    field.press_sequentially("1n")
    expect(field).to_have_value("1n")
    page.get_by_role("button", name="Hide the clock").focus()
    page.keyboard.press("f")

    moves.on_question(page, number)
    expect(page.get_by_role("checkbox", name="Flag")).not_to_be_checked()


def test_buttons_move_a_row(page: Page, attempt: Attempt):
    number = show(page, attempt, "ordering")
    texts = page.locator("[data-order] .text")
    before = texts.all_inner_texts()
    page.locator("[data-order] li").first.locator("[data-move='1']").click()

    expect(texts).to_have_text([before[1], before[0], *before[2:]])
    expect(page.locator(":focus")).to_have_attribute("data-move", "1")
    expect(moves.saved(page)).to_have_text(moves.SAVED)
    order = moves.stored(attempt, number)["order"]
    names = [it.get_attribute("name") for it in page.locator("[data-order] select").all()]
    assert [f"order-{item}" for item in order] == names
