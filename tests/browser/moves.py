"""What people do with the portal, one step each."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Locator, Page, expect

from certportal.accounts.models import User
from quizzes.models import Answer, Attempt, Exam
from quizzes.services.starting import start_mock
from tests.factories.accounts import PASSWORD, UserFactory

SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")
SAVED_AT = re.compile(r"\d\d:\d\d:\d\d")
"""That something was saved, in whatever language."""


def session_of(person: User) -> dict[str, str]:
    """The cookie of somebody who has just signed in with a password."""
    client = Client()
    client.force_login(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def sign_in(page: Page, person: User) -> None:
    """On the page, as people do."""
    page.goto("/accounts/login/")
    fill_in_login(page, person.email, PASSWORD)


def fill_in_login(page: Page, email: str, password: str) -> None:
    """In whatever language the page is."""
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")


def open_menu(page: Page, name: str) -> Locator:
    """A menu of the top bar, unfolded."""
    menu = page.get_by_role("banner").locator("details.menu").filter(has=page.get_by_text(name))
    menu.locator("summary").click()
    return menu


def form(page: Page) -> Locator:
    return page.locator("form#answer")


def option(page: Page, number: int) -> Locator:
    return form(page).locator(".option > label > input").nth(number - 1)


def saved(page: Page) -> Locator:
    """Where the page says how the saving stands."""
    return page.locator("#saved")


def answer(page: Page) -> None:
    """Give some whole answer to the question on the page, whatever its kind."""
    card = form(page)
    kind = card.get_attribute("data-kind")
    if kind in {"single", "true_false", "multiple"}:
        for number in range(1, max(1, int(card.get_attribute("data-choose") or 1)) + 1):
            option(page, number).check()
    elif kind in {"ordering", "matching"}:
        _choose_everywhere(card, one_each=kind == "ordering")
    else:
        card.get_by_role("textbox").fill("42")


def _choose_everywhere(card: Locator, *, one_each: bool) -> None:
    for row, select in enumerate(card.locator("select").all(), start=1):
        if not select.input_value():
            select.select_option(index=row if one_each else 1)


def start(slug: str) -> Attempt:
    """A mock drawn by the portal, for somebody new."""
    return start_mock(student=UserFactory(), exam=Exam.objects.get(slug=slug))


def question(attempt: Attempt, number: int = 1) -> str:
    return reverse("quizzes:attempt-question", args=[attempt.public_id, number])


def place_of(attempt: Attempt, kind: str) -> int:
    """The number of a question of this kind on the paper."""
    return attempt.items.filter(question__kind=kind).earliest("position").position


def stored(attempt: Attempt, number: int = 1) -> dict[str, Any] | None:
    """The answer that counts for this question."""
    answer = Answer.objects.filter(attempt=attempt, item__position=number).first()
    return answer and answer.payload


def given(attempt: Attempt, number: int = 1) -> int:
    """How many accepted answers to this question the log holds."""
    return attempt.events.filter(kind="answer", outcome="accepted", item__position=number).count()


def on_question(page: Page, number: int) -> None:
    """Wait until this question is shown and its script runs."""
    expect(page).to_have_url(re.compile(rf"/q/{number}/$"))
    # The script fills and shows the navigator, on a phone in a fold.
    expect(page.locator("#navigator")).not_to_have_attribute("hidden", re.compile(".*"))


PERIOD = 30
"""How many seconds a code of an authenticator app is shown."""
BARELY = 8
"""Seconds in which a busy machine may not get a code to the portal."""


def code_of(secret: str) -> str:
    """What the authenticator app shows now, or next where its half minute is nearly over."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value  # noqa: PLC0415

    left = PERIOD - time.time() % PERIOD
    if left < BARELY:
        time.sleep(left)
    value: Any = hotp_value(secret, int(time.time()) // PERIOD)
    return format_hotp_value(value)


def session_key(context: BrowserContext) -> str:
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    return cookies[settings.SESSION_COOKIE_NAME]


def student_of(context: BrowserContext) -> User:
    """Who is signed in there."""
    session = Session.objects.get(session_key=session_key(context)).get_decoded()
    return User.objects.get(pk=session[SESSION_KEY])


def tab_to(page: Page, selector: str, text: str = "", *, nth: int = 0) -> None:
    """Press Tab until this is focused, as somebody without a mouse does."""
    goal = page.locator(selector).filter(has_text=text).nth(nth).element_handle()
    for _press in range(150):
        if goal.evaluate("it => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {selector} {text}")


def give_code(page: Page, secret: str) -> None:
    """The second step of signing in."""
    page.locator("[name=code]").fill(code_of(secret))
    page.locator("[name=code]").press("Enter")


def answer_and_go_on(page: Page, first: int, last: int) -> None:
    """Answer these questions of a mock in turn; the page is on the one after the last."""
    for number in range(first, last + 1):
        on_question(page, number)
        answer(page)
        expect(saved(page)).to_have_text(SAVED_AT)
        page.locator(".exam-foot [name=go][value=next]").click()


def end_exam(page: Page) -> None:
    """From a question to the result, in whatever language the page is."""
    page.locator("[name=go][value=review]").first.click()
    page.locator("a[href='?end=1#end-h']").click()
    page.locator("form[action$='/submit/'] button").click()
    expect(page).to_have_url(re.compile(r"/result/$"))
