"""Second factors in a real browser, at an address such as `make run` prints."""

from __future__ import annotations

import base64
import re

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import moves
from tests.browser.conftest import Opener
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def page(opened: Opener, person) -> Page:
    return opened(cookies=moves.session_of(person)).new_page()


def plug_in_a_key(context: BrowserContext, page: Page) -> None:
    """A device that checks its owner without asking anybody here."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_signs_in_without_a_password(page: Page, person):
    plug_in_a_key(page.context, page)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Add a key").click()
    page.get_by_label("Name").fill("This laptop")
    page.get_by_label("Sign in with this key alone, without a password").check()
    page.get_by_role("button", name="Add the key").click()
    expect(page).not_to_have_url(re.compile("/add/"))
    assert Authenticator.objects.filter(user=person, type="webauthn").count() == 1

    moves.open_menu(page, "Account").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    page.goto("/accounts/login/?next=/settings/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/settings/$"))
    expect(page.get_by_role("navigation", name="Sections")).to_be_visible()


def test_a_device_that_says_no_changes_nothing(page: Page, person):
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Name").fill("No device")
    page.evaluate("() => { navigator.credentials.create = () => Promise.reject(new Error('no')) }")
    page.get_by_role("button", name="Add the key").click()

    expect(page.get_by_role("alert")).to_contain_text("No passkey was used.")
    assert not Authenticator.objects.filter(user=person).exists()


def test_the_picture_for_the_authenticator_app_is_shown(page: Page, person):
    page.goto("/accounts/2fa/totp/activate/")
    picture = page.get_by_role("img", name="QR code for your authenticator app")
    expect(picture).to_be_visible()
    assert picture.evaluate("it => it.complete && it.naturalWidth > 0")
    secret = page.locator("code").inner_text()
    drawing = base64.b64decode(picture.get_attribute("src").partition("base64,")[2])
    assert drawing.startswith(b"<?xml")

    page.get_by_label("The code that the app shows now").fill(moves.code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes").first).to_be_visible()
    assert Authenticator.objects.filter(user=person, type="totp").count() == 1
