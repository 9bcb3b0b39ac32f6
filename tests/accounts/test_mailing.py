"""Notices by mail: once, to who wants them, whatever the mail server does."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.db import connection
from django_tasks_db.models import DBTaskResult

from certportal.accounts.models import Notice, User
from certportal.accounts.services import mailing
from certportal.accounts.services.erasing import erase_person
from certportal.accounts.services.mailing import MOST_TRIES, queue_due_mail, send_due_mail
from certportal.accounts.services.notifying import Line, notify, notify_all
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
DUE = "2026-11-27T17:00:00+00:00"


@pytest.fixture(autouse=True)
def with_mail(settings):
    settings.HAS_MAIL = True
    settings.PUBLIC_URL = "https://study.example.org"


@pytest.fixture
def clock(monkeypatch):
    """The clock of the mailer, to be put forward."""

    class Clock:
        now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    monkeypatch.setattr(mailing, "db_now", lambda: Clock.now)
    return Clock


def tell(person: User, kind: str = "assignment-due", key: str = "due:1", **data: object) -> Notice:
    facts = {"title": "Mock 1", "classroom": "Cloud", "due_at": DUE, "zone": "Europe/Berlin"}
    line = Line(person, kind, key, {**facts, **data}, "/assignments/x/", is_reminder=True)
    notify_all([line])
    return Notice.objects.get(person=person, event_key=key)


def refuse(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """A mail server that knows nobody at these addresses."""
    deliver = locmem.EmailBackend.send_messages

    def send_messages(self, messages):
        if any(message.to[0] in addresses for message in messages):
            raise smtplib.SMTPRecipientsRefused({})
        return deliver(self, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", send_messages)


def test_a_reminder_goes_out_once_with_a_way_to_stop_them():
    person = UserFactory(time_zone="America/New_York")
    tell(person)

    assert send_due_mail.call() == 1
    assert send_due_mail.call() == 0

    (message,) = mail.outbox
    assert message.to == [person.email]
    assert message.subject == "Mock 1 is due soon"
    assert "Mock 1 in Cloud is due soon and not done." in message.body
    assert "Due Fri 27 Nov 2026, 18:00 (Europe/Berlin)." in message.body
    assert "In your zone that is Fri 27 Nov 2026, 12:00 (America/New_York)." in message.body
    assert "https://study.example.org/assignments/x/\n" in message.body
    stop = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop.startswith("https://study.example.org/reminders/stop/")
    assert stop in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert Notice.objects.get().mailed_at is not None


def test_a_reminder_speaks_the_language_of_its_reader():
    tell(UserFactory(language="zh-hans"))
    tell(UserFactory(language="en", time_zone="Europe/Berlin"))

    send_due_mail.call()

    chinese, english = (message.body for message in mail.outbox)
    assert "2026" in chinese
    assert "Fri 27 Nov" not in chinese
    assert "In your zone" not in english


@pytest.mark.parametrize(
    "kind",
    ["assignment-opened", "assignment-due", "assignment-overdue", "assignment-graded", "unheard"],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_has_words_for_inbox_and_mail(client, kind, language):
    person = UserFactory(language=language)
    tell(person, kind, title="<b>&", is_open=True)
    client.force_login(person)

    page = client.get("/settings/notices/").content.decode()
    send_due_mail.call()

    (message,) = mail.outbox
    assert message.subject
    if kind != "unheard":
        assert "&lt;b&gt;&amp;" in page
        assert "<b>&" in message.subject
        assert "<b>&" in message.body


def test_a_title_cannot_add_headers():
    tell(UserFactory(), title="Mock\r\nBcc: all@example.org")

    send_due_mail.call()

    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == [mail.outbox[0].to[0]]


def test_only_reminders_and_only_to_people_who_want_them(settings):
    notify(UserFactory(), kind="regrade", event_key="1")
    tell(UserFactory(reminders_by_mail=False))
    settings.HAS_MAIL = False
    tell(UserFactory())
    settings.HAS_MAIL = True

    assert send_due_mail.call() == 0
    assert Notice.objects.filter(by_mail=True).count() == 0


def test_who_changes_their_mind_or_leaves_gets_none():
    stopped, shut, gone = UserFactory(), UserFactory(), UserFactory()
    for person in (stopped, shut, gone):
        tell(person)
    User.objects.filter(pk=stopped.pk).update(reminders_by_mail=False)
    User.objects.filter(pk=shut.pk).update(is_active=False)
    erase_person(gone, by=None)

    assert send_due_mail.call() == 0
    assert mail.outbox == []
    assert not Notice.objects.to_mail(mailing.db_now()).exists()


def test_a_broken_address_does_not_hold_up_the_others(monkeypatch, clock):
    broken, fine = UserFactory(), UserFactory()
    tell(broken)
    tell(fine)
    refuse(monkeypatch, broken.email)

    assert send_due_mail.call() == 1
    assert [message.to for message in mail.outbox] == [[fine.email]]


def test_tries_come_later_and_later_and_end(monkeypatch, clock):
    person = UserFactory()
    notice = tell(person)
    refuse(monkeypatch, person.email)
    waits = []
    for _ in range(MOST_TRIES):
        send_due_mail.call()
        notice.refresh_from_db()
        if notice.mail_after:
            waits.append(notice.mail_after - clock.now)
            clock.now = notice.mail_after - timedelta(microseconds=1)
            tries = notice.mail_tries
            send_due_mail.call()
            notice.refresh_from_db()
            assert notice.mail_tries == tries
            clock.now = notice.mail_after

    assert waits == sorted(set(waits))
    assert len(waits) == MOST_TRIES - 1
    assert (notice.mail_tries, notice.by_mail, notice.mailed_at) == (MOST_TRIES, False, None)


def test_a_mail_server_that_is_down_costs_no_try(monkeypatch, clock):
    people = [UserFactory(), UserFactory()]
    for person in people:
        tell(person)

    def down(self):
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(locmem.EmailBackend, "open", down)
        for _ in range(MOST_TRIES + 1):
            assert send_due_mail.call() == 0
            clock.now += timedelta(hours=1)
    assert set(Notice.objects.values_list("mail_tries", flat=True)) == {0}

    assert send_due_mail.call() == 2


def test_the_queue_gets_one_task_while_there_is_mail():
    assert queue_due_mail() is False
    tell(UserFactory())

    assert queue_due_mail() is True
    assert queue_due_mail() is False
    assert DBTaskResult.objects.count() == 1
    # One that has begun may be stuck at a slow server; the next mail does not wait for it.
    DBTaskResult.objects.update(status="RUNNING")
    assert queue_due_mail() is True


@pytest.mark.parametrize("people", [1, 1000])
def test_telling_many_takes_one_statement(people, django_assert_max_num_queries):
    # Not saved by the factory one by one: only their number matters here.
    users = User.objects.bulk_create(
        User(email=f"many-{n}@example.org", password="!") for n in range(people)
    )
    lines = [Line(user, "assignment-opened", "opened:1") for user in users]

    # One statement inside a savepoint.
    with django_assert_max_num_queries(3):
        notify_all(lines)
        notify_all([])
    notify_all(lines)
    assert Notice.objects.count() == people


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_the_same(monkeypatch):
    person = UserFactory()
    tell(person)
    seen: list[int] = []
    deliver = locmem.EmailBackend.send_messages

    def send_messages(self, messages):
        # Another worker comes along while this one is sending.
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM (SELECT 1 FROM accounts_notice WHERE by_mail"
                    " FOR UPDATE SKIP LOCKED) free"
                )
                seen.append(cursor.fetchone()[0])
        finally:
            other.close()
        return deliver(self, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", send_messages)

    assert send_due_mail.call() == 1
    assert seen == [0]
