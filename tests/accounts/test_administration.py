from __future__ import annotations

from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from certportal.accounts.models import AuditEvent, User
from certportal.accounts.services.auditing import record
from certportal.accounts.services.erasing import erase_person
from tests.factories.accounts import PASSWORD, AdministratorFactory, InstructorFactory, UserFactory

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/accounts/user/"
AUDIT = "/admin/accounts/auditevent/"


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    settings.REQUIRE_STAFF_MFA = False


@pytest.fixture
def boss() -> User:
    return AdministratorFactory()


@pytest.fixture
def admin(boss) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def act(client: Client, action: str, *people: User):
    data = {"action": action, "_selected_action": [person.pk for person in people]}
    return client.post(PEOPLE, data, follow=True)


@pytest.mark.parametrize("path", ["", "add/", "{pk}/change/", "{pk}/history/", "{pk}/password/"])
@pytest.mark.parametrize("base", [PEOPLE, AUDIT])
def test_other_staff_see_nothing_of_people_and_audit(base, path):
    if base == AUDIT and "password" in path:
        path = ""
    instructor = InstructorFactory()
    event = record("seen", actor=None)
    client = Client()
    client.force_login(instructor)
    pk = instructor.pk if base == PEOPLE else event.pk
    assert client.get(base + path.format(pk=pk)).status_code in {302, 403, 404}
    index = client.get("/admin/")
    assert index.status_code == 200
    assert base not in index.content.decode()


@pytest.mark.parametrize("path", ["", "?q=person", "?is_active__exact=1", "add/", "{pk}/change/"])
def test_administrators_see_people(admin, boss, path):
    assert admin.get(PEOPLE + path.format(pk=boss.pk)).status_code == 200


def test_the_list_costs_the_same_for_many(admin, django_assert_max_num_queries):
    InstructorFactory.create_batch(20)
    with django_assert_max_num_queries(12):
        assert admin.get(PEOPLE).content.decode().count("Instructor") >= 20


@pytest.mark.parametrize("base", [PEOPLE, AUDIT])
def test_nothing_can_be_deleted(admin, base):
    person = UserFactory()
    pk = person.pk if base == PEOPLE else record("kept", actor=None).pk
    assert admin.post(f"{base}{pk}/delete/", {"post": "yes"}).status_code == 403
    act(admin, "delete_selected", person)
    assert User.objects.filter(pk=person.pk).exists()
    assert "Delete selected" not in admin.get(base).content.decode()


def test_the_audit_record_is_to_read_only(admin):
    event = record("kept", actor=None)
    assert admin.get(f"{AUDIT}{event.pk}/change/").status_code == 200
    assert admin.post(f"{AUDIT}{event.pk}/change/", {"action": "other"}).status_code == 403
    assert admin.get(f"{AUDIT}add/").status_code == 403


def test_changes_of_a_person_are_written_down(admin, boss):
    person = UserFactory(display_name="Before")
    data = {
        "display_name": "After",
        "language": "",
        "time_zone": "UTC",
        "extra_time_factor": "1.50",
        "email": "stolen@example.org",
        "is_superuser": "on",
        "is_staff": "on",
        "is_active": "",
    }
    response = admin.post(f"{PEOPLE}{person.pk}/change/", data)
    assert response.status_code == 302
    email = person.email
    person.refresh_from_db()
    assert (person.display_name, person.extra_time_factor) == ("After", Decimal("1.50"))
    assert (person.email, person.is_superuser, person.is_staff) == (email, False, False)
    assert person.is_active
    event = AuditEvent.objects.get(action="person-changed")
    assert (event.actor, event.target) == (boss, f"user:{person.pk}")
    assert event.before == {"display_name": "Before", "extra_time_factor": "1.00"}
    assert event.after == {"display_name": "After", "extra_time_factor": "1.50"}
    assert event.ip_address == "127.0.0.1"


@pytest.mark.parametrize("factor", ["0.99", "3.01", "x", ""])
def test_extra_time_has_bounds(admin, factor):
    person = UserFactory()
    data = {"display_name": "", "language": "", "time_zone": "UTC", "extra_time_factor": factor}
    assert admin.post(f"{PEOPLE}{person.pk}/change/", data).status_code == 200
    person.refresh_from_db()
    assert person.extra_time_factor == 1


