"""The calendar feed: a secret address, the dates of its person, and nothing for others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from certportal.accounts.models import CalendarAddress, User
from certportal.accounts.services.calendar_addresses import make_calendar_address
from certportal.accounts.services.erasing import erase_person
from progress.models import ClassGoal
from progress.views import calendar as views
from tests.factories.accounts import UserFactory
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassroomFactory, MembershipFactory
from tests.lib.ical import read

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
OPENS, DUE, CLOSES = (NOW + timedelta(days=n) for n in (1, 5, 9))


@pytest.fixture(autouse=True)
def public_url(settings, monkeypatch):
    settings.PUBLIC_URL = "https://study.example.org"
    monkeypatch.setattr(views, "db_now", lambda: NOW)


@pytest.fixture
def classroom():
    return ClassroomFactory(name="Cloud, evening; A")


@pytest.fixture
def student(classroom):
    return MembershipFactory(classroom=classroom).person


def fetch(person):
    response = Client().get(f"/calendar/{make_calendar_address(person)}.ics")
    assert response.status_code == 200
    return response


def feed(person):
    return read(fetch(person).content)


def by_name(person):
    return {str(it["SUMMARY"]): it for it in feed(person).events}


def test_opening_due_and_closing_are_events(classroom, student):
    work = AssignmentFactory(
        classroom=classroom,
        exam=OwnExamFactory(),
        title="Mock, 1",
        opens_at=OPENS,
        due_at=DUE,
        closes_at=CLOSES,
    )

    found = by_name(student)

    assert {name: it["DTSTART"] for name, it in found.items()} == {
        "Mock, 1 opens": OPENS,
        "Mock, 1 is due": DUE,
        "Mock, 1 closes": CLOSES,
    }
    due = found["Mock, 1 is due"]
    assert due["UID"] == f"{work.public_id}-due@study.example.org"
    assert due["DTSTAMP"] == NOW
    assert due["DESCRIPTION"] == "Cloud, evening; A"
    assert due["URL"] == f"https://study.example.org/assignments/{work.public_id}/"


def test_times_are_those_of_the_person(classroom, student):
    User.objects.filter(pk=student.pk).update(extra_time_factor=Decimal("1.5"))
    # Half of 30 minutes more.
    AssignmentFactory(classroom=classroom, exam=OwnExamFactory(), title="Mock", due_at=DUE)
    moved = AssignmentFactory(classroom=classroom, practice=True, title="Goal", due_at=DUE)
    OverrideFactory(assignment=moved, person=student, due_at=CLOSES)

    found = by_name(student)

    assert found["Mock is due"]["DTSTART"] == DUE + timedelta(minutes=15)
    assert found["Goal is due"]["DTSTART"] == CLOSES


def test_one_moment_is_one_event(classroom, student):
    AssignmentFactory(
        classroom=classroom, exam=OwnExamFactory(), title="Mock", due_at=DUE, closes_at=DUE
    )

    assert list(by_name(student)) == ["Mock is due"]


def test_what_was_withdrawn_is_cancelled_under_the_same_name(classroom, student):
    work = AssignmentFactory(classroom=classroom, exam=OwnExamFactory(), due_at=DUE)
    (before,) = feed(student).events
    work.withdrawn_at = NOW
    work.save()
    (after,) = feed(student).events

    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_the_day_of_the_real_exam_is_a_whole_day(classroom, student):
    guide = make_guide(100)
    ClassGoal.objects.create(classroom=classroom, guide=guide, exam_on=date(2026, 12, 12))

    (event,) = feed(student).events

    assert event["SUMMARY"] == f"Exam day: {guide.certification.code}"
    assert (event["DTSTART"], event["DTEND"]) == (date(2026, 12, 12), date(2026, 12, 13))


def test_only_what_one_is_given_in_classes_that_go_on(classroom, student):
    other = MembershipFactory(classroom=classroom).person
    archived, left = ClassroomFactory(archived=True), ClassroomFactory()
    MembershipFactory(classroom=archived, person=student)
    MembershipFactory(classroom=left, person=student, left_at=NOW + timedelta(days=400))
    MembershipFactory(classroom=ClassroomFactory(), person=student, assistant=True)
    exam = OwnExamFactory()
    for room in (archived, left, ClassroomFactory()):
        AssignmentFactory(classroom=room, exam=exam, due_at=DUE)
    AssignmentFactory(classroom=classroom, exam=exam, due_at=DUE, targets=[other])
    AssignmentFactory(classroom=classroom, exam=exam)

    assert feed(student).events == []
    assert len(feed(other).events) == 1


def test_it_speaks_the_language_of_its_person():
    english = feed(UserFactory()).properties
    chinese = fetch(UserFactory(language="zh-hans"))

    assert english["X-WR-CALNAME"] == "Certportal: my classes"
    assert chinese["Content-Language"] == "zh-hans"
    assert read(chinese.content).properties["VERSION"] == "2.0"


def test_it_is_a_calendar_that_only_its_reader_may_keep(student):
    response = fetch(student)

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert "sessionid" not in response.cookies


def test_only_a_secret_address_leads_to_it(student):
    address = f"/calendar/{make_calendar_address(student)}.ics"
    shut, erased = UserFactory(), UserFactory()
    others = [f"/calendar/{make_calendar_address(person)}.ics" for person in (shut, erased)]
    User.objects.filter(pk=shut.pk).update(is_active=False)
    erase_person(erased, by=None)
    client = Client()

    assert client.get(address).status_code == 200
    for wrong in [*others, "/calendar/x.ics", address.replace(".ics", "x.ics")]:
        assert client.get(wrong).status_code == 404
    assert client.post(address).status_code == 405


@pytest.mark.parametrize("number", [1, 30])
def test_the_statements_do_not_grow(classroom, student, number, django_assert_num_queries):
    ClassGoal.objects.create(classroom=classroom, guide=make_guide(100), exam_on=date(2026, 12, 12))
    exam = OwnExamFactory()
    for n in range(number):
        AssignmentFactory(classroom=classroom, exam=exam, due_at=DUE, title=f"Mock {n}")
        AssignmentFactory(classroom=classroom, practice=True, due_at=DUE)
    token = make_calendar_address(student)

    with django_assert_num_queries(8):
        Client().get(f"/calendar/{token}.ics")


# --- Its address -----------------------------------------------------------------------------


@pytest.fixture
def signed_in(client, student):
    client.force_login(student)
    return client


def test_an_address_is_made_shown_once_and_renewed(signed_in, student):
    assert "No address yet" in signed_in.get("/calendar/").content.decode()

    first = signed_in.post("/calendar/", {"do": "make"})
    url = first.context["url"]
    assert url.startswith("https://study.example.org/calendar/")
    assert url in first.content.decode()
    assert "no-store" in first["Cache-Control"]
    path = url.removeprefix("https://study.example.org")
    assert Client().get(path).status_code == 200
    assert path not in signed_in.get("/calendar/").content.decode()

    signed_in.post("/calendar/", {"do": "make"})
    assert Client().get(path).status_code == 404
    assert CalendarAddress.objects.filter(person=student).count() == 1


def test_an_address_is_ended(signed_in, student):
    url = signed_in.post("/calendar/", {"do": "make"}).context["url"]

    assert signed_in.post("/calendar/", {"do": "revoke"})["Location"] == "/calendar/"
    path = url.removeprefix("https://study.example.org")
    assert Client().get(path).status_code == 404
    assert not CalendarAddress.objects.filter(person=student).exists()


def test_looking_makes_none(signed_in, student):
    signed_in.get("/calendar/", {"do": "make"})

    assert not CalendarAddress.objects.filter(person=student).exists()
