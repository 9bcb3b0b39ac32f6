"""Reminders: once for each event and person, by their own dates, and never stale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django_tasks_db.models import DBTaskResult

from certportal.accounts.models import Membership, Notice, User
from quizzes.models import Attempt
from quizzes.services import reminding
from quizzes.services.periodic import all_jobs
from quizzes.services.reminding import queue_reminders, send_reminders
from tests.factories.accounts import UserFactory
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.attempts import TERMS, make_attempt
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory
from tests.factories.evidence import closed_paper, history

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
LONG_AGO = NOW - timedelta(days=60)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    class Clock:
        now = NOW

    monkeypatch.setattr(reminding, "db_now", lambda: Clock.now)
    return Clock


@pytest.fixture
def classroom():
    return ClassroomFactory(time_zone="Asia/Shanghai")


@pytest.fixture
def student(classroom):
    return MembershipFactory(classroom=classroom, joined_at=LONG_AGO).person


def assign(classroom, **fields):
    """Something set long ago, so that only its dates are news."""
    fields.setdefault("created_at", LONG_AGO)
    return AssignmentFactory(classroom=classroom, exam=OwnExamFactory(), **fields)


def told(person: User) -> list[str]:
    return list(Notice.objects.filter(person=person).order_by("pk").values_list("kind", flat=True))


# --- Dates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "kinds"),
    [
        (NOW + MOMENT, []),
        (NOW, ["assignment-opened"]),
        (NOW - timedelta(hours=24) + MOMENT, ["assignment-opened"]),
        (NOW - timedelta(hours=24), []),
    ],
)
def test_what_opens_is_told_within_a_day(classroom, student, opened, kinds):
    assign(classroom, opens_at=opened)

    send_reminders.call()

    assert told(student) == kinds


def test_what_has_no_opening_is_told_when_it_is_set(classroom, student):
    assign(classroom, created_at=NOW - timedelta(hours=1))
    assign(classroom)

    send_reminders.call()

    assert told(student) == ["assignment-opened"]


@pytest.mark.parametrize(
    ("due", "kinds"),
    [
        (NOW + timedelta(hours=24) + MOMENT, []),
        (NOW + timedelta(hours=24), ["assignment-due"]),
        (NOW + MOMENT, ["assignment-due"]),
        (NOW, []),
        (NOW - MOMENT, ["assignment-overdue"]),
        (NOW - timedelta(hours=24) + MOMENT, ["assignment-overdue"]),
        (NOW - timedelta(hours=24), []),
    ],
)
def test_a_day_before_it_is_due_and_after_it(classroom, student, due, kinds):
    assign(classroom, due_at=due)

    send_reminders.call()

    assert told(student) == kinds


def test_an_end_without_a_due_time_is_one_too(classroom, student, clock):
    assign(classroom, closes_at=NOW + timedelta(hours=1))

    send_reminders.call()
    clock.now = NOW + timedelta(hours=2)
    send_reminders.call()

    assert told(student) == ["assignment-due", "assignment-overdue"]
    assert Notice.objects.get(kind="assignment-overdue").data["is_open"] is False


def test_what_is_due_within_a_day_is_not_announced_as_new(classroom, student):
    assign(classroom, opens_at=NOW - MOMENT, due_at=NOW + timedelta(hours=3))

    send_reminders.call()

    assert told(student) == ["assignment-due"]


def test_each_event_is_told_once(classroom, student, clock):
    assign(classroom, opens_at=NOW - MOMENT, due_at=NOW + timedelta(days=2))

    for hours in range(0, 96, 3):
        clock.now = NOW + timedelta(hours=hours)
        send_reminders.call()

    assert told(student) == ["assignment-opened", "assignment-due", "assignment-overdue"]


def test_a_due_time_that_is_moved_is_another_event(classroom, student, clock):
    work = assign(classroom, due_at=NOW + timedelta(hours=2))
    send_reminders.call()
    OverrideFactory(assignment=work, person=student, due_at=NOW + timedelta(days=7))

    clock.now = NOW + timedelta(hours=3)
    send_reminders.call()
    assert told(student) == ["assignment-due"]
    clock.now = NOW + timedelta(days=6, hours=1)
    send_reminders.call()
    assert told(student) == ["assignment-due", "assignment-due"]


def test_dates_are_those_of_the_person(classroom, student):
    label = ClassLabelFactory(classroom=classroom)
    later = MembershipFactory(classroom=classroom, labels=[label], joined_at=LONG_AGO).person
    slower = UserFactory(extra_time_factor=Decimal(2))
    MembershipFactory(classroom=classroom, person=slower, joined_at=LONG_AGO)
    # 30 minutes of exam: with twice the time it is due at 12:10.
    work = assign(classroom, due_at=NOW - timedelta(minutes=20))
    OverrideFactory(assignment=work, label=label, due_at=NOW + timedelta(days=9))

    send_reminders.call()

    assert told(student) == ["assignment-overdue"]
    assert told(later) == []
    assert told(slower) == ["assignment-due"]
    due = Notice.objects.get(person=slower).facts["due_at"]
    assert due == NOW + timedelta(minutes=10)


def test_an_exception_alone_brings_a_date_near(classroom, student):
    work = assign(classroom, due_at=NOW - timedelta(days=30))
    OverrideFactory(assignment=work, person=student, due_at=NOW + timedelta(hours=1))

    send_reminders.call()

    assert told(student) == ["assignment-due"]


def test_a_notice_knows_what_its_words_need(classroom, student):
    work = assign(classroom, title="Mock 1", due_at=NOW - timedelta(hours=1))

    send_reminders.call()

    notice = Notice.objects.get()
    assert notice.link == f"/assignments/{work.public_id}/"
    assert notice.facts == {
        "title": "Mock 1",
        "classroom": classroom.name,
        "zone": "Asia/Shanghai",
        "due_at": work.due_at,
        "is_open": True,
    }


# --- Who is told -----------------------------------------------------------------------------


def test_only_those_it_is_for(classroom, student):
    other = MembershipFactory(classroom=classroom, joined_at=LONG_AGO).person
    assign(classroom, due_at=NOW + timedelta(hours=1), targets=[other])

    send_reminders.call()

    assert told(student) == []
    assert told(other) == ["assignment-due"]
    assert told(classroom.created_by) == []


def test_not_who_has_left_or_is_shut_out(classroom, student):
    left = MembershipFactory(classroom=classroom, joined_at=LONG_AGO, left_at=NOW).person
    User.objects.filter(pk=student.pk).update(is_active=False)
    assign(classroom, due_at=NOW + timedelta(hours=1))

    send_reminders.call()

    assert told(left) == told(student) == []


def test_not_what_was_withdrawn_or_archived(classroom, student):
    archived = ClassroomFactory(archived=True)
    MembershipFactory(classroom=archived, person=student)
    assign(classroom, due_at=NOW + timedelta(hours=1), withdrawn_at=NOW)
    assign(archived, due_at=NOW + timedelta(hours=1))

    send_reminders.call()

    assert told(student) == []


def test_nobody_is_late_with_what_was_due_before_they_came(classroom):
    late = MembershipFactory(classroom=classroom, joined_at=NOW - timedelta(hours=1)).person
    assign(classroom, due_at=NOW - timedelta(hours=2))

    send_reminders.call()

    assert told(late) == []


def sat(student, work, *, at, **fields):
    attempt = closed_paper(
        student, [], "", at=at, guide=work.exam.guide, mode="mock", exam=work.exam, assignment=work
    )
    Attempt.objects.filter(pk=attempt.pk).update(**fields)
    return attempt


@pytest.mark.parametrize("due", [NOW + timedelta(hours=1), NOW - timedelta(hours=1)])
def test_not_who_has_done_it(classroom, student, due):
    work = assign(classroom, due_at=due)
    sat(student, work, at=NOW - timedelta(days=3))

    send_reminders.call()

    assert told(student) == []


def test_not_who_is_sitting_it(classroom, student):
    work = assign(classroom, due_at=NOW + timedelta(hours=1))
    Attempt.objects.create(
        student=student,
        mode="mock",
        exam=work.exam,
        guide=work.exam.guide,
        assignment=work,
        started_at=NOW - timedelta(minutes=1),
        deadline_at=NOW + timedelta(minutes=29),
        terms=TERMS,
        seed=1,
    )

    send_reminders.call()

    assert told(student) == []


def test_a_practice_goal_ends_with_its_last_question(classroom, student):
    guide = make_guide(100)
    for goal in (2, 3):
        AssignmentFactory(
            classroom=classroom,
            practice=True,
            guide=guide,
            goal=goal,
            title=f"{goal} questions",
            due_at=NOW + timedelta(hours=1),
            created_at=LONG_AGO,
        )
    history(student, guide.domains.get(), "+-", at=NOW - timedelta(days=1))

    send_reminders.call()

    assert [notice.data["title"] for notice in Notice.objects.all()] == ["3 questions"]


# --- Marks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ago", "kinds"),
    [
        (timedelta(0), ["assignment-graded"]),
        (timedelta(hours=24), ["assignment-graded"]),
        (timedelta(hours=24) + MOMENT, []),
    ],
)
def test_a_mark_is_told_within_a_day(classroom, student, ago, kinds):
    attempt = sat(student, assign(classroom), at=NOW - ago)

    send_reminders.call()
    send_reminders.call()

    assert told(student) == kinds
    if kinds:
        assert Notice.objects.get().link == f"/attempts/{attempt.public_id}/result/"


def test_no_mark_no_notice(classroom, student):
    work = assign(classroom)
    Attempt.objects.create(
        student=student,
        mode="mock",
        exam=work.exam,
        guide=work.exam.guide,
        assignment=work,
        status="submitted",
        started_at=NOW - timedelta(hours=1),
        deadline_at=NOW,
        ended_at=NOW,
        processed_at=NOW,
        terms=TERMS,
        seed=1,
    )

    send_reminders.call()

    assert told(student) == []


def test_own_mocks_and_practice_are_not_told(student):
    closed_paper(student, [], "", at=NOW, guide=make_guide(100), mode="mock")

    send_reminders.call()

    assert told(student) == []


def test_marks_of_voided_withdrawn_left_and_archived_are_not_told(classroom, student):
    sat(student, assign(classroom), at=NOW, status="voided")
    sat(student, assign(classroom, withdrawn_at=NOW), at=NOW)
    archived = ClassroomFactory(archived=True)
    MembershipFactory(classroom=archived, person=student)
    sat(student, assign(archived), at=NOW)
    left = ClassroomFactory()
    MembershipFactory(classroom=left, person=student, joined_at=LONG_AGO, left_at=NOW)
    sat(student, assign(left), at=NOW)

    send_reminders.call()

    assert told(student) == []


def test_a_mark_beside_an_open_paper_waits(classroom, student, clock):
    open_mock = make_attempt("single", student=student, now=NOW)
    work = assign(classroom)
    closed_paper(
        student,
        [open_mock.items.get().question],
        "+",
        at=NOW + timedelta(minutes=1),
        guide=open_mock.guide,
        mode="mock",
        exam=work.exam,
        assignment=work,
    )
    clock.now = NOW + timedelta(minutes=2)

    send_reminders.call()
    assert told(student) == []
    Attempt.objects.filter(pk=open_mock.pk).update(status="voided", ended_at=NOW, processed_at=NOW)
    send_reminders.call()
    assert told(student) == ["assignment-graded"]


# --- Mail, cost and the clock ----------------------------------------------------------------


@pytest.mark.parametrize("wants", [True, False])
def test_by_mail_for_those_who_want_it(classroom, settings, wants):
    settings.HAS_MAIL = True
    person = UserFactory(reminders_by_mail=wants)
    MembershipFactory(classroom=classroom, person=person, joined_at=LONG_AGO)
    assign(classroom, due_at=NOW + timedelta(hours=1))

    send_reminders.call()

    assert Notice.objects.get().by_mail is wants


def test_a_thousand_students_cost_no_more_statements(classroom, student, django_assert_num_queries):
    assign(classroom, due_at=NOW + timedelta(hours=1))
    assign(classroom, opens_at=NOW)
    with django_assert_num_queries(8):
        assert send_reminders.call() == 2
    users = User.objects.bulk_create(
        User(email=f"many-{n}@example.org", password="!") for n in range(1000)
    )
    Membership.objects.bulk_create(
        Membership(classroom=classroom, person=user, joined_at=LONG_AGO) for user in users
    )

    # The lines go in by thousands.
    with django_assert_num_queries(10):
        send_reminders.call()
    assert Notice.objects.count() == 2002


def test_a_quiet_day_asks_for_little(django_assert_max_num_queries):
    for _ in range(3):
        assign(ClassroomFactory(), due_at=NOW - timedelta(days=30))

    with django_assert_max_num_queries(4):
        send_reminders.call()


def test_the_queue_does_it_and_the_clock_goes_on():
    assert queue_reminders() is True
    assert queue_reminders() is False
    assert {"reminders", "mail of notices"} <= {job.name for job in all_jobs()}
    assert DBTaskResult.objects.count() == 1
