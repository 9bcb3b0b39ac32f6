from __future__ import annotations

import io
import re
import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import AuditEvent, User
from certportal.accounts.services.inviting import (
    INVITATION_DAYS,
    invitation_link,
    invited_address,
)
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def sign_up(client: Client, email: str = "new@example.org", **fields: str):
    data = {"email": email, "password1": PASSWORD, "display_name": "", **fields}
    return client.post(reverse("account_signup"), data)


def token_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["invitation"][0]


def path_of(link: str) -> str:
    return "/" + link.split("/", 3)[3]


def test_three_fields_make_an_account_that_is_signed_in(client):
    response = sign_up(client, "New@Example.org", display_name="Wei 伟")
    assert response.status_code == 302
    person = User.objects.get()
    assert (person.email, person.display_name, person.language) == (
        "new@example.org",
        "Wei 伟",
        "en",
    )
    assert (person.is_staff, person.is_superuser) == (False, False)
    assert person.check_password(PASSWORD)
    assert client.get(reverse("accounts:settings")).status_code == 200
    assert EmailAddress.objects.get(user=person).verified is False


def test_the_account_speaks_the_language_of_the_page(client):
    client.cookies["django_language"] = "zh-hans"
    sign_up(client)
    assert User.objects.get().language == "zh-hans"


@pytest.mark.parametrize("name", ["two\nlines", "bell\x07", "turned \u202e around"])
def test_a_name_is_made_of_signs_that_can_be_seen(client, name):
    response = sign_up(client, display_name=name)
    assert "Use only signs that can be seen" in response.content.decode()
    assert User.objects.count() == 0


def test_fields_that_the_form_has_not_are_ignored(client):
    sign_up(client, is_staff="on", is_superuser="on", extra_time_factor="3", is_active="")
    person = User.objects.get()
    assert (person.is_staff, person.is_superuser, person.extra_time_factor) == (False, False, 1)


def test_signing_up_is_written_down(client):
    sign_up(client)
    person = User.objects.get()
    actions = set(AuditEvent.objects.filter(actor=person).values_list("action", flat=True))
    assert {"signed-up", "signed-in"} <= actions


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_account(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    start = threading.Barrier(2)
    statuses: list[int] = []

    def click() -> None:
        client = Client()
        start.wait(timeout=5)
        statuses.append(sign_up(client).status_code)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert statuses == [302, 302]
    assert User.objects.count() == 1


# --- Passwords --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("elevenchars", "too short"),
        ("", "required"),
        ("qwertyuiop123", "a row of keys"),
        ("aaaaaaaaaaaaa", "a row of keys"),
        ("asdfasdfasdf1", "a row of keys"),
        ("zyxwvu987654ab", "a row of keys"),
        ("certportal2026", "a word of this site"),
        ("Password12345", "a word of this site"),
        ("new.address@ex", "too similar"),
        ("Marvellous Name", "too similar"),
        ("123456789012", "a row of keys"),
        ("y2y2y2y2y2y2", "a row of keys"),
        ("passwordpassword", "a word of this site"),
        ("1qaz2wsx3edc", "too common"),
        (("a sentence that somebody knows by heart; " * 4)[:129], "longer than 128"),
    ],
)
def test_password_rules(client, password, refusal):
    response = sign_up(
        client, "new.address@example.org", password1=password, display_name="Marvellous Name"
    )
    assert User.objects.count() == 0
    assert re.search(refusal, " ".join(response.context["form"].errors["password1"]))


@pytest.mark.parametrize(
    "password",
    [
        "twelve chars",
        "edward has 12 cats",
        "alllowercaseletters",
        "密码学的十二个汉字够长吗",
        " spaces at the ends ",
        "🐟🐠🐡🦈🐙🦑🦐🦞🦀🐚🐳🐬",
        ("a sentence that somebody knows by heart; " * 4)[:128],
    ],
)
def test_length_is_what_counts(client, password):
    sign_up(client, password1=password)
    assert User.objects.get().check_password(password)


# --- Who may ----------------------------------------------------------------------------


def test_closed_means_closed(client, settings):
    settings.SIGNUP = "closed"
    link = path_of(invitation_link("new@example.org"))
    for response in (client.get(reverse("account_signup")), client.get(link), sign_up(client)):
        assert "password1" not in response.content.decode()
    assert User.objects.count() == 0


def test_without_an_invitation_the_door_is_closed(client, settings):
    settings.SIGNUP = "invite"
    assert "password1" not in client.get(reverse("account_signup")).content.decode()
    sign_up(client)
    assert User.objects.count() == 0


