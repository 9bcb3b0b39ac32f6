"""A class from its first day: at two desks, on two phones in Chinese, and without a script."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from certportal.accounts.models import Classroom, User
from certportal.accounts.services.class_invitations import token_of
from certportal.accounts.services.joining import make_join_code
from certportal.accounts.services.roles import make_instructor
from certportal.catalog.models import ExamGuide
from progress.services.class_goals import set_class_goal
from quizzes.models import Attempt
from tests.browser import moves
from tests.browser.conftest import Opener
from tests.browser.watching import barriers, overflow
from tests.browser.world import SECRET
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.assignments import AssignmentFactory, OwnExamFactory
from tests.factories.classes import (
    ClassLabelFactory,
    ClassroomFactory,
    InvitationFactory,
    MembershipFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CLASS = "Cloud Foundations, autumn 2026"
FORMULA = "=SUM(A1:A9)"
"""A name that a spreadsheet must not reckon with."""
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "color_scheme": "dark",
    "locale": "zh-CN",
}
CHINESE = {settings.LANGUAGE_COOKIE_NAME: "zh-hans"}


@pytest.fixture
def teacher() -> User:
    person = UserFactory(display_name="Anne Moreau")
    make_instructor(person, by=None)
    TOTP.activate(person, SECRET)
    return person


# --- At two desks -------------------------------------------------------------------------


def test_a_class_from_its_making_to_its_gradebook(opened: Opener, teacher: User):
    desk = opened().new_page()
    sign_in_with_code(desk, teacher)
    make_a_class(desk)
    make_a_label(desk, "Extended time", "1.5")
    link = make_a_code(desk)
    assign_a_mock(desk, "Midterm")

    student = UserFactory(display_name=FORMULA)
    page = opened().new_page()
    join_by_link(page, student, link)
    give_label(desk, FORMULA, "Extended time")
    read_the_rules(page, "Midterm")
    page.get_by_role("button", name="Start 65 questions in 135 minutes").click()
    moves.answer_and_go_on(page, 1, 2)
    moves.on_question(page, 3)
    moves.end_exam(page)

    attempt = Attempt.objects.get(student=student)
    mark = f"{attempt.scores.get().points / 65:.0%}"
    find_on_the_class_pages(desk, "Midterm", mark)
    check_the_file(desk, attempt)


def sign_in_with_code(page: Page, person: User) -> None:
    moves.sign_in(page, person)
    moves.give_code(page, SECRET)
    expect(sections(page)).to_be_visible()


def sections(page: Page):
    return page.get_by_role("navigation", name="Sections")


def make_a_class(page: Page) -> None:
    sections(page).get_by_role("link", name="Teach").click()
    page.get_by_role("link", name="New class").first.click()
    page.get_by_label("Name").fill(CLASS)
    page.get_by_label("Time zone").fill("kolkata")
    page.get_by_label("Exam guide").fill("clf-c02")
    page.get_by_role("button", name="Open the class").click()
    expect(page.get_by_text("The class is open. Let your students in next.")).to_be_visible()
    classroom = class_of(page)
    assert (classroom.time_zone, classroom.goal.guide.certification.slug) == (
        "Asia/Kolkata",
        "clf-c02",
    )


def class_of(page: Page) -> Classroom:
    """The class whose page this is; its name may be that of others."""
    return Classroom.objects.get(slug=page.url.split("/classes/")[1].split("/")[0])


def make_a_label(page: Page, name: str, factor: str) -> None:
    page.get_by_role("link", name="Labels").click()
    page.get_by_role("textbox", name="Label").fill(name)
    page.get_by_label("Extra time").fill(factor)
    page.get_by_label("Reason").fill("Granted by the examination office")
    page.get_by_role("button", name="Create the label").click()
    expect(page.get_by_text("The label is saved.")).to_be_visible()


def make_a_code(page: Page) -> str:
    """Its link as an address on this server; the page shows it once."""
    to_class(page, "People")
    page.get_by_role("link", name="Join codes").click()
    page.get_by_label("For how many students").fill("1")
    page.get_by_role("button", name="Make a code").click()
    link = page.get_by_label("Or as a link").input_value()
    code = page.locator(".big-code").inner_text()
    assert link.endswith(f"/classes/join/{code}/")
    page.goto(page.url)
    expect(page.get_by_role("row").filter(has_text=f"{code[:2]}…")).to_contain_text("0 of 1")
    expect(page.get_by_text(code, exact=True)).to_have_count(0)
    return urlsplit(link).path


def to_class(page: Page, tab: str) -> None:
    """A page of the class, by its tabs where there are any."""
    tabs = page.get_by_role("navigation", name="Class", exact=True)
    if not tabs.count():
        page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name=CLASS).click()
    tabs.get_by_role("link", name=tab).click()


def assign_a_mock(page: Page, title: str) -> None:
    to_class(page, "Overview")
    page.get_by_role("link", name="Assign", exact=True).first.click()
    page.get_by_label("Title").fill(title)
    # Tomorrow on the clocks of the class, which is what the field asks for.
    classroom = class_of(page)
    due = timezone.now().astimezone(classroom.zone) + timedelta(days=1)
    page.get_by_label("Due").fill(f"{due:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Give it to the class").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_text(f"{due:%H:%M}").first).to_be_visible()


def join_by_link(page: Page, student: User, link: str) -> None:
    page.goto(link)
    moves.fill_in_login(page, student.email, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text(CLASS)
    expect(page.get_by_text("Anne Moreau")).to_be_visible()
    expect(page.get_by_role("heading", name="What the class will see of you")).to_be_visible()
    expect(page.get_by_text("Your practice and mock exams in CLF-C02, from")).to_be_visible()
    assert not student.memberships.exists()
    page.get_by_role("button", name=f"Join {CLASS}").click()
    expect(page.get_by_text(f"You are in {CLASS}.")).to_be_visible()


def give_label(page: Page, name: str, label: str) -> None:
    to_class(page, "People")
    page.get_by_role("link", name=name).click()
    page.get_by_label(label).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def read_the_rules(page: Page, title: str) -> None:
    """On both pages that say what is due, then on that of the assignment."""
    sections(page).get_by_role("link", name="Classes").click()
    row = page.get_by_role("row").filter(has_text=title)
    expect(row).to_contain_text("Not started")
    expect(row).to_contain_text("Asia/Kolkata")
    sections(page).get_by_role("link", name="Today").click()
    step = page.get_by_role("region", name=title)
    expect(step).to_contain_text("Next best step")
    expect(step).to_contain_text("(Asia/Kolkata), 1 day from now")
    step.get_by_role("link", name="Rules and start").click()
    rule = page.get_by_role("row", name="Your extra time 50%")
    expect(rule).to_contain_text("50% more, 135 minutes in all")
    expect(rule).to_contain_text("the label “Extended time”")
    due = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Due", exact=True))
    expect(due).to_contain_text("45 minutes later by your extra time")


def find_on_the_class_pages(page: Page, title: str, mark: str) -> None:
    to_class(page, "Overview")
    row = page.locator("#students tbody tr")
    expect(row).to_contain_text(FORMULA)
    expect(row).to_contain_text("1/1")
    page.get_by_role("link", name=title).first.click()
    work = page.get_by_role("row").filter(has_text=FORMULA)
    expect(work).to_contain_text("Done")
    expect(work).to_contain_text(mark)
    to_class(page, "Gradebook")
    expect(page.get_by_role("row").filter(has_text=FORMULA)).to_contain_text(mark)


def check_the_file(page: Page, attempt: Attempt) -> None:
    with page.expect_download() as download:
        page.locator("a[href$='/gradebook.csv']").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    head, row = csv.reader(text.splitlines())
    line = dict(zip(head, row, strict=True))
    assert line["Name"] == f"'{FORMULA}"
    assert line["E-mail"] == attempt.student.email
    assert line["Labels"] == "Extended time"
    points = attempt.scores.get().points
    assert float(line["Midterm: mark in percent"]) == round(float(points) / 65 * 100, 1)
    assert line["Midterm: late"] == ""


# --- On two phones, in Chinese, at night --------------------------------------------------


@pytest.fixture
def course(teacher: User) -> SimpleNamespace:
    """A class with a student who is invited, a mock of ten questions and a practice goal."""
    guide = ExamGuide.objects.current().get(certification__slug="clf-c02")
    classroom = ClassroomFactory(created_by=teacher, name="云计算 2026", time_zone="Asia/Shanghai")
    set_class_goal(classroom, guide=guide, by=teacher)
    student = UserFactory(display_name="陈洁")
    exam = OwnExamFactory(owner=teacher, guide=guide, title="期中")
    tomorrow = timezone.now() + timedelta(days=1)
    return SimpleNamespace(
        classroom=classroom,
        teacher=teacher,
        student=student,
        invitation=InvitationFactory(classroom=classroom, email=student.email),
        mock=AssignmentFactory(
            classroom=classroom, title="期中模拟考试", exam=exam, due_at=tomorrow
        ),
        goal=AssignmentFactory(
            classroom=classroom,
            title="第六周练习",
            practice=True,
            guide=guide,
            goal=2,
            due_at=tomorrow,
        ),
    )


def test_a_class_on_a_phone_in_chinese(opened: Opener, course: SimpleNamespace):
    page = on_a_phone(opened, course.student)
    accept(page, course)
    practise(page, course)
    sit(page, course)
    see_progress(page)

    page = on_a_phone(opened, course.teacher)
    look_after(page, course)


def on_a_phone(opened: Opener, person: User) -> Page:
    return opened(cookies={**moves.session_of(person), **CHINESE}, **PHONE).new_page()


def fits(page: Page) -> None:
    """In Chinese, in the width of the phone, and for everybody."""
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert overflow(page) == []
    assert barriers(page) == []


def accept(page: Page, course: SimpleNamespace) -> None:
    page.goto("/")
    page.locator("nav.rail a[href='/classes/']").tap()
    page.locator(f"a[href='/classes/invitations/{token_of(course.invitation)}/']").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("云计算 2026")
    expect(page.get_by_text("Asia/Shanghai")).to_be_visible()
    expect(page.locator(".sees li")).to_have_count(4)
    fits(page)
    page.locator("[name=do][value=accept]").tap()
    expect(page).to_have_url(re.compile("/classes/$"))
    expect(page.get_by_role("link", name="期中模拟考试").first).to_be_visible()
    fits(page)


def practise(page: Page, course: SimpleNamespace) -> None:
    page.get_by_role("link", name="第六周练习").first.tap()
    expect(page).to_have_url(re.compile(f"/assignments/{course.goal.public_id}/$"))
    fits(page)
    page.locator("form[action='/practice/'] button").tap()
    for number in (1, 2):
        expect(page).to_have_url(re.compile(f"/q/{number}/$"))
        moves.answer(page)
        page.locator("[name=go][value=check]").tap()
        expect(page.locator("#verdict")).to_be_visible()
        fits(page)
        page.locator("#next").tap()
    page.locator(".practice-top form button").tap()
    expect(page).to_have_url(re.compile("/result/$"))
    page.goto(f"/assignments/{course.goal.public_id}/")
    expect(page.locator("#goal")).to_contain_text(re.compile(r"2\D+2"))
    # Done: there is nothing to press any more.
    expect(page.locator("form[action='/practice/']")).to_have_count(0)


def sit(page: Page, course: SimpleNamespace) -> None:
    page.locator("nav.rail a[href='/']").tap()
    page.locator(f".next a[href='/assignments/{course.mock.public_id}/']").tap()
    fits(page)
    page.locator(f"form[action='/assignments/{course.mock.public_id}/start/'] button").tap()
    moves.answer_and_go_on(page, 1, 9)
    moves.on_question(page, 10)
    moves.answer(page)
    fits(page)
    moves.end_exam(page)
    fits(page)
    attempt = Attempt.objects.get(assignment=course.mock)
    assert attempt.answers.filter(is_complete=True).count() == 10


def see_progress(page: Page) -> None:
    page.goto("/progress/")
    fits(page)
    page.get_by_role("link", name="CLF-C02").or_(
        page.locator("a[href='/progress/clf-c02/']")
    ).first.tap()
    expect(page).to_have_url(re.compile("/progress/clf-c02/$"))
    expect(page.locator("a[href$='/result/']").first).to_be_visible()
    fits(page)


def look_after(page: Page, course: SimpleNamespace) -> None:
    page.goto("/")
    page.locator("nav.rail .menu summary").tap()
    page.locator("nav.rail .menu a[href='/teach/']").tap()
    fits(page)
    page.get_by_role("link", name="云计算 2026").first.tap()
    expect(page.locator("#students tbody tr")).to_contain_text("陈洁")
    fits(page)
    page.locator(f"#assignments a[href$='/assignments/{course.mock.public_id}/']").first.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("期中模拟考试")
    points = Attempt.objects.get(assignment=course.mock).scores.get().points
    row = page.get_by_role("row").filter(has_text="陈洁")
    expect(row).to_contain_text(f"{points / 10:.0%}")
    fits(page)


# --- Without a script ---------------------------------------------------------------------


def test_a_student_joins_and_starts_without_script(opened: Opener, course: SimpleNamespace):
    student = UserFactory()
    until = timezone.now() + timedelta(days=1)
    _code, text = make_join_code(course.classroom, by=course.teacher, expires_at=until, max_uses=1)
    page = opened(cookies=moves.session_of(student), java_script_enabled=False).new_page()
    page.goto("/classes/")
    page.get_by_label("Code of the class").fill(text.replace("-", " ").lower())
    page.get_by_role("button", name="Look at the class").click()
    page.get_by_role("button", name="Join 云计算 2026").click()
    page.get_by_role("link", name="期中模拟考试").first.click()
    page.get_by_role("button", name="Start 10 questions in 30 minutes").click()
    expect(page).to_have_url(re.compile("/q/1/$"))
    moves.answer(page)
    page.get_by_role("button", name="Next", exact=True).click()

    expect(page).to_have_url(re.compile("/q/2/$"))
    attempt = Attempt.objects.get(student=student)
    assert attempt.assignment == course.mock
    assert moves.stored(attempt) is not None


def test_an_instructor_filters_the_class_without_script(opened: Opener, course: SimpleNamespace):
    evening = ClassLabelFactory(classroom=course.classroom, name="Evening")
    for name, labels in (("Meera Nair", [evening]), ("Arjun Rao", []), ("Nils Aas", [evening])):
        MembershipFactory(classroom=course.classroom, person__display_name=name, labels=labels)
    session = moves.session_of(course.teacher)
    page = opened(cookies=session, java_script_enabled=False).new_page()
    page.goto(f"/teach/classes/{course.classroom.slug}/")
    expect(names(page)).to_have_text(["Arjun Rao", "Meera Nair", "Nils Aas"])
    page.get_by_label("Label").select_option("Evening")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(names(page)).to_have_text(["Meera Nair", "Nils Aas"])
    page.get_by_label("Name").fill("nils")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(names(page)).to_have_text(["Nils Aas"])
    expect(page.get_by_label("Label")).to_have_value(str(evening.pk))
    page.get_by_role("link", name="Clear").click()
    expect(names(page)).to_have_count(3)


def names(page: Page):
    return page.locator("#students tbody th a")
