"""What reached the portal, line by line, for the student and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from quizzes.engine.saving import Batch
from quizzes.models import AnswerEvent
from quizzes.selectors.receipts import RECEIPTS_A_PAGE, device_time, receipts
from quizzes.services.answering import save_entries, take_over
from quizzes.services.granting import grant_time
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt
from tests.factories.sittings import RIGHT, close

pytestmark = pytest.mark.django_db


def send(attempt, *entries, epoch=1):
    batch = Batch(epoch, tuple({"seq": n, **it} for n, it in enumerate(entries, start=1)))
    save_entries(public_id=attempt.public_id, student=attempt.student, batch=batch)


def lines(attempt):
    return [(row.position, row.what, row.outcome) for row in receipts(attempt, number=1)]


def test_everything_that_arrived_has_a_line_the_newest_first():
    attempt = make_attempt("single", "single")
    send(
        attempt,
        {"item": 1, "answer": RIGHT},
        {"item": 1, "answer": None},
        {"item": 2, "mark": {"flag": True}},
        {"item": 2, "mark": {"struck": ["a"]}},
        {"item": 2, "mark": {"seen": True}},
    )
    grant_time(attempt, by=UserFactory(), minutes=1, reason="Noise")
    take_over(public_id=attempt.public_id, student=attempt.student)
    send(attempt, *[{"item": 1, "answer": RIGHT}] * 6)
    close(attempt)
    send(attempt, {"item": 2, "answer": RIGHT}, epoch=2)

    assert lines(attempt) == [
        (2, "Answer", "After the end"),
        (None, "End: handed in", ""),
        (1, "Answer", "From a page that was taken over"),
        (None, "Another page took over", ""),
        (None, "1 more minute given", ""),
        (2, "First seen", "Saved"),
        (2, "Options struck out", "Saved"),
        (2, "Flag set", "Saved"),
        (1, "Answer taken back", "Saved"),
        (1, "Answer", "Saved"),
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2026-11-18T12:00:00.123Z", datetime(2026, 11, 18, 12, 0, 0, 123000, UTC)),
        ("2026-11-18T12:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("soon", None),
        (12, None),
        ("x" * 1000, None),
        (None, None),
    ],
)
def test_the_time_of_the_device_is_shown_if_it_is_one(said, told):
    assert device_time({"device_time": said}) == told
    assert device_time({"meta": {"device_time": said}}) == told


def test_a_device_that_lies_about_the_time_changes_nothing():
    attempt = make_attempt("single", left=timedelta(minutes=-10))
    send(attempt, {"item": 1, "answer": RIGHT, "device_time": "2020-01-01T00:00:00Z"})

    event = attempt.events.get(kind="answer")
    assert (event.outcome, event.payload["device_time"]) == ("late", "2020-01-01T00:00:00Z")
    late = next(row for row in receipts(attempt, number=1) if row.position)
    assert late.device_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert late.arrived_at == event.arrived_at


@pytest.mark.parametrize("page", ["1", "2", "3", "nonsense", "9" * 5000])
def test_many_lines_are_paged(client, page, django_assert_num_queries):
    attempt = close(make_attempt("single"))
    event = AnswerEvent.objects.get()
    AnswerEvent.objects.bulk_create(
        AnswerEvent(
            attempt=attempt,
            kind="take-over",
            epoch=number,
            outcome="accepted",
            arrived_at=event.arrived_at,
        )
        for number in range(2, RECEIPTS_A_PAGE + 2)
    )

    with django_assert_num_queries(2):
        found = receipts(attempt, number=page)

    assert len(found.object_list) == (1 if page in {"2", "3"} else RECEIPTS_A_PAGE)


def test_the_page_tells_neither_keys_nor_answers_and_ends_nothing(client):
    attempt = make_attempt("single", left=timedelta(minutes=-10))
    send(attempt, {"item": 1, "answer": RIGHT})
    running = make_attempt("single", left=timedelta(minutes=-10), student=attempt.student)
    client.force_login(attempt.student)

    for sat in (attempt, running):
        shown = client.get(reverse("quizzes:attempt-receipts", args=[sat.public_id]))
        assert shown.status_code == 200
        assert "choice" not in shown.content.decode()
    running.refresh_from_db()
    assert running.is_open


def test_nobody_else_finds_them(client):
    client.force_login(UserFactory())
    address = reverse("quizzes:attempt-receipts", args=[make_attempt().public_id])

    assert client.get(address).status_code == 404
