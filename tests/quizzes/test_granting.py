"""Staff give a running sitting more time, and only forward."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from certportal.accounts.models import AuditEvent
from quizzes.models import AnswerEvent, TimeGrant
from quizzes.selectors.sittings import sitting
from quizzes.services import granting
from quizzes.services.granting import MOST_MINUTES, CannotGrantError, grant_time
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt
from tests.factories.sittings import RIGHT, answer, close

pytestmark = pytest.mark.django_db

GRACE = timedelta(seconds=30)


def grant(attempt, *, minutes=10, reason="The lights went out"):
    return grant_time(attempt, by=UserFactory(), minutes=minutes, reason=reason)


@pytest.mark.parametrize("minutes", [1, MOST_MINUTES])
def test_a_grant_moves_the_deadline_by_its_minutes(minutes):
    attempt = make_attempt()
    before = attempt.deadline_at

    grant(attempt, minutes=minutes)

    attempt.refresh_from_db()
    assert attempt.deadline_at - before == timedelta(minutes=minutes)
    left = sitting(attempt.public_id, attempt.student).remaining_ms
    assert left > minutes * 60_000


def test_a_grant_is_written_down_three_times():
    attempt = make_attempt()

    given = grant(attempt)

    assert (given.seconds, given.reason) == (600, "The lights went out")
    event = AnswerEvent.objects.get(attempt=attempt, kind="grant")
    assert (event.outcome, event.payload["seconds"]) == ("system", 600)
    row = AuditEvent.objects.get(action="time-granted")
    assert row.target == f"attempt:{attempt.public_id}"
    assert row.before["deadline_at"] < row.after["deadline_at"]


def test_grants_add_up():
    attempt = make_attempt()
    before = attempt.deadline_at

    grant(attempt)
    grant(attempt)

    attempt.refresh_from_db()
    assert attempt.deadline_at - before == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("after", "is_given"), [(timedelta(0), True), (GRACE, True), (GRACE * 1.001, False)]
)
def test_time_is_given_until_the_grace_is_over(monkeypatch, after, is_given):
    attempt = make_attempt()
    deadline = attempt.deadline_at
    monkeypatch.setattr(granting, "db_now", lambda: deadline + after)

    if is_given:
        grant(attempt)
    else:
        with pytest.raises(CannotGrantError, match="not_running"):
            grant(attempt)

    attempt.refresh_from_db()
    assert (attempt.deadline_at > deadline) == is_given
    assert attempt.is_open
    assert TimeGrant.objects.count() == is_given


def test_what_has_ended_gets_no_time():
    attempt = close(make_attempt())

    with pytest.raises(CannotGrantError, match="not_running"):
        grant(attempt)


def test_practice_has_no_time_to_grant():
    with pytest.raises(CannotGrantError, match="not_running"):
        grant(make_attempt(mode="practice"))


@pytest.mark.parametrize(
    ("minutes", "reason", "code"),
    [
        (0, "a reason", "no_minutes"),
        (-5, "a reason", "no_minutes"),
        (MOST_MINUTES + 1, "a reason", "no_minutes"),
        (5, "  ", "no_reason"),
    ],
)
def test_minutes_and_reason_are_needed(minutes, reason, code):
    attempt = make_attempt()

    with pytest.raises(CannotGrantError, match=code), transaction.atomic():
        grant(attempt, minutes=minutes, reason=reason)

    assert not AnswerEvent.objects.filter(attempt=attempt).exists()


def test_answers_count_in_the_time_that_was_given():
    attempt = make_attempt(left=timedelta(seconds=-20))
    grant(attempt)

    answer(attempt, [RIGHT])

    assert AnswerEvent.objects.get(attempt=attempt, kind="answer").outcome == "accepted"
