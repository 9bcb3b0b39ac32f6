"""An instructor makes a mock exam at the desk: checked, published, and tried on paper."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from playwright.sync_api import Locator, Page, expect

from certportal.accounts.models import User
from certportal.accounts.services.roles import make_instructor
from quizzes.models import Exam
from tests.browser import moves
from tests.browser.conftest import Opener
from tests.browser.watching import NARROW, barriers, overflow
from tests.browser.world import SECRET
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def instructor() -> User:
    person = UserFactory()
    make_instructor(person, by=None)
    TOTP.activate(person, SECRET)
    return person


def test_make_check_publish_and_preview_an_exam(opened: Opener, instructor: User):
    page = opened().new_page()
    sign_in_to_the_desk(page, instructor)
    make_an_exam(page)

    weigh(page, "40", "30", "20", "9")
    expect(page.locator("[data-sum]")).to_have_text("99")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The weights add up to 99")
    assert barriers(page) == []
    weigh(page, "40", "30", "20", "10")
    expect(page.locator("[data-sum]")).to_have_text("100")

    page.get_by_label("Number of questions").fill("200")
    page.get_by_role("button", name="Check without saving").click()
    expect(page.get_by_text("This is a trial: nothing is saved yet.")).to_be_visible()
    expect(panel(page)).to_contain_text("Cloud Concepts lacks 64 questions: it needs 80")
    assert barriers(page) == []
    exam = Exam.objects.get(owner=instructor)
    assert (exam.size, exam.weights.count()) == (None, 0)

    page.get_by_label("Number of questions").fill("20")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(panel(page)).to_contain_text("20 questions can be drawn.")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("The exam is published: it can be assigned.")).to_be_visible()
    assert Exam.objects.published().filter(pk=exam.pk).exists()
    preview(page)


def test_an_exam_is_made_on_a_phone_without_a_script(opened: Opener, instructor: User):
    page = opened(java_script_enabled=False, viewport=NARROW).new_page()
    sign_in_to_the_desk(page, instructor)
    make_an_exam(page)
    guide = page.get_by_label("Exam guide")
    other = guide.locator("option", has_text="AIF-C01").get_attribute("value")
    guide.select_option(other)
    page.get_by_role("button", name="Show domains and sets of this guide").click()
    expect(page.get_by_label("Fundamentals of AI and ML")).to_be_visible()
    page.get_by_label("Number of questions").fill("20")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The exam is saved.")).to_be_visible()
    assert overflow(page) == []
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("The exam is archived.")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_count(0)


def sign_in_to_the_desk(page: Page, person: User) -> None:
    page.goto("/admin/")
    moves.fill_in_login(page, person.email, PASSWORD)
    page.locator("[name=code]").fill(moves.code_of(SECRET))
    page.locator("[name=code]").press("Enter")
    expect(page).to_have_url(re.compile(r"/admin/$"))


def make_an_exam(page: Page) -> None:
    page.goto("/admin/quizzes/exam/add/")
    page.get_by_label("Title").fill("Midterm")
    guide = page.get_by_label("Exam guide")
    guide.select_option(guide.locator("option", has_text="CLF-C02").get_attribute("value"))
    page.get_by_role("button", name="Make the exam").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Midterm")


def weigh(page: Page, *weights: str) -> None:
    for field, weight in zip(page.locator("[data-weights] input").all(), weights, strict=True):
        field.fill(weight)


def panel(page: Page) -> Locator:
    return page.locator("#draw")


def preview(page: Page) -> None:
    page.get_by_role("link", name="Preview a drawn paper").click()
    papers = page.locator(".drawn > li")
    expect(papers).to_have_count(20)
    expect(page.get_by_text("After the answer")).to_have_count(0)
    first = page.locator(".drawn").inner_text()
    page.get_by_role("link", name="Another paper").click()
    expect(page.get_by_label("Number of the paper")).to_have_value("2")
    assert page.locator(".drawn").inner_text() != first
    page.get_by_label("Show the keys").check()
    page.get_by_label("Number of the paper").fill("1")
    page.get_by_role("button", name="Show this paper").click()
    expect(page.get_by_text("After the answer")).to_have_count(20)
    assert barriers(page) == []
