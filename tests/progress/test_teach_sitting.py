"""One sitting as its class's staff see it: it can be read, helped and corrected, never moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import AuditEvent
from progress.selectors.class_sitting import sitting_of_class, sitting_page
from quizzes.engine.saving import Batch
from quizzes.models import AnswerEvent, Attempt, TimeGrant
from quizzes.selectors.late_answers import late_answers
from quizzes.services.answering import save_entries
from tests.factories.assignments import AssignmentFactory, OwnExamFactory
from tests.factories.attempts import make_attempt, shift_clock
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassroomFactory, MembershipFactory
from tests.factories.sittings import RIGHT, WRONG, answer, close

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_factor(settings):
    settings.REQUIRE_STAFF_MFA = False


@pytest.fixture
def attempt():
    """A running sitting of an assignment."""
    assignment = AssignmentFactory(exam=OwnExamFactory(guide=make_guide(100)))
    long_ago = timezone.now() - timedelta(days=30)
    student = MembershipFactory(classroom=assignment.classroom, joined_at=long_ago).person
    sat = make_attempt("single", "single", student=student, exam=assignment.exam)
    sat.assignment = assignment
    sat.save()
    return sat


@pytest.fixture
def instructor(attempt):
    return attempt.assignment.classroom.created_by


@pytest.fixture
def assistant(attempt):
    return MembershipFactory(classroom=attempt.assignment.classroom, role="assistant").person


def url(attempt, act="", classroom=None):
    name = f"class-sitting-{act}" if act else "class-sitting"
    slug = (classroom or attempt.assignment.classroom).slug
    return reverse(f"progress:{name}", args=[slug, attempt.public_id])


def send_late(attempt, *answers):
    ended = close(attempt)
    batch = Batch(
        ended.epoch,
        tuple({"seq": 10 + n, "item": n, "answer": it} for n, it in enumerate(answers, start=1)),
    )
    save_entries(public_id=attempt.public_id, student=attempt.student, batch=batch)
    return [row.event_id for row in late_answers(attempt)]


def text(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("left", [timedelta(seconds=-10), timedelta(hours=-2)])
def test_looking_at_a_sitting_whose_time_is_over_changes_nothing(client, attempt, instructor, left):
    shift_clock(attempt, left=left)
    before = Attempt.objects.filter(pk=attempt.pk).values().get()
    client.force_login(instructor)

    shown = client.get(url(attempt))

    assert "The time is up." in text(shown)
    assert Attempt.objects.filter(pk=attempt.pk).values().get() == before
    assert not AnswerEvent.objects.exists()


def test_every_look_is_written_down(client, attempt, assistant):
    client.force_login(assistant)

    client.get(url(attempt))

    row = AuditEvent.objects.get(action="sitting-viewed")
    assert (row.actor, row.target) == (assistant, f"attempt:{attempt.public_id}")


def test_a_class_finds_only_what_it_has_set(client, attempt, instructor):
    other = ClassroomFactory(created_by=instructor)
    alone = make_attempt("single", student=attempt.student)
    client.force_login(instructor)

    assert client.get(url(attempt)).status_code == 200
    assert client.get(url(attempt, classroom=other)).status_code == 404
    assert client.get(url(alone, classroom=attempt.assignment.classroom)).status_code == 404
    assert AuditEvent.objects.filter(action="sitting-viewed").count() == 1


def test_instructors_give_time_and_the_student_has_it(client, attempt, instructor):
    before = attempt.deadline_at
    client.force_login(instructor)

    shown = client.post(
        url(attempt, "grant"), {"grant-minutes": "15", "grant-reason": "Fire drill"}, follow=True
    )

    attempt.refresh_from_db()
    assert attempt.deadline_at - before == timedelta(minutes=15)
    assert "Fire drill" in text(shown)
    assert AuditEvent.objects.get(action="time-granted").actor == instructor


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"grant-minutes": "0", "grant-reason": "x"},
        {"grant-minutes": "1441", "grant-reason": "x"},
        {"grant-minutes": "5", "grant-reason": " "},
    ],
)
def test_a_grant_that_is_refused_says_why_and_gives_nothing(client, attempt, instructor, data):
    client.force_login(instructor)

    shown = client.post(url(attempt, "grant"), data)

    assert (shown.status_code, TimeGrant.objects.count()) == (422, 0)
    assert "field-error" in text(shown)


def test_what_has_ended_gets_no_time(client, attempt, instructor):
    close(attempt)
    client.force_login(instructor)

    shown = client.post(
        url(attempt, "grant"), {"grant-minutes": "5", "grant-reason": "x"}, follow=True
    )

    assert "This sitting is over." in text(shown)
    assert not TimeGrant.objects.exists()


@pytest.mark.parametrize("act", ["grant", "decide"])
def test_assistants_look_and_do_not_act(client, attempt, assistant, act):
    send_late(attempt, RIGHT)
    client.force_login(assistant)

    assert "Question 1" in text(client.get(url(attempt)))
    assert 'name="late-do"' not in text(client.get(url(attempt)))
    assert client.post(url(attempt, act), {}).status_code == 404


def test_late_answers_are_accepted_and_undone(client, attempt, instructor):
    answer(attempt, [WRONG])
    events = send_late(attempt, RIGHT, RIGHT)
    client.force_login(instructor)
    assert text(client.get(url(attempt))).count("none yet") == 2

    data = {"late-events": events, "late-reason": "The line was down", "late-do": "accept"}
    shown = text(client.post(url(attempt, "decide"), data, follow=True))
    assert "the score was worked out again" in shown
    assert "2 of 2" in shown
    assert shown.count("The line was down") >= 2

    client.post(url(attempt, "decide"), {**data, "late-do": "decline"})
    assert [int(it.points) for it in attempt.scores.order_by("number")] == [0, 2, 0]


@pytest.mark.parametrize("missing", ["late-events", "late-reason", "late-do"])
def test_a_decision_is_complete_or_none(client, attempt, instructor, missing):
    data = {"late-events": send_late(attempt, RIGHT), "late-reason": "x", "late-do": "accept"}
    del data[missing]
    client.force_login(instructor)

    assert client.post(url(attempt, "decide"), data).status_code == 422
    assert attempt.scores.count() == 1


def test_the_same_decision_again_says_that_nothing_changed(client, attempt, instructor):
    data = {"late-events": send_late(attempt, RIGHT), "late-reason": "x", "late-do": "accept"}
    client.force_login(instructor)
    client.post(url(attempt, "decide"), data)

    shown = client.post(url(attempt, "decide"), data, follow=True)

    assert "Nothing has changed." in text(shown)
    assert attempt.scores.count() == 2


def test_what_arrived_is_listed_after_the_end(client, attempt, instructor):
    answer(attempt, [RIGHT])
    client.force_login(instructor)
    assert "Another page took over" not in text(client.get(url(attempt)))

    close(attempt)

    assert "End: handed in" in text(client.get(url(attempt)))


def test_the_rows_of_the_assignment_and_of_the_student_lead_here(client, attempt, instructor):
    classroom = attempt.assignment.classroom
    pages = [
        reverse("progress:class-assignment", args=[classroom.slug, attempt.assignment.public_id]),
        reverse("progress:class-student", args=[classroom.slug, attempt.student.public_id]),
    ]
    client.force_login(instructor)
    assert url(attempt) in text(client.get(pages[0]))

    close(attempt)

    for page in pages:
        assert url(attempt) in text(client.get(page))


def test_the_page_takes_a_fixed_number_of_statements(attempt, django_assert_max_num_queries):
    send_late(attempt, RIGHT, WRONG)
    found = sitting_of_class(attempt.assignment.classroom, attempt.public_id)

    with django_assert_max_num_queries(7):
        page = sitting_page(found, number=1)

    assert (page.undecided, len(page.receipts), len(page.others)) == (2, 3, 1)
    assert {line.name for line in page.terms} >= {"Minutes", "Extra time"}
