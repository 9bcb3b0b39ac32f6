from __future__ import annotations

import json
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from psycopg2 import sql

from certportal.accounts.models import AuditEvent, Notice, User
from certportal.accounts.services.auditing import person_target, record
from certportal.accounts.services.erasing import ERASED, erase_person
from certportal.accounts.services.notifying import notify
from certportal.accounts.services.roles import LastAdministratorError, make_instructor
from certportal.accounts.signals import person_erased
from tests.factories.accounts import PASSWORD, AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db

CANARIES = ("canary-address", "canary-second", "Canary Name", "198.51.100.77", "canary-agent")


@pytest.fixture
def known(sign_in) -> User:
    """Somebody who left traces everywhere the accounts app keeps any."""
    person = UserFactory(
        email="canary-address@example.org", display_name="Canary Name", language="zh-hans"
    )
    EmailAddress.objects.create(user=person, email="canary-second@example.org", verified=True)
    sign_in(person, REMOTE_ADDR="198.51.100.77", HTTP_USER_AGENT="canary-agent")
    sign_in(person, "wrong password", REMOTE_ADDR="198.51.100.77")
    sign_in("canary-second@example.org", REMOTE_ADDR="198.51.100.77")
    TOTP.activate(person, generate_totp_secret())
    RecoveryCodes.activate(person)
    # Stops at the second step: no sign-in yet, but the session knows the address.
    sign_in(person, REMOTE_ADDR="198.51.100.77")
    make_instructor(person, by=None)
    notify(person, kind="welcome", event_key="welcome", data={"name": "Canary Name"})
    target = person_target(person)
    record("person-changed", actor=person, target=target, after={"names": ["Canary Name"], "n": 3})
    record("person-changed", actor=None, target=target, before={"display_name": "Canary Name"})
    LogEntry.objects.create(
        user=person,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(person.pk),
        object_repr="Canary Name",
        change_message="Canary Name",
        action_flag=CHANGE,
    )
    User.objects.filter(pk=person.pk).update(extra_time_factor=Decimal("1.5"))
    person.refresh_from_db()
    return person


