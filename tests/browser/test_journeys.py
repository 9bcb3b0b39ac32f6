"""From the front door to a result, and from an instructor's desk to a student's practice."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from playwright.sync_api import Page, expect

from certportal.accounts.models import User
from certportal.accounts.services.roles import make_instructor
from quizzes.models import Attempt
from tests.browser import moves
from tests.browser.world import SECRET
from tests.factories.accounts import PASSWORD, UserFactory

CERTIFICATION = "DEA-C01"
"""The shipped banks hold nothing for it, so that what is written stands alone."""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sign_up_practise_sit_a_mock_and_see_the_result(opened):
    page = opened().new_page()
    sign_up(page)
    practise_two(page)
    attempt = sit_a_mock(page)

    expect(page).to_have_url(re.compile(r"/result/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mock exam: not passed")
    points = f"{attempt.scores.get().points.normalize():f}"
    expect(page.locator(".figure-big")).to_have_text(points)
    expect(page.get_by_text("3 of 65 questions answered")).to_be_visible()
    expect(page.locator("table.domains tbody tr")).to_have_count(4)

    weakest = page.locator(".numbered form").first
    name = weakest.locator("[name=domain]").get_attribute("value")
    weakest.get_by_role("button").click()
    expect(page.get_by_text("Question 1 of 10", exact=True)).to_be_visible()
    practice = Attempt.objects.filter(student=attempt.student, mode="practice").latest("pk")
    assert {item.domain.key for item in practice.items.select_related("domain")} == {name}


def sign_up(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_role("link", name="Create one").click()
    page.get_by_label("Name").fill("Wei Zhang")
    page.get_by_label("E-mail").fill("wei@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("navigation", name="Sections")).to_be_visible()


def practise_two(page: Page) -> None:
    """One answer with its feedback, and the next question."""
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Practice").click()
    page.locator("a[href*='certification=clf-c02']").first.click()
    page.get_by_text("5", exact=True).click()
    page.get_by_role("button", name="Start practice").click()
    expect(page.get_by_text("Question 1 of 5", exact=True)).to_be_visible()
    moves.answer(page)
    page.get_by_role("button", name="Check my answer").click()
    expect(page.locator("#verdict")).to_be_focused()
    expect(page.get_by_text("Why", exact=True)).to_be_visible()
    expect(page.locator(".explain a[href^=http]")).to_be_visible()
    page.get_by_role("link", name="Next question").click()
    expect(page.get_by_text("Question 2 of 5", exact=True)).to_be_visible()
    page.get_by_role("button", name="Stop here").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Practice:")


def sit_a_mock(page: Page) -> Attempt:
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Exams").click()
    page.locator("tr", has_text="CLF-C02").get_by_role("link", name="Rules and start").click()
    page.get_by_role("button", name="Start the mock with 65 questions").click()
    for number in (1, 2, 3):
        moves.on_question(page, number)
        moves.answer(page)
        expect(moves.saved(page)).to_have_text(moves.SAVED)
        if number == 2:
            page.get_by_role("checkbox", name="Flag").check()
        page.get_by_role("button", name="Next", exact=True).click()
    moves.on_question(page, 4)
    page.get_by_role("button", name="Review and end").click()
    expect(page.get_by_text("3 of 65 complete.")).to_be_visible()
    page.get_by_role("link", name="Flagged 1").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="End the exam…").click()
    attempt = Attempt.objects.open().get(student__email="wei@example.org")
    page.get_by_role("button", name="End the exam").click()
    return attempt


def test_what_an_instructor_writes_appears_in_practice(opened):
    instructor = UserFactory()
    make_instructor(instructor, by=None)
    TOTP.activate(instructor, SECRET)
    page = opened().new_page()
    sign_in_to_the_desk(page, instructor)
    make_a_set(page)
    write_a_question(page)

    student = opened(cookies=moves.session_of(UserFactory())).new_page()
    find_in_practice(student)
    student.get_by_text("Only keys that customers manage").click()
    student.get_by_role("button", name="Check my answer").click()
    expect(student.locator("#verdict")).to_contain_text("Right.")
    expect(student.get_by_text("Their policy is yours to write.")).to_be_visible()
    expect(student.get_by_text("Nobody can change that policy.")).to_be_visible()


def sign_in_to_the_desk(page: Page, person: User) -> None:
    page.goto("/admin/")
    moves.fill_in_login(page, person.email, PASSWORD)
    page.locator("[name=code]").fill(moves.code_of(SECRET))
    page.locator("[name=code]").press("Enter")
    expect(page).to_have_url(re.compile(r"/admin/$"))


def make_a_set(page: Page) -> None:
    page.goto("/admin/quizzes/questionset/add/")
    page.get_by_label("Title").fill("Key management, week 4")
    page.get_by_label("Short name").fill("key-management-4")
    page.get_by_role("button", name="Make the set").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Key management, week 4")


def write_a_question(page: Page) -> None:
    page.get_by_role("link", name="Single choice").click()
    page.locator("[name=stem_en]").fill("Which keys can an account **restrict by policy**?")
    options = (
        ("Only keys that customers manage", "Their policy is yours to write."),
        ("Only keys that the service owns", "Nobody can change that policy."),
        ("Both kinds", "One of them has a policy that is not yours."),
    )
    for number, (text, why) in enumerate(options):
        page.locator(f"[name=options-{number}-text_en]").fill(text)
        page.locator(f"[name=options-{number}-why_en]").fill(why)
    page.locator("[name=correct]").first.check()
    page.locator("[name=explanation_en]").fill("A key policy belongs to the owner of the key.")
    place = page.get_by_label("Certification and domain").first
    place.select_option(place.locator("option", has_text=f"{CERTIFICATION} D1").text_content())
    page.locator("[name=status]").select_option("ready")
    page.locator("[name=external_id]").fill("keys-001")
    page.get_by_role("button", name="Save question").click()
    expect(page.get_by_text("The question is saved.")).to_be_visible()


def find_in_practice(page: Page) -> None:
    page.goto("/practice/")
    page.locator("tr", has_text=CERTIFICATION).get_by_role("link").click()
    page.get_by_role("button", name="Start practice").click()
    expect(page.get_by_text("Question 1 of 1", exact=True)).to_be_visible()