def test_adding_somebody_vouches_for_the_address(admin, sign_in):
    data = {
        "email": "New@Example.org",
        "display_name": "New",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert admin.post(f"{PEOPLE}add/", data).status_code == 302
    person = User.objects.get(email="new@example.org")
    assert EmailAddress.objects.get(user=person).verified
    assert AuditEvent.objects.get(action="person-added").target == f"user:{person.pk}"
    assert sign_in(person).get("/settings/").status_code == 200
    twice = admin.post(f"{PEOPLE}add/", data)
    assert "Somebody with this e-mail address exists" in twice.content.decode()
    assert "sign in with" in admin.post(f"{PEOPLE}add/", data | {"email": ""}).content.decode()


def test_a_password_set_by_an_administrator_ends_sessions_and_is_written_down(admin, sign_in, boss):
    person = UserFactory()
    client = sign_in(person)
    new = "a password told by phone"
    data = {"usable_password": "true", "password1": new, "password2": new}
    assert admin.post(f"{PEOPLE}{person.pk}/password/", data).status_code == 302
    assert client.get("/settings/").status_code == 302
    assert sign_in(person, new).get("/settings/").status_code == 200
    event = AuditEvent.objects.get(action="password-changed-for")
    assert (event.actor, event.target) == (boss, f"user:{person.pk}")
    assert new not in str(AuditEvent.objects.values_list())
    admin.post(f"{PEOPLE}{person.pk}/password/", data | {"password2": "something else 12"})
    assert AuditEvent.objects.filter(action="password-changed-for").count() == 1
    assert admin.get(f"{PEOPLE}99999999/password/").status_code == 404


def test_roles_by_action(admin, boss):
    person = UserFactory()
    page = act(admin, "make_instructor", person, boss)
    assert "2 people changed" in page.content.decode()
    person.refresh_from_db()
    assert person.is_staff
    assert AuditEvent.objects.filter(action="role-given", actor=boss).count() == 2
    act(admin, "remove_instructor", person)
    person.refresh_from_db()
    assert not person.is_staff
    act(admin, "make_administrator", person)
    person.refresh_from_db()
    assert (person.is_superuser, person.is_staff) == (True, True)
    act(admin, "remove_administrator", person)
    person.refresh_from_db()
    assert (person.is_superuser, person.is_staff) == (False, False)


@pytest.mark.parametrize("action", ["deactivate", "remove_administrator"])
def test_the_last_administrator_cannot_leave_and_nobody_else_is_touched(admin, boss, action):
    person = UserFactory()
    page = act(admin, action, person, boss)
    assert "last active administrator" in page.content.decode()
    boss.refresh_from_db()
    person.refresh_from_db()
    assert (boss.is_active, boss.is_superuser, person.is_active) == (True, True, True)


def test_letting_out_and_in(admin):
    person = UserFactory()
    assert "1 person changed" in act(admin, "deactivate", person).content.decode()
    person.refresh_from_db()
    assert not person.is_active
    assert "0 people changed" in act(admin, "deactivate", person).content.decode()
    act(admin, "activate", person)
    person.refresh_from_db()
    assert person.is_active


def test_vouching_for_an_address(admin):
    person = UserFactory()
    EmailAddress.objects.filter(user=person).update(verified=False)
    assert "1 person changed" in act(admin, "confirm_address", person).content.decode()
    assert EmailAddress.objects.get(user=person).verified
    assert "0 people changed" in act(admin, "confirm_address", person).content.decode()


def test_the_erased_get_nothing_back(admin):
    person = UserFactory()
    erase_person(person, by=person)
    for action in ("activate", "make_instructor", "make_administrator", "confirm_address"):
        assert "0 people changed" in act(admin, action, person).content.decode()
    person.refresh_from_db()
    assert (person.is_active, person.is_staff) == (False, False)
    assert admin.get(f"{PEOPLE}{person.pk}/change/").status_code == 200


@pytest.mark.parametrize(
    "path", ["account/emailaddress", "mfa/authenticator", "usersessions/usersession", "auth/group"]
)
def test_noisy_tables_are_not_in_the_administration(admin, path):
    assert admin.get(f"/admin/{path}/").status_code == 404
