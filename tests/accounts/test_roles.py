from __future__ import annotations

import io
import threading

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from certportal.accounts.models import AuditEvent, User
from certportal.accounts.services import people, roles
from certportal.accounts.services.roles import LastAdministratorError
from tests.factories.accounts import AdministratorFactory, InstructorFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_instructor_is_a_group_and_enters_the_administration():
    person, boss = UserFactory(), AdministratorFactory()
    assert roles.make_instructor(person, by=boss)
    assert not roles.make_instructor(person, by=boss)
    person.refresh_from_db()
    assert roles.is_instructor(person)
    assert person.is_staff
    assert not person.is_superuser
    event = AuditEvent.objects.get(action="role-given")
    assert (event.actor, event.target) == (boss, f"user:{person.pk}")
    assert event.after == {"role": "instructor"}

    assert roles.remove_instructor(person, by=boss)
    assert not roles.remove_instructor(person, by=boss)
    person.refresh_from_db()
    assert not person.is_staff
    assert AuditEvent.objects.get(action="role-taken").before == {"role": "instructor"}


def test_an_administrator_stays_staff_without_the_other_role():
    person = AdministratorFactory()
    roles.make_instructor(person, by=None)
    roles.remove_instructor(person, by=None)
    person.refresh_from_db()
    assert person.is_staff


def test_the_last_administrator_keeps_the_role():
    one = AdministratorFactory()
    AdministratorFactory(is_active=False)
    with pytest.raises(LastAdministratorError, match="last active administrator"):
        roles.remove_administrator(one, by=one)
    with pytest.raises(LastAdministratorError):
        people.deactivate(one, by=one)
    two = UserFactory()
    assert roles.make_administrator(two, by=one)
    assert roles.remove_administrator(one, by=two)
    one.refresh_from_db()
    assert (one.is_superuser, one.is_staff) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_leave_at_the_same_moment():
    pair = [AdministratorFactory(), AdministratorFactory()]
    start = threading.Barrier(2)
    outcomes: list[bool] = []

    def leave(person: User) -> None:
        try:
            start.wait(timeout=5)
            outcomes.append(people.deactivate(person, by=person))
        except LastAdministratorError:
            outcomes.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=[person]) for person in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert sorted(outcomes) == [False, True]
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(sign_in, settings):
    settings.REQUIRE_STAFF_MFA = False
    person = InstructorFactory()
    client = sign_in(person)
    assert client.get(reverse("admin:index")).status_code == 200
    roles.remove_instructor(person, by=None)
    assert client.get(reverse("admin:index")).status_code != 200


def granted():
    group = Group.objects.get(name="instructor")
    return {f"{it.content_type.app_label}.{it.codename}" for it in group.permissions.all()}


INSTRUCTORS_MAY = {
    *(
        f"quizzes.{verb}_{model}"
        for model in ("questionset", "question", "exam")
        for verb in ("add", "change", "view")
    ),
    "quizzes.view_assignment",
    "accounts.view_classroom",
    "accounts.view_membership",
}


def test_the_role_may_do_exactly_this():
    wanted = ContentType.objects.create(app_label="quizzes_later", model="question")
    Permission.objects.create(content_type=wanted, codename="add_question", name="x")
    roles.sync_instructor_group()
    assert granted() == INSTRUCTORS_MAY


def test_rights_beyond_the_table_are_taken_away_where_the_portal_knows_better():
    group = Group.objects.get(name="instructor")
    elsewhere = ContentType.objects.create(app_label="wiki", model="page")
    own_decision = Permission.objects.create(content_type=elsewhere, codename="add_page", name="x")
    group.permissions.add(
        own_decision,
        *Permission.objects.filter(codename__in=["view_attempt", "change_user", "view_vendor"]),
    )
    assert {"quizzes.view_attempt", "accounts.change_user", "catalog.view_vendor"} <= granted()
    roles.sync_instructor_group()
    assert granted() == INSTRUCTORS_MAY | {"wiki.add_page"}


def test_the_group_is_made_again_if_it_is_missing():
    Group.objects.filter(name="instructor").delete()
    roles.sync_instructor_group()
    assert Group.objects.filter(name="instructor").count() == 1


def test_shutting_out_ends_every_session(sign_in):
    person = UserFactory()
    client = sign_in(person)
    assert client.get(reverse("accounts:settings")).status_code == 200
    assert people.deactivate(person, by=None)
    assert not people.deactivate(person, by=None)
    assert client.get(reverse("accounts:settings")).status_code == 302
    assert people.activate(person, by=None)
    assert not people.activate(person, by=None)
    # Let in again means signing in again.
    assert client.get(reverse("accounts:settings")).status_code == 302


# --- Commands ---------------------------------------------------------------------------


def test_make_instructor_command():
    person = UserFactory(email="teacher@example.org")
    out = io.StringIO()
    call_command("make_instructor", "Teacher@Example.org", stdout=out)
    assert "is an instructor now" in out.getvalue()
    assert roles.is_instructor(person)
    call_command("make_instructor", "teacher@example.org", stdout=out)
    assert "already" in out.getvalue()
    with pytest.raises(CommandError, match="Nobody"):
        call_command("make_instructor", "nobody@example.org")


def test_createsuperuser_works_with_an_address(monkeypatch, sign_in):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long and quiet night")
    call_command("createsuperuser", email="Boss@Example.org", interactive=False, verbosity=0)
    boss = User.objects.get(email="boss@example.org")
    assert (boss.is_staff, boss.is_superuser) == (True, True)
    client = sign_in("boss@example.org", "a long and quiet night")
    assert client.response.status_code == 302
    with pytest.raises(CommandError, match="taken"):
        call_command("createsuperuser", email="boss@example.org", interactive=False, verbosity=0)


def test_a_new_superuser_may_set_up_a_second_factor(monkeypatch, sign_in):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long and quiet night")
    call_command("createsuperuser", email="boss@example.org", interactive=False, verbosity=0)
    client = sign_in("boss@example.org", "a long and quiet night")
    client.post(reverse("account_reauthenticate"), {"password": "a long and quiet night"})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
