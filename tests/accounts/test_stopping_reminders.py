"""The link that stops reminders works without signing in, and a look changes nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from certportal.accounts.models import AuditEvent
from certportal.accounts.services.erasing import erase_person
from certportal.accounts.services.stopping_reminders import stop_link
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def path_for(person) -> str:
    return urlsplit(stop_link(person)).path


@pytest.fixture
def stranger() -> Client:
    return Client(enforce_csrf_checks=True)


def test_looking_asks_and_pressing_stops(stranger):
    person, other = UserFactory(), UserFactory()

    page = stranger.get(path_for(person))
    person.refresh_from_db()
    assert page.status_code == 200
    assert "Stop these e-mails" in page.content.decode()
    assert person.reminders_by_mail
    assert "no-store" in page["Cache-Control"]

    done = stranger.post(path_for(person), {"List-Unsubscribe": "One-Click"})
    person.refresh_from_db()
    other.refresh_from_db()
    assert done.status_code == 200
    assert (person.reminders_by_mail, other.reminders_by_mail) == (False, True)
    assert "no more reminders" in stranger.get(path_for(person)).content.decode()


def test_it_is_written_down_once(stranger):
    person = UserFactory()
    for _ in range(2):
        stranger.post(path_for(person))

    assert AuditEvent.objects.filter(action="reminders-stopped").count() == 1


def test_the_page_does_not_say_whose_link_it_is(stranger):
    person = UserFactory(display_name="Somebody Special")

    page = stranger.get(path_for(person)).content.decode()

    assert person.email not in page
    assert person.display_name not in page


@pytest.mark.parametrize("change", [lambda t: t[:-1] + "_", lambda t: t.split(":")[0], str.upper])
def test_a_forged_link_is_none(stranger, change):
    token = path_for(UserFactory()).removeprefix("/reminders/stop/").rstrip("/")

    assert stranger.get(f"/reminders/stop/{change(token)}/").status_code == 404
    assert stranger.post(f"/reminders/stop/{change(token)}/").status_code == 404


def test_the_link_of_somebody_erased_is_none(stranger):
    person = UserFactory()
    path = path_for(person)
    erase_person(person, by=None)

    assert stranger.get(path).status_code == 404


def test_the_settings_have_the_same_switch(client):
    person = UserFactory(reminders_by_mail=False)
    client.force_login(person)
    fields = {
        "display_name": "A",
        "language": "",
        "time_zone": "UTC",
        "own_extra_time_factor": "1.00",
    }

    client.post("/settings/", {**fields, "reminders_by_mail": "on"})
    person.refresh_from_db()
    assert person.reminders_by_mail
    client.post("/settings/", fields)
    person.refresh_from_db()
    assert not person.reminders_by_mail
