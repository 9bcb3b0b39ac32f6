"""Ending an attempt: once, gradable, at the right time, whoever asks."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from certportal.lib.clock import db_now
from quizzes.engine.saving import read_batch
from quizzes.models import AnswerEvent, Attempt, QuestionRevision
from quizzes.services.answering import save_entries
from quizzes.services.closing import answers_hash, grade_ungraded, submit_attempt, sweep
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt, shift_clock

pytestmark = pytest.mark.django_db

RIGHT = {
    "single": {"choice": "b"},
    "multiple": {"choices": ["a", "c"]},
    "true_false": {"choice": "a"},
    "ordering": {"order": ["c", "a", "b"]},
    "matching": {"pairs": {"p1": "a", "p2": "b"}},
    "numeric": {"value": "90"},
    "short_text": {"text": "Median"},
}


def put(attempt, *answers):
    entries = [
        {"seq": attempt.events.count() + n, "item": n, "answer": answer}
        for n, answer in enumerate(answers, start=1)
    ]
    body = json.dumps({"epoch": 1, "entries": entries}).encode()
    save_entries(public_id=attempt.public_id, student=attempt.student, batch=read_batch(body))


def submit(attempt):
    return submit_attempt(public_id=attempt.public_id, student=attempt.student)


def test_every_kind_is_graded_at_the_end():
    attempt = make_attempt(*RIGHT)
    put(attempt, *RIGHT.values())

    closed = submit(attempt)

    score = closed.scores.get()
    assert (score.points, score.max_points, score.passed) == (7, 7, True)
    assert set(score.item_shares.values()) == {"1"}
    assert score.answers_hash == answers_hash(dict(enumerate(RIGHT.values(), start=1)))


def test_unanswered_counts_as_wrong_and_multiple_is_all_or_nothing_in_mocks():
    attempt = make_attempt("single", "multiple", "multiple")
    put(attempt, None, {"choices": ["a"]}, {"choices": ["a", "c"]})

    score = submit(attempt).scores.get()

    assert (score.points, score.passed) == (1, False)
    assert score.item_shares == {"1": "0", "2": "0", "3": "1"}


def test_practice_gives_part_of_a_point_and_no_pass():
    attempt = make_attempt("multiple", mode="practice")
    put(attempt, {"choices": ["a"]})

    score = submit(attempt).scores.get()

    assert score.passed is None
    assert score.item_shares == {"1": "1/2"}


def test_asking_twice_ends_once():
    attempt = make_attempt()

    first = submit(attempt)
    second = submit(attempt)

    assert (first.ended_at, second.status) == (second.ended_at, "submitted")
    assert attempt.scores.count() == 1
    assert attempt.events.filter(kind="close").count() == 1


def test_a_stranger_cannot_end_it():
    attempt = make_attempt()

    with pytest.raises(Attempt.DoesNotExist):
        submit_attempt(public_id=attempt.public_id, student=UserFactory())
    attempt.refresh_from_db()
    assert attempt.status == "open"


@pytest.mark.parametrize(
    ("left", "status"),
    [
        (timedelta(minutes=1), "submitted"),
        (timedelta(seconds=-10), "submitted"),
        (timedelta(seconds=-40), "expired"),
    ],
)
def test_the_end_is_never_after_the_deadline(left, status):
    attempt = make_attempt()
    shift_clock(attempt, left=left)

    closed = submit(attempt)

    assert closed.status == status
    assert closed.ended_at <= attempt.deadline_at
    assert closed.processed_at >= closed.ended_at


def test_the_sweeper_closes_what_is_overdue_and_nothing_else():
    overdue, grace, running = (make_attempt() for _ in range(3))
    shift_clock(overdue, left=timedelta(seconds=-36))
    shift_clock(grace, left=timedelta(seconds=-29))

    assert sweep() == 1

    states = {a.pk: a.status for a in Attempt.objects.all()}
    assert states == {overdue.pk: "expired", grace.pk: "open", running.pk: "open"}
    overdue.refresh_from_db()
    assert overdue.ended_at == overdue.deadline_at
    assert sweep() == 0


@pytest.mark.parametrize(
    "body", [{"kind": "gone"}, {"kind": "numeric", "unit": "kg"}, ["no document"]]
)
def test_one_poisoned_attempt_does_not_keep_the_others_open(caplog, body):
    poisoned, healthy = make_attempt(), make_attempt()
    put(poisoned, {"choice": "a"})
    item = poisoned.items.first()
    broken = QuestionRevision.objects.create(question=item.question, number=2, body=body, key={})
    poisoned.items.filter(pk=item.pk).update(revision=broken)
    for attempt in (poisoned, healthy):
        shift_clock(attempt, left=timedelta(minutes=-10))

    assert sweep() == 1

    assert set(Attempt.objects.closed()) == {healthy}
    assert "cannot be closed" in caplog.text


def _ended_without_a_grade(*, noted: bool):
    """As a hand at the database may leave it."""
    attempt = make_attempt("single")
    put(attempt, {"choice": "b"})
    now = db_now()
    Attempt.objects.filter(pk=attempt.pk).update(status="submitted", ended_at=now, processed_at=now)
    if noted:
        AnswerEvent.objects.create(attempt=attempt, kind="close", outcome="system", arrived_at=now)
    return attempt


@pytest.mark.parametrize("noted", [False, True])
def test_what_ended_without_a_grade_is_graded_once(noted, django_capture_on_commit_callbacks):
    attempt = _ended_without_a_grade(noted=noted)
    running, graded, voided = (make_attempt("single") for _ in range(3))
    submit(graded)
    Attempt.objects.filter(pk=voided.pk).update(
        status="voided", ended_at=db_now(), processed_at=db_now()
    )

    with django_capture_on_commit_callbacks() as told:
        assert (grade_ungraded(), grade_ungraded()) == (1, 0)

    score = attempt.scores.get()
    assert (score.points, score.answers_hash) == (1, answers_hash({1: {"choice": "b"}}))
    assert attempt.events.filter(kind="close").count() == 1
    assert len(told) == 1
    counts = [it.scores.count() for it in (running, graded, voided)]
    assert counts == [0, 1, 0]
    attempt.refresh_from_db()
    assert attempt.status == "submitted"


def test_a_paper_that_cannot_be_graded_keeps_no_other_from_its_grade(caplog):
    poisoned, healthy = (_ended_without_a_grade(noted=False) for _ in range(2))
    item = poisoned.items.get()
    broken = QuestionRevision.objects.create(question=item.question, number=2, body={}, key={})
    poisoned.items.update(revision=broken)

    assert grade_ungraded() == 1

    assert (poisoned.scores.count(), healthy.scores.count()) == (0, 1)
    assert f"attempt {poisoned.pk} cannot be closed" in caplog.text


def test_idle_practice_ends_after_a_week_and_lively_practice_goes_on():
    idle, lively, young = (make_attempt(mode="practice") for _ in range(3))
    old = db_now() - timedelta(days=8)
    Attempt.objects.filter(pk__in=[idle.pk, lively.pk]).update(started_at=old)
    put(lively, {"choice": "a"})

    assert sweep() == 1

    assert set(Attempt.objects.open()) == {lively, young}


def test_replaying_the_log_rebuilds_the_answers():
    attempt = make_attempt("single", "single")
    put(attempt, {"choice": "a"}, {"choice": "b"})
    put(attempt, {"choice": "c"})
    submit(attempt)

    rebuilt = {}
    accepted = AnswerEvent.objects.filter(attempt=attempt, kind="answer", outcome="accepted")
    for event in accepted.order_by("epoch", "seq"):
        rebuilt[event.item_id] = event.payload["answer"]

    assert rebuilt == dict(attempt.answers.values_list("item_id", "payload"))
