from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import InternalError, connection, transaction
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from certportal.accounts.client_address import client_address
from certportal.accounts.models import AuditEvent
from certportal.accounts.services.auditing import one_line, person_target, record
from certportal.lib.append_only import allow_erasing
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_a_row_says_who_what_to_what_from_where_and_the_change():
    person = UserFactory()
    request = RequestFactory().post("/", REMOTE_ADDR="203.0.113.9")
    record(
        "extra-time",
        actor=person,
        target="attempt:12",
        before={"factor": Decimal("1.00")},
        after={"factor": Decimal("1.25"), "ids": {3}, "on": True},
        request=request,
    )
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.target) == ("extra-time", person, "attempt:12")
    assert event.ip_address == "203.0.113.9"
    assert event.before == {"factor": "1.00"}
    assert event.after == {"factor": "1.25", "ids": [3], "on": True}
    assert event.happened_at is not None


def test_strangers_and_the_portal_itself_have_no_actor():
    assert record("sweep", actor=None).actor is None
    assert record("looked", actor=AnonymousUser()).actor is None


def test_people_are_named_by_id():
    person = UserFactory()
    assert person_target(person) == f"user:{person.pk}"


def test_a_forged_line_stays_on_its_line(caplog):
    caplog.set_level("INFO", logger="certportal.audit")
    evil = "name\r\n2026-01-01 INFO role-given by 1\x1b[2J\u2028\x00"
    event = record("act\n", actor=None, target=evil, after={"na\nme": evil})
    event.refresh_from_db()
    stored = [event.action, event.target, *event.after, *event.after.values()]
    for text in [*stored, *caplog.messages]:
        assert text.isprintable()
    assert len(caplog.messages) == 1


@given(st.text())
def test_one_line_is_printable_and_keeps_printable_text(text):
    result = one_line(text)
    assert result.isprintable()
    assert len(result) == len(text)
    assert not text.isprintable() or result == text


def test_long_targets_are_cut():
    event = record("x" * 300, actor=None, target="y" * 300)
    assert (len(event.action), len(event.target)) == (60, 120)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET action = 'other'",
        "UPDATE accounts_auditevent SET ip_address = '[erased]'",
        "DELETE FROM accounts_auditevent",
    ],
)
def test_the_database_keeps_audit_rows_as_written(statement):
    record("kept", actor=None)
    with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.get().action == "kept"


def test_an_erasure_may_blank_but_not_rewrite():
    record("kept", actor=None, after={"name": "Lena"})
    with transaction.atomic():
        allow_erasing()
        AuditEvent.objects.update(after={"name": "[erased]"}, ip_address="[erased]")
    with transaction.atomic():
        allow_erasing()
        with pytest.raises(InternalError), transaction.atomic():
            AuditEvent.objects.update(action="other")
    assert AuditEvent.objects.get().action == "kept"


def test_truncate_is_refused_outside_of_tests():
    with connection.cursor() as cursor:
        # Undo what settings_test.py allows its connections.
        cursor.execute("SET LOCAL certportal.may_truncate = off")
        with pytest.raises(InternalError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE accounts_auditevent")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.7", "10.0.0.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "6.6.6.6", "10.0.0.1"),
        (1, "not an address", "10.0.0.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


def test_a_socket_without_address_gives_none():
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) == ""