def test_an_invitation_opens_it_for_one_address(client, settings):
    settings.SIGNUP = "invite"
    link = invitation_link("Guest@Example.org")
    assert link.startswith(settings.PUBLIC_URL)
    assert "guest" not in link.lower()
    page = client.get(path_of(link))
    assert 'value="guest@example.org"' in page.content.decode()

    refused = sign_up(client, "somebody.else@example.org")
    assert "for another e-mail address" in refused.content.decode()
    assert User.objects.count() == 0

    sign_up(client, "guest@example.org")
    assert User.objects.get().email == "guest@example.org"
    client.logout()
    sign_up(client, "second@example.org")
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda _t: "x"]
)
def test_a_forged_invitation_is_none(client, settings, change):
    settings.SIGNUP = "invite"
    token = token_of(invitation_link("guest@example.org"))
    assert invited_address(token) == "guest@example.org"
    assert invited_address(change(token)) is None
    client.get(reverse("account_signup"), {"invitation": change(token)})
    sign_up(client, "guest@example.org")
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    ("days", "good"), [(INVITATION_DAYS - 1, True), (INVITATION_DAYS + 1, False)]
)
def test_an_invitation_grows_old(days, good):
    token = token_of(invitation_link("guest@example.org"))
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert (invited_address(token) is not None) is good


def test_the_invite_command_prints_the_link(settings):
    settings.SIGNUP = "invite"
    out, err = io.StringIO(), io.StringIO()
    call_command("invite", "guest@example.org", stdout=out, stderr=err)
    token = token_of(out.getvalue().strip())
    assert invited_address(token) == "guest@example.org"
    with pytest.raises(CommandError, match="not an e-mail"):
        call_command("invite", "guest", stdout=out, stderr=err)
    UserFactory(email="here@example.org")
    with pytest.raises(CommandError, match="account already"):
        call_command("invite", "Here@example.org", stdout=out, stderr=err)
    settings.SIGNUP = "closed"
    with pytest.raises(CommandError, match="SIGNUP=closed"):
        call_command("invite", "guest@example.org", stdout=out, stderr=err)


# --- Mail -------------------------------------------------------------------------------


def links(message) -> list[str]:
    return re.findall(r"https?://\S+", message.body)


@pytest.fixture
def elsewhere(settings):
    """A portal whose public address is not the host that the request names."""
    settings.PUBLIC_URL = "https://study.example.org"
    settings.ALLOWED_HOSTS = ["*"]
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    return settings.PUBLIC_URL


def test_the_confirmation_points_at_the_public_address_and_works(client, elsewhere):
    client.post(
        reverse("account_signup"),
        {"email": "new@example.org", "password1": PASSWORD},
        HTTP_HOST="evil.example",
    )
    (message,) = mail.outbox
    assert message.to == ["new@example.org"]
    assert "evil.example" not in message.subject + message.body
    (link,) = links(message)
    assert link.startswith(elsewhere + "/")
    client.post(path_of(link))
    person = User.objects.get()
    assert EmailAddress.objects.get(user=person).verified
    assert AuditEvent.objects.filter(action="address-confirmed", actor=person).count() == 1


def test_nobody_is_signed_in_before_the_address_is_confirmed(client, elsewhere, sign_in):
    sign_up(client)
    assert client.get(reverse("accounts:settings")).status_code == 302
    assert sign_in("new@example.org").get(reverse("accounts:settings")).status_code == 302


@pytest.mark.parametrize("address", ["here@example.org", "nobody@example.org"])
def test_mails_of_a_reset_point_at_the_public_address(client, elsewhere, address):
    UserFactory(email="here@example.org")
    client.post(reverse("account_reset_password"), {"email": address}, HTTP_HOST="evil.example")
    (message,) = mail.outbox
    assert message.to == [address]
    assert "evil.example" not in message.subject + message.body
    assert links(message)
    assert all(link.startswith(elsewhere + "/") for link in links(message))


def test_signing_up_twice_points_at_the_public_address(client, elsewhere):
    UserFactory(email="here@example.org")
    client.post(
        reverse("account_signup"),
        {"email": "here@example.org", "password1": PASSWORD},
        HTTP_HOST="evil.example",
    )
    (message,) = mail.outbox
    assert "evil.example" not in message.subject + message.body
    assert all(link.startswith(elsewhere + "/") for link in links(message))


# --- No enumeration ---------------------------------------------------------------------


def face(response) -> tuple[int, str, str]:
    """What a stranger sees, without what differs at every request."""
    body = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", response.content.decode())
    body = re.sub(r"(here|nobody)@example\.org", "X@example.org", body)
    return response.status_code, response.get("Location", ""), body


@pytest.mark.parametrize("page", ["account_login", "account_reset_password", "account_signup"])
def test_a_stranger_cannot_tell_who_has_an_account(page, elsewhere):
    UserFactory(email="here@example.org")
    faces, mails = [], []
    for address in ("here@example.org", "nobody@example.org"):
        client = Client()
        mail.outbox.clear()
        data = {"login": address, "password": "wrong password"}
        data |= {"email": address, "password1": PASSWORD}
        response = client.post(reverse(page), data)
        faces.append((face(response), face(client.get(response.get("Location", "/healthz")))))
        mails.append(len(mail.outbox))
    assert faces[0] == faces[1]
    assert mails[0] == mails[1]


def test_a_shut_out_person_is_told_so_only_with_the_right_password(sign_in):
    UserFactory(email="here@example.org", is_active=False)
    assert face(sign_in("here@example.org", "wrong password").response) == face(
        sign_in("nobody@example.org", "wrong password").response
    )
    assert sign_in("here@example.org").response["Location"] == reverse("account_inactive")
