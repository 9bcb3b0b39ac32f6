from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.exceptions import ValidationError
from django.test import Client, TestCase
from django.urls import reverse

from certportal.accounts.adapter import MFAAdapter
from certportal.accounts.models import AuditEvent, User
from certportal.accounts.services.people import remove_second_factors
from tests.factories.accounts import PASSWORD, AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def code_of(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def enrol(client: Client) -> str:
    """Set up the app on the page, as people do; the secret that the app would hold."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret: str = page.context["form"].secret
    assert "data:image/svg+xml" in page.content.decode()
    # What allauth reports and mails, it does after the commit.
    with TestCase.captureOnCommitCallbacks(execute=True):
        response = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert response.status_code == 302
    return secret


def second_step(client: Client, code: str) -> bool:
    client.post(reverse("mfa_authenticate"), {"code": code})
    return client.get(reverse("accounts:settings")).status_code == 200


@pytest.fixture
def protected(sign_in, frozen) -> tuple[User, str]:
    person = UserFactory()
    secret = enrol(sign_in(person))
    frozen.shift(60)
    return person, secret


def test_the_password_alone_no_longer_opens(protected, sign_in):
    person, secret = protected
    client = sign_in(person)
    assert client.response["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get(reverse("accounts:settings")).status_code == 302
    before = client.cookies["sessionid"].value
    assert second_step(client, code_of(secret))
    assert client.cookies["sessionid"].value != before


def test_a_code_works_once(protected, sign_in):
    person, secret = protected
    code = code_of(secret)
    assert second_step(sign_in(person), code)
    assert not second_step(sign_in(person), code)
    assert AuditEvent.objects.filter(
        action="second-factor-failed", actor=None, target=f"user:{person.pk}"
    ).exists()


@pytest.mark.parametrize("steps", [-2, 2])
def test_codes_of_other_times_are_refused(protected, sign_in, steps):
    person, secret = protected
    assert not second_step(sign_in(person), code_of(secret, steps=steps))


def test_guessing_codes_is_limited(protected, sign_in, settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    person, secret = protected
    client = sign_in(person)
    right = code_of(secret)
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        assert not second_step(client, wrong)
    assert not second_step(client, right)


def test_a_recovery_code_works_once(protected, sign_in):
    person, _secret = protected
    RecoveryCodes.activate(person)
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    assert second_step(sign_in(person), codes[0])
    assert not second_step(sign_in(person), codes[0])
    assert second_step(sign_in(person), codes[1])


def test_a_reset_password_does_not_pass_by_the_second_step(protected, sign_in):
    person, _secret = protected
    person.set_password("another river over stones")
    person.save()
    client = sign_in(person, "another river over stones")
    assert client.get(reverse("accounts:settings")).status_code == 302


def test_staff_with_a_second_factor_go_everywhere(sign_in, settings):
    settings.REQUIRE_STAFF_MFA = True
    client = sign_in(AdministratorFactory())
    assert client.get(reverse("admin:index"))["Location"] == reverse("mfa_index")
    enrol(client)
    assert client.get(reverse("admin:index")).status_code == 200
    assert client.get(reverse("accounts:settings")).status_code == 200


def test_setting_up_is_written_down(protected):
    person, _secret = protected
    added = AuditEvent.objects.filter(action="second-factor-added", actor=person)
    assert {event.after["type"] for event in added} == {"totp", "recovery_codes"}


def test_changing_factors_asks_for_the_password_again(sign_in):
    client = sign_in(UserFactory())
    for page in (
        "mfa_activate_totp",
        "mfa_add_webauthn",
    ):
        response = client.get(reverse(page))
        assert response["Location"].startswith(reverse("account_reauthenticate")), page


def test_secrets_are_not_stored_in_the_clear(protected):
    person, secret = protected
    RecoveryCodes.activate(person)
    stored = str(list(Authenticator.objects.filter(user=person).values_list("data", flat=True)))
    assert secret not in stored
    for code in Authenticator.objects.get(type="recovery_codes").wrap().generate_codes():
        assert code not in stored


def test_a_rotated_key_still_opens_and_a_lost_one_refuses(protected, sign_in, settings):
    person, secret = protected
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "a new key " * 6
    settings.SECRET_KEY_FALLBACKS = [old]
    assert second_step(sign_in(person), code_of(secret))
    settings.SECRET_KEY_FALLBACKS = []
    assert not second_step(sign_in(person), code_of(secret))
    with pytest.raises(ValidationError):
        MFAAdapter().decrypt(Authenticator.objects.get(user=person, type="totp").data["secret"])


def test_an_administrator_helps_who_lost_everything(protected, sign_in):
    person, secret = protected
    stranger = sign_in(person)
    assert second_step(stranger, code_of(secret))
    assert remove_second_factors(person, by=None) == 2
    assert stranger.get(reverse("accounts:settings")).status_code == 302
    assert remove_second_factors(person, by=None) == 0
    assert sign_in(person).get(reverse("accounts:settings")).status_code == 200
    assert AuditEvent.objects.filter(action="second-factors-removed").count() == 1


# --- Passkeys ---------------------------------------------------------------------------


@pytest.mark.parametrize("port", [8000, 8731])
def test_passkeys_are_offered_for_localhost_on_any_port(sign_in, port):
    person = UserFactory()
    host = f"localhost:{port}"
    client = sign_in(person, HTTP_HOST=host)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_add_webauthn"))
    assert page.status_code == 200
    assert page.context["js_data"]["creation_options"]["publicKey"]["rp"]["id"] == "localhost"
    login = client.get(reverse("mfa_login_webauthn"), HTTP_ACCEPT="application/json")
    assert login.status_code in {200, 302}


def test_a_stranger_gets_a_challenge_that_asks_for_the_person(client):
    response = client.get(
        reverse("mfa_login_webauthn"), HTTP_HOST="localhost:8000", HTTP_ACCEPT="application/json"
    )
    options = response.json()["request_options"]["publicKey"]
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"
