from __future__ import annotations

import re
import threading

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from certportal import settings as portal_settings
from certportal.accounts.adapter import AccountAdapter
from certportal.accounts.models import AuditEvent, User
from tests.factories.accounts import PASSWORD, AdministratorFactory, InstructorFactory, UserFactory

pytestmark = pytest.mark.django_db

MEMBERS = "accounts:settings"
NEW_PASSWORD = "another river over stones"


def is_in(client: Client) -> bool:
    return client.get(reverse(MEMBERS)).status_code == 200


# --- Limits -----------------------------------------------------------------------------


@pytest.fixture
def limits(settings):
    """allauth's own limits, as in production; the other tests run without."""
    settings.ACCOUNT_RATE_LIMITS = {}


def test_the_sixth_try_is_refused_even_with_the_right_password(limits, sign_in):
    person, other = UserFactory(), UserFactory()
    for _ in range(5):
        assert "is not right" in sign_in(person, "wrong password").response.content.decode()
    for password in ("wrong password", PASSWORD):
        client = sign_in(person, password)
        assert "tried too often" in client.response.content.decode()
        assert not is_in(client)
    assert is_in(sign_in(other))


def test_another_spelling_or_host_opens_no_fresh_count(limits, sign_in, settings):
    settings.ALLOWED_HOSTS = ["*"]
    person = UserFactory(email="here@example.org")
    for n in range(5):
        sign_in(person.email, "wrong password", HTTP_HOST=f"host-{n}.example")
    for address in ("here@example.org", "HERE@example.org", " here@example.org "):
        response = sign_in(address, HTTP_HOST="fresh.example").response
        assert "tried too often" in response.content.decode()


