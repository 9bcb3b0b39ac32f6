"""An instructor gives an exam to a class: by keyboard, and without a script."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from playwright.sync_api import Locator, Page, expect

from certportal.accounts.models import Membership
from certportal.catalog.models import ExamGuide
from progress.models import ClassGoal
from quizzes.models import Assignment
from quizzes.selectors.assignment_terms import terms_by_person
from tests.browser import moves
from tests.browser.moves import tab_to
from tests.browser.world import SECRET
from tests.factories.accounts import InstructorFactory
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DETAIL = re.compile(r"/assignments/[0-9a-f-]{36}/$")
TERMS = re.compile(r"/terms/$")
# 18:00 in Kolkata.
DUE = datetime(2027, 5, 5, 12, 30, tzinfo=UTC)


@pytest.fixture
def world() -> SimpleNamespace:
    """A class in Kolkata that learns for SAA-C03: two students, one of them with a label."""
    classroom = ClassroomFactory(time_zone="Asia/Kolkata", created_by=InstructorFactory())
    TOTP.activate(classroom.created_by, SECRET)
    guide = ExamGuide.objects.current().get(certification__slug="saa-c03")
    ClassGoal.objects.create(classroom=classroom, guide=guide)
    label = ClassLabelFactory(classroom=classroom, name="Evening course")
    evening = MembershipFactory(
        classroom=classroom, person__display_name="Meera Nair", labels=[label]
    )
    MembershipFactory(classroom=classroom, person__display_name="Arjun Rao")
    return SimpleNamespace(
        classroom=classroom, teacher=classroom.created_by, person=evening.person, label=label
    )


def begin(page: Page, world: SimpleNamespace) -> None:
    page.goto(f"/teach/classes/{world.classroom.slug}/assignments/new/")
    expect(page.get_by_role("heading", name="New assignment")).to_be_visible()


def meera(page: Page) -> Locator:
    """Her row in the table of rules."""
    return page.get_by_role("row", name="Meera Nair")


def given_by(world: SimpleNamespace) -> Assignment:
    return Assignment.objects.get(classroom=world.classroom)


def rules_of(world: SimpleNamespace) -> dict[str, tuple[datetime | None, int]]:
    """Due and minutes of everybody who has the assignment."""
    members = list(Membership.objects.filter(classroom=world.classroom).select_related("person"))
    names = {member.person_id: str(member.person) for member in members}
    terms = terms_by_person(given_by(world), members)
    return {names[pk]: (it.own_due, int(it.minutes.value)) for pk, it in terms.items()}


def test_by_keyboard_for_a_label_with_an_exception_for_one_person(opened, world):
    page = opened(cookies=moves.session_of(world.teacher)).new_page()
    begin(page, world)
    tab_to(page, "[name=audience]:checked")
    page.keyboard.press("ArrowDown")
    tab_to(page, "[name=labels]")
    page.keyboard.press("Space")
    tab_to(page, "[name=due_at]")
    # The parts of the browser's own control; day and month stand in either order.
    page.keyboard.type("05052027")
    page.keyboard.press("Tab")
    page.keyboard.type("1800")
    expect(page.locator("[name=due_at]")).to_have_value("2027-05-05T18:00")
    tab_to(page, "button", "Give it to the class")
    page.keyboard.press("Enter")

    expect(page).to_have_url(DETAIL)
    expect(page.get_by_text("1 student can begin at once.")).to_be_visible()
    assert list(rules_of(world)) == ["Meera Nair"]
    assert given_by(world).due_at == DUE

    tab_to(page, "a", "Rules and exceptions")
    page.keyboard.press("Enter")
    expect(page).to_have_url(TERMS)
    tab_to(page, "a", "Add exception")
    page.keyboard.press("Enter")
    expect(page.get_by_label("For whom")).to_have_value(f"person:{world.person.public_id}")
    tab_to(page, "[name=reason]")
    page.keyboard.type("Shares a computer")
    tab_to(page, "[name=minutes]")
    page.keyboard.type("150")
    tab_to(page, "button", "Save the exception")
    page.keyboard.press("Enter")

    expect(page).to_have_url(TERMS)
    expect(page.get_by_text("Reason: Shares a computer")).to_be_visible()
    expect(meera(page)).to_contain_text("own exception")
    assert rules_of(world) == {"Meera Nair": (DUE, 150)}


def test_without_script(opened, world):
    session = moves.session_of(world.teacher)
    page = opened(cookies=session, java_script_enabled=False).new_page()
    begin(page, world)
    # A time that is not there is told at its field, and everything typed is kept.
    page.get_by_label("Title").fill("Week 6")
    page.get_by_label("Labels or single students").check()
    page.get_by_label("Due").fill("2027-05-05T18:00")
    page.get_by_role("button", name="Give it to the class").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a label or a student")
    expect(page.get_by_label("Title")).to_have_value("Week 6")
    page.get_by_label("Evening course").check()
    page.get_by_role("button", name="Who can begin when?").click()
    expect(page.get_by_text("1 student can begin at once.")).to_be_visible()
    page.get_by_role("button", name="Give it to the class").click()

    expect(page).to_have_url(DETAIL)
    page.get_by_role("link", name="Rules and exceptions").click()
    page.get_by_role("link", name="Add an exception").click()
    page.get_by_label("For whom").select_option("Evening course")
    page.get_by_label("Reason").fill("They meet on Saturdays")
    page.get_by_label("Due").fill("2027-05-06T18:00")
    page.get_by_role("button", name="Save the exception").click()
    expect(meera(page)).to_contain_text("exception of Evening course")
    page.get_by_role("link", name="Remove… Evening course").click()
    page.get_by_role("button", name="Remove the exception").click()

    expect(page).to_have_url(TERMS)
    expect(page.get_by_text("The exception is removed.")).to_be_visible()
    assert given_by(world).title == "Week 6"
    assert rules_of(world)["Meera Nair"][0] == DUE


def test_the_enter_key_in_a_field_gives_the_work(opened, world):
    page = opened(cookies=moves.session_of(world.teacher)).new_page()
    begin(page, world)
    page.get_by_label("Title").fill("Week 7")
    page.get_by_label("Title").press("Enter")

    expect(page).to_have_url(DETAIL)
    assert given_by(world).title == "Week 7"


def test_only_the_fields_of_the_chosen_kind_are_shown(opened, world):
    page = opened(cookies=moves.session_of(world.teacher), java_script_enabled=False).new_page()
    begin(page, world)

    expect(page.locator("[name=attempts_allowed]")).to_be_visible()
    expect(page.locator("[name=goal]")).to_be_hidden()
    expect(page.locator("[name=late_deduction]")).to_be_hidden()
    page.get_by_label("Late work", exact=True).select_option("Counts less")
    expect(page.locator("[name=late_deduction]")).to_be_visible()
    page.get_by_label("Practice goal").check()
    expect(page.locator("[name=goal]")).to_be_visible()
    expect(page.locator("[name=attempts_allowed]")).to_be_hidden()
