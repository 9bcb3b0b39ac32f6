"""Secret addresses of calendars: one a person, stored as a digest, taken back at any time."""

from __future__ import annotations

import base64

import pytest

from certportal.accounts.models import AuditEvent, CalendarAddress, User
from certportal.accounts.services.calendar_addresses import (
    UnknownCalendarError,
    make_calendar_address,
    person_of_calendar,
    revoke_calendar_address,
)
from certportal.accounts.services.erasing import erase_person
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_it_leads_to_its_person_and_is_not_stored():
    person = UserFactory()
    token = make_calendar_address(person)

    assert person_of_calendar(token) == person
    assert len(base64.urlsafe_b64decode(token)) * 8 >= 128
    stored = CalendarAddress.objects.get(person=person)
    assert token not in (stored.digest, str(stored.created_at))
    assert all(token not in str(event.after) for event in AuditEvent.objects.all())


def test_a_new_one_ends_the_old_one():
    person = UserFactory()
    old, new = make_calendar_address(person), make_calendar_address(person)

    assert person_of_calendar(new) == person
    with pytest.raises(UnknownCalendarError):
        person_of_calendar(old)


def test_revoking_ends_it_and_twice_does_nothing():
    person, other = UserFactory(), UserFactory()
    token, kept = make_calendar_address(person), make_calendar_address(other)
    revoke_calendar_address(person)
    revoke_calendar_address(person)

    with pytest.raises(UnknownCalendarError):
        person_of_calendar(token)
    assert person_of_calendar(kept) == other
    assert AuditEvent.objects.filter(action="calendar-address-revoked").count() == 1


@pytest.mark.parametrize("token", ["", "x", "A" * 32])
def test_others_lead_nowhere(token):
    make_calendar_address(UserFactory())

    with pytest.raises(UnknownCalendarError):
        person_of_calendar(token)


def test_accounts_that_are_shut_or_erased_have_none():
    shut, erased = UserFactory(), UserFactory()
    tokens = [make_calendar_address(person) for person in (shut, erased)]
    User.objects.filter(pk=shut.pk).update(is_active=False)
    erase_person(erased, by=None)

    for token in tokens:
        with pytest.raises(UnknownCalendarError):
            person_of_calendar(token)
    assert not CalendarAddress.objects.filter(person=erased).exists()
