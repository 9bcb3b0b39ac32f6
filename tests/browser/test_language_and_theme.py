"""Language and theme, changed where one happens to be."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from quizzes.models import Attempt
from tests.browser import moves
from tests.browser.conftest import Opener
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHINESE = re.compile("[一-鿿]")
GROUND = "getComputedStyle(document.documentElement).backgroundColor"


@pytest.fixture
def attempt() -> Attempt:
    return moves.start("saa-c03")


def html(page: Page):
    return page.locator("html")


@pytest.mark.parametrize("has_script", [True, False])
def test_the_language_changes_in_an_exam_and_the_answer_stays(
    opened: Opener, attempt: Attempt, has_script
):
    number = moves.place_of(attempt, "single")
    cookies = moves.session_of(attempt.student)
    page = opened(cookies=cookies, java_script_enabled=has_script).new_page()
    page.goto(moves.question(attempt, number))
    expect(html(page)).to_have_attribute("lang", "en")
    english = page.locator("#stem").inner_text()
    moves.option(page, 2).check()
    page.get_by_role("button", name="简体中文").click()

    expect(html(page)).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#stem")).to_have_text(CHINESE)
    expect(moves.option(page, 2)).to_be_checked()
    assert moves.stored(attempt, number) == {"choice": moves.option(page, 2).get_attribute("value")}

    moves.option(page, 1).check()
    page.get_by_role("button", name="English").click()
    expect(page.locator("#stem")).to_have_text(english)
    expect(moves.option(page, 1)).to_be_checked()
    assert moves.stored(attempt, number) == {"choice": moves.option(page, 1).get_attribute("value")}


def test_the_menu_changes_the_language_of_the_page_one_is_on(opened: Opener):
    page = opened().new_page()
    page.goto("/certifications/?q=architect")
    moves.open_menu(page, "Language").get_by_role("button", name="简体中文").click()

    expect(page).to_have_url(re.compile(r"/certifications/\?q=architect$"))
    expect(html(page)).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_role("heading", level=1)).to_have_text(CHINESE)


@pytest.mark.parametrize(("device", "chosen"), [("light", "Dark"), ("dark", "Light")])
def test_a_chosen_theme_overrules_the_device(opened: Opener, device, chosen):
    theme = chosen.lower()
    as_device = opened(color_scheme=theme).new_page()
    as_device.goto("/")
    expect(html(as_device)).not_to_have_attribute("data-theme", re.compile(".*"))
    page = opened(color_scheme=device, cookies=moves.session_of(UserFactory())).new_page()
    page.goto("/exams/")
    before = page.evaluate(GROUND)
    moves.open_menu(page, "Appearance").get_by_role("button", name=chosen).click()

    expect(html(page)).to_have_attribute("data-theme", theme)
    expect(page).to_have_url(re.compile("/exams/$"))
    assert page.evaluate(GROUND) == as_device.evaluate(GROUND) != before
    page.goto("/practice/")
    expect(html(page)).to_have_attribute("data-theme", theme)

    moves.open_menu(page, "Appearance").get_by_role("button", name="Same as the device").click()
    expect(html(page)).not_to_have_attribute("data-theme", theme)
    assert page.evaluate(GROUND) == before