def test_a_forged_header_does_not_hide_where_tries_come_from(limits, sign_in):
    people = [UserFactory() for _ in range(11)]
    clients = [
        sign_in(person, "wrong password", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
        for n, person in enumerate(people)
    ]
    refused = ["tried too often" in client.response.content.decode() for client in clients]
    assert refused == [False] * 10 + [True]


@pytest.mark.django_db(transaction=True)
def test_a_burst_passes_no_more_than_the_limit(limits, sign_in):
    person = UserFactory()
    bodies: list[str] = []

    def attempt() -> None:
        bodies.append(sign_in(person, "wrong password").response.content.decode())
        connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(bodies) == 12
    assert sum("is not right" in body for body in bodies) <= 5


def test_the_admin_has_no_door_of_its_own(client):
    response = client.get(reverse("admin:login"))
    assert response["Location"].startswith(reverse("account_login"))
    person = AdministratorFactory()
    response = client.post(reverse("admin:login"), {"username": person.email, "password": PASSWORD})
    assert response["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


# --- Sessions ---------------------------------------------------------------------------


def test_the_session_id_is_new_after_signing_in():
    person, client = UserFactory(), Client()
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()
    fixed = Client()
    fixed.cookies["sessionid"] = before
    assert not is_in(fixed)


def test_signing_out_kills_the_session(sign_in):
    client = sign_in(UserFactory())
    key = client.cookies["sessionid"].value
    assert is_in(client)
    client.get(reverse("account_logout"))
    assert is_in(client), "a GET changes nothing"
    client.post(reverse("account_logout"))
    replay = Client()
    replay.cookies["sessionid"] = key
    assert not is_in(replay)
    assert not Session.objects.filter(session_key=key).exists()


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(sign_in):
    person = UserFactory()
    here, elsewhere = sign_in(person), sign_in(person)
    here.post(
        reverse("account_change_password"),
        {
            "oldpassword": PASSWORD,
            "password1": NEW_PASSWORD,
            "password2": NEW_PASSWORD,
        },
    )
    assert is_in(here)
    assert not is_in(elsewhere)
    assert AuditEvent.objects.filter(action="password-changed", actor=person).count() == 1


def test_people_end_their_other_sessions_themselves(sign_in):
    person = UserFactory()
    here, elsewhere = sign_in(person), sign_in(person, REMOTE_ADDR="203.0.113.5")
    assert "203.0.113.5" in here.get(reverse("usersessions_list")).content.decode()
    here.post(reverse("usersessions_list"))
    assert is_in(here)
    assert not is_in(elsewhere)
    assert UserSession.objects.filter(user=person).count() == 1


def test_a_person_who_is_shut_out_is_out_at_the_next_request(sign_in):
    person = UserFactory()
    client = sign_in(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not is_in(client)


# --- Passwords --------------------------------------------------------------------------


@pytest.fixture
def real_hashers(settings):
    """The hashers of the portal; tests use a fast one."""
    settings.PASSWORD_HASHERS = portal_settings.PASSWORD_HASHERS


def test_argon2id_with_the_parameters_that_were_decided(real_hashers):
    hashed = make_password(PASSWORD)
    assert hashed.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_old_hash_is_renewed_when_the_person_signs_in(real_hashers, sign_in):
    person = UserFactory()
    old = make_password(PASSWORD, hasher="pbkdf2_sha256")
    User.objects.filter(pk=person.pk).update(password=old)
    assert is_in(sign_in(person))
    person.refresh_from_db()
    assert person.password.startswith("argon2$argon2id$")


def test_a_wrong_password_costs_one_hash_whoever_it_is_for(monkeypatch, sign_in):
    person = UserFactory()
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self, password, salt):
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    costs = []
    for who in (person.email, "nobody@example.org"):
        hashed.clear()
        sign_in(who, "wrong password")
        costs.append(len(hashed))
    assert costs == [1, 1]


def reset_link(client: Client, person: User) -> str:
    mail.outbox.clear()
    client.post(reverse("account_reset_password"), {"email": person.email})
    link = re.search(r"https?://\S+", mail.outbox[0].body)
    return "/" + link[0].split("/", 3)[3]


def use(link: str, password: str = NEW_PASSWORD) -> Client:
    client = Client()
    form = client.get(link)
    data = {"password1": password, "password2": password}
    if form.status_code == 302:
        client.post(form["Location"], data)
    return client


def test_a_reset_link_works_once_and_signs_nobody_in(client, sign_in):
    person = UserFactory()
    elsewhere = sign_in(person)
    link = reset_link(client, person)
    browser = use(link)
    assert not is_in(browser)
    assert not is_in(elsewhere)
    assert is_in(sign_in(person, NEW_PASSWORD))
    use(link, "a third river under stones")
    assert not is_in(sign_in(person, "a third river under stones"))
    assert AuditEvent.objects.filter(action="password-reset", actor=person).count() == 1


def test_a_reset_link_ends_with_a_new_password_and_with_time(client, sign_in, settings):
    person = UserFactory()
    link = reset_link(client, person)
    person.set_password("changed in between, surely")
    person.save()
    use(link)
    assert not is_in(sign_in(person, NEW_PASSWORD))
    link = reset_link(client, person)
    settings.PASSWORD_RESET_TIMEOUT = -1
    use(link)
    assert not is_in(sign_in(person, NEW_PASSWORD))
    assert portal_settings.PASSWORD_RESET_TIMEOUT == 3600


# --- Second step for staff --------------------------------------------------------------


@pytest.mark.parametrize("factory", [AdministratorFactory, InstructorFactory])
@pytest.mark.parametrize(
    "page", ["admin:index", MEMBERS, "progress:home", "account_change_password"]
)
def test_staff_without_second_factor_get_only_the_page_to_set_it_up(
    sign_in, settings, factory, page
):
    settings.REQUIRE_STAFF_MFA = True
    client = sign_in(factory())
    for send in (client.get, client.post):
        response = send(reverse(page))
        assert (response.status_code, response["Location"]) == (302, reverse("mfa_index"))
    # Setting it up needs a confirmed address.
    for open_page in ("mfa_index", "account_email"):
        assert client.get(reverse(open_page)).status_code == 200
    settings.REQUIRE_STAFF_MFA = False
    assert client.get(reverse(page)).status_code == 200


def test_students_need_none(sign_in, settings):
    settings.REQUIRE_STAFF_MFA = True
    assert is_in(sign_in(UserFactory()))


@pytest.mark.parametrize(
    "path", ["/static/../admin/", "//accounts/2fa/../../admin/", "/accounts/2fa/%2e%2e/admin/"]
)
def test_a_path_that_looks_like_an_open_one_shows_nothing(sign_in, settings, path):
    settings.REQUIRE_STAFF_MFA = True
    client = sign_in(AdministratorFactory())
    assert client.get(path).status_code in {302, 404}


def test_students_cannot_enter_the_administration(sign_in):
    response = sign_in(UserFactory()).get(reverse("admin:index"))
    assert response.status_code == 302
    assert sign_in(UserFactory()).get(reverse("admin:login")).status_code == 403


# --- Where to go after ------------------------------------------------------------------

EVIL = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "https://localhost@evil.example/",
    "//evil。example",
    "\t//evil.example",
    "https://localhost.evil.example/",
]


@pytest.mark.parametrize("target", EVIL)
def test_signing_in_leads_nowhere_else(client, target):
    person = UserFactory()
    data = {"login": person.email, "password": PASSWORD, "next": target}
    assert client.post(reverse("account_login"), data)["Location"] == reverse("progress:home")


def test_signing_in_leads_back_to_where_one_wanted_to_go(client):
    person = UserFactory()
    wanted = client.get(reverse(MEMBERS))
    assert wanted["Location"] == f"{reverse('account_login')}?next={reverse(MEMBERS)}"
    data = {"login": person.email, "password": PASSWORD}
    assert client.post(wanted["Location"], data)["Location"] == reverse(MEMBERS)


@pytest.mark.parametrize("target", EVIL)
@pytest.mark.parametrize("page", ["set-language", "set-theme"])
def test_switches_lead_nowhere_else(client, page, target):
    data = {"next": target, "language": "zh-hans", "theme": "dark"}
    assert client.post(reverse(page), data)["Location"] == "/"


@pytest.mark.parametrize("page", ["set-language", "set-theme"])
def test_switches_lead_back(client, page):
    data = {"next": "/certifications/?q=a", "language": "zh-hans", "theme": "dark"}
    assert client.post(reverse(page), data)["Location"] == "/certifications/?q=a"


# --- The record -------------------------------------------------------------------------


def test_signing_in_and_out_and_failing_are_written_down(sign_in, caplog):
    caplog.set_level("INFO")
    person = UserFactory()
    client = sign_in(person, REMOTE_ADDR="203.0.113.5")
    client.post(reverse("account_logout"), REMOTE_ADDR="203.0.113.5")
    sign_in(person, "not my password", REMOTE_ADDR="203.0.113.5")
    sign_in("not.my.password@example.org", "typed too early", REMOTE_ADDR="203.0.113.5")
    rows = AuditEvent.objects.order_by("pk").values_list("action", "actor", "target", "ip_address")
    target = f"user:{person.pk}"
    assert list(rows) == [
        ("signed-in", person.pk, target, "203.0.113.5"),
        ("signed-out", person.pk, target, "203.0.113.5"),
        ("sign-in-failed", None, target, "203.0.113.5"),
        ("sign-in-failed", None, "", "203.0.113.5"),
    ]
    everything = " ".join(str(row) for row in AuditEvent.objects.values_list()) + caplog.text
    for secret in (PASSWORD, "not my password", "not.my.password", "typed too early", person.email):
        assert secret not in everything


def test_the_adapter_knows_where_requests_come_from(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.7")
    assert AccountAdapter(request).get_client_ip(request) == "198.51.100.7"