def everything_stored() -> str:
    """Every row of every table as text, and every session decoded."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        dump = []
        for table in tables:
            cursor.execute(
                sql.SQL("SELECT coalesce(json_agg(t)::text, '') FROM {} t").format(
                    sql.Identifier(table)
                )
            )
            dump.append(cursor.fetchone()[0])
    sessions = [json.dumps(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join([*dump, *sessions])


def test_the_canaries_are_there_before(known):
    stored = everything_stored()
    assert [canary for canary in CANARIES if canary not in stored] == []


def test_nothing_that_identifies_is_left(known):
    erase_person(known, by=known)
    stored = everything_stored()
    assert [canary for canary in CANARIES if canary in stored] == []


def test_what_belonged_to_the_person_is_deleted(known):
    erase_person(known, by=known)
    assert not EmailAddress.objects.filter(user=known).exists()
    assert not Authenticator.objects.filter(user=known).exists()
    assert not UserSession.objects.filter(user=known).exists()
    assert not Notice.objects.filter(person=known).exists()
    assert Session.objects.count() == 0


def test_the_row_stays_under_its_id_and_is_empty(known):
    public_id = known.public_id
    erase_person(known, by=known)
    row = User.objects.get(pk=known.pk)
    assert row.erased_at is not None
    assert (row.email, row.language, row.time_zone) == (None, "", "UTC")
    assert (row.is_active, row.is_staff, row.is_superuser) == (False, False, False)
    assert (row.extra_time_factor, row.own_extra_time_factor) == (1, 1)
    assert row.groups.count() == 0
    assert row.display_name.startswith("erased-")
    assert row.public_id != public_id
    assert not row.has_usable_password()


def test_audit_rows_stay_and_lose_what_was_typed(known):
    events = AuditEvent.objects.count()
    erase_person(known, by=known)
    assert AuditEvent.objects.count() == events + 1
    last = AuditEvent.objects.latest("pk")
    assert (last.action, last.actor, last.ip_address) == ("person-erased", known, "")
    changed = AuditEvent.objects.get(action="person-changed", actor=known)
    assert changed.after == {"names": [ERASED], "n": 3}
    failed = AuditEvent.objects.get(action="sign-in-failed")
    assert failed.ip_address == ERASED


def test_rows_about_others_are_left_alone(known, sign_in):
    other = UserFactory(display_name="Somebody Else")
    client = sign_in(other, REMOTE_ADDR="203.0.113.5")
    record("person-changed", actor=other, after={"display_name": "Somebody Else"})
    erase_person(known, by=known)
    assert AuditEvent.objects.filter(actor=other, ip_address="203.0.113.5").exists()
    assert AuditEvent.objects.get(actor=other, action="person-changed").after == {
        "display_name": "Somebody Else"
    }
    assert client.get(reverse("accounts:settings")).status_code == 200


def test_an_administrator_keeps_where_they_were_when_they_erase(known):
    boss = AdministratorFactory()
    erase_person(known, by=boss)
    assert AuditEvent.objects.get(action="person-erased").actor == boss


def test_erasing_twice_is_erasing_once(known):
    erase_person(known, by=known)
    name = known.display_name
    erase_person(known, by=known)
    known.refresh_from_db()
    assert known.display_name == name
    assert AuditEvent.objects.filter(action="person-erased").count() == 1


def test_the_address_is_free_again(known):
    erase_person(known, by=known)
    assert UserFactory(email="canary-address@example.org").pk != known.pk


def test_higher_floors_are_told_inside_the_transaction(known):
    class FloorError(Exception):
        pass

    def refuse(*, person, **_signal):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('certportal.erasing', true)")
            assert cursor.fetchone() == ("on",)
        assert person == known
        raise FloorError

    person_erased.connect(refuse)
    try:
        with pytest.raises(FloorError):
            erase_person(known, by=known)
    finally:
        person_erased.disconnect(refuse)
    known.refresh_from_db()
    assert known.email == "canary-address@example.org"
    assert Notice.objects.filter(person=known).exists()


@pytest.mark.django_db(transaction=True)
def test_the_permission_to_blank_ends_with_the_transaction():
    person = UserFactory()
    erase_person(person, by=person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('certportal.erasing', true), '')")
        assert cursor.fetchone() != ("on",)


def test_the_last_active_administrator_stays():
    boss = AdministratorFactory()
    AdministratorFactory(is_active=False)
    with pytest.raises(LastAdministratorError):
        erase_person(boss, by=boss)
    boss.refresh_from_db()
    assert boss.erased_at is None
    AdministratorFactory()
    erase_person(boss, by=boss)
    assert boss.erased_at is not None


def test_the_database_refuses_half_an_erasure(known):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=known.pk).update(erased_at="2026-11-23T00:00Z")


# --- The page ---------------------------------------------------------------------------


def reauthenticated(client: Client) -> Client:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_the_page_asks_for_the_password_first(sign_in):
    client = sign_in(UserFactory())
    for send in (client.get, client.post):
        response = send(reverse("accounts:erase"))
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_reauthenticate"))
    assert User.objects.filter(erased_at=None).count() == 1


def test_the_page_erases_and_signs_out(sign_in):
    person = UserFactory()
    client = reauthenticated(sign_in(person))
    page = client.get(reverse("accounts:erase"))
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert "What stays" in page.content.decode()

    refused = client.post(reverse("accounts:erase"))
    assert refused.status_code == 422
    assert "Tick this box" in refused.content.decode()

    done = client.post(reverse("accounts:erase"), {"understood": "on"}, follow=True)
    assert "Your account is erased" in done.content.decode()
    assert not done.context["user"].is_authenticated
    person.refresh_from_db()
    assert person.erased_at is not None
    # Neither the request that erased nor anything after it wrote down an address.
    assert not AuditEvent.objects.filter(ip_address="127.0.0.1").exists()
    assert sign_in("person@example.org").response.status_code == 200


def test_the_page_tells_the_last_administrator_why_not(sign_in, settings):
    settings.REQUIRE_STAFF_MFA = False
    boss = AdministratorFactory()
    client = reauthenticated(sign_in(boss))
    response = client.post(reverse("accounts:erase"), {"understood": "on"})
    assert response.status_code == 409
    assert "last active administrator" in response.content.decode()
    boss.refresh_from_db()
    assert boss.erased_at is None
