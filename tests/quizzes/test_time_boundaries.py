"""Both sides of every moment at which a sitting changes, an instant apart, by a stopped clock."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from quizzes.engine.saving import read_batch
from quizzes.engine.sitting import Phase
from quizzes.models import Attempt
from quizzes.selectors.sittings import sitting
from quizzes.services.answering import save_entries, save_form, take_over
from quizzes.services.closing import IDLE_PRACTICE, SWEEP_MARGIN, submit_attempt, sweep
from tests.factories.attempts import make_attempt
from tests.factories.clock import StoppedClock

pytestmark = pytest.mark.django_db

INSTANT = timedelta(microseconds=1)
LIMIT = timedelta(minutes=60)
GRACE = timedelta(seconds=30)
ENTRY = {"item": 1, "answer": {"choice": "b"}}


@pytest.fixture
def clock():
    return StoppedClock()


@pytest.fixture
def attempt(clock):
    return make_attempt("single", left=LIMIT, now=clock.now)


def _who(attempt):
    return {"public_id": attempt.public_id, "student": attempt.student}


def _save(attempt):
    body = json.dumps({"epoch": 1, "entries": [{"seq": 1, **ENTRY}]}).encode()
    return save_entries(**_who(attempt), batch=read_batch(body))


def _status(attempt):
    return Attempt.objects.get(pk=attempt.pk).status


AROUND_THE_GRACE = [
    (LIMIT - INSTANT, True),
    (LIMIT, True),
    (LIMIT + GRACE - INSTANT, True),
    (LIMIT + GRACE, True),
    (LIMIT + GRACE + INSTANT, False),
]


@pytest.mark.parametrize(("after", "in_time"), AROUND_THE_GRACE)
def test_an_answer_counts_up_to_the_last_instant_of_the_grace(clock, attempt, after, in_time):
    clock.tick(after)

    reply = _save(attempt)

    assert reply.entries[0].outcome == ("accepted" if in_time else "late")
    assert reply.status == ("open" if in_time else "expired")


@pytest.mark.parametrize(("after", "in_time"), AROUND_THE_GRACE)
def test_a_form_counts_as_long_as_a_script(clock, attempt, after, in_time):
    clock.tick(after)

    reply = save_form(**_who(attempt), entries=[ENTRY])

    assert reply.entries[0].outcome == ("accepted" if in_time else "late")
    # A form that comes too late takes nothing over.
    assert reply.epoch == (2 if in_time else 1)


@pytest.mark.parametrize(("after", "in_time"), AROUND_THE_GRACE)
def test_an_end_by_the_student_is_one_up_to_the_last_instant(clock, attempt, after, in_time):
    clock.tick(after)

    closed = submit_attempt(**_who(attempt))

    assert closed.status == ("submitted" if in_time else "expired")
    assert closed.ended_at == min(clock.now, attempt.deadline_at)
    assert closed.processed_at == clock.now


@pytest.mark.parametrize(("after", "in_time"), AROUND_THE_GRACE)
def test_a_page_may_take_over_up_to_the_last_instant(clock, attempt, after, in_time):
    clock.tick(after)

    assert take_over(**_who(attempt)) == (2 if in_time else 1)
    assert _status(attempt) == ("open" if in_time else "expired")


@pytest.mark.parametrize(
    ("after", "phase", "remaining"),
    [
        (LIMIT - timedelta(milliseconds=1), Phase.OPEN, 1),
        (LIMIT - INSTANT, Phase.OPEN, 0),
        (LIMIT, Phase.GRACE, 0),
        (LIMIT + GRACE, Phase.GRACE, 0),
        (LIMIT + GRACE + INSTANT, Phase.OVERDUE, 0),
    ],
)
def test_a_sitting_changes_its_phase_at_the_instant(clock, attempt, after, phase, remaining):
    clock.tick(after)

    found = sitting(attempt.public_id, attempt.student)

    assert found.phase is phase
    assert attempt.clock.remaining_ms(clock.now) == remaining


@pytest.mark.parametrize(
    ("after", "status", "shows_question"),
    [
        (LIMIT - INSTANT, 200, True),
        (LIMIT, 200, False),
        (LIMIT + GRACE, 200, False),
        (LIMIT + GRACE + INSTANT, 302, False),
    ],
)
def test_a_question_is_shown_until_the_deadline(
    clock, attempt, client, after, status, shows_question
):
    client.force_login(attempt.student)
    clock.tick(after)

    reply = client.get(reverse("quizzes:attempt-question", args=[attempt.public_id, 1]))

    assert reply.status_code == status
    assert (b'name="choice"' in reply.content) is shows_question
    # Nobody but the student ends it while the grace runs.
    assert _status(attempt) == ("open" if status == 200 else "expired")


@pytest.mark.parametrize(
    ("after", "closed"),
    [
        (LIMIT + GRACE + SWEEP_MARGIN - INSTANT, 0),
        (LIMIT + GRACE + SWEEP_MARGIN, 0),
        (LIMIT + GRACE + SWEEP_MARGIN + INSTANT, 1),
    ],
)
def test_the_sweeper_waits_for_its_margin(clock, attempt, after, closed):
    assert timedelta(seconds=5) == SWEEP_MARGIN
    clock.tick(after)

    assert sweep() == closed

    stored = Attempt.objects.get(pk=attempt.pk)
    assert stored.ended_at == (attempt.deadline_at if closed else None)


A_WEEK = [(-INSTANT, 0), (timedelta(0), 1), (INSTANT, 1)]


@pytest.mark.parametrize(("after", "closed"), A_WEEK)
def test_a_practice_nobody_answered_is_idle_a_week_after_its_start(clock, after, closed):
    assert timedelta(days=7) == IDLE_PRACTICE
    practice = make_attempt("single", mode="practice", now=clock.now)
    clock.set(practice.started_at + IDLE_PRACTICE + after)

    assert sweep() == closed


@pytest.mark.parametrize(("after", "closed"), A_WEEK)
def test_a_practice_is_idle_a_week_after_its_last_answer(clock, after, closed):
    practice = make_attempt("single", mode="practice", now=clock.now)
    clock.tick(timedelta(days=3))
    _save(practice)
    clock.tick(IDLE_PRACTICE + after)

    assert sweep() == closed
