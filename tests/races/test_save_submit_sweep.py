"""Savers, submitters and the sweeper at once, on real PostgreSQL with threads.

The protocol loses nothing; the variants that look right lose answers, and this
test catches them, which is how we know that it can fail.
"""

from __future__ import annotations

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Least

from certportal.lib.clock import db_now
from quizzes.engine.saving import read_batch
from quizzes.models import Answer, AnswerEvent, Attempt, AttemptItem, Score
from quizzes.models.evidence import ClockTimestamp
from quizzes.services import answering, closing, ledger
from quizzes.services.answering import save_entries
from quizzes.services.closing import answers_hash, submit_attempt, sweep
from quizzes.services.starting import start_mock
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt
from tests.factories.catalog import make_guide
from tests.factories.quizzes import ExamFactory, stock_guide

pytestmark = pytest.mark.django_db(transaction=True)

SAVES_EACH = 3


def _thread(work):
    try:
        return work()
    finally:
        connection.close()


def _together(jobs, *, workers=6):
    with ThreadPoolExecutor(workers) as pool:
        return [future.result() for future in [pool.submit(_thread, job) for job in jobs]]


def _save(attempt, seq, choice):
    body = json.dumps(
        {"epoch": 1, "entries": [{"seq": seq, "item": 1, "answer": {"choice": choice}}]}
    )
    reply = save_entries(
        public_id=attempt.public_id, student=attempt.student, batch=read_batch(body.encode())
    )
    return reply.entries[0]


def _run(attempts, seed=7):
    """Three savers and two submitters for every attempt, all mixed; returns the receipts."""
    rng = random.Random(seed)
    receipts, jobs = [], []
    for attempt in attempts:
        mine = [
            lambda a=attempt, s=seq: receipts.append(
                (a.pk, s, str(_save(a, s, rng.choice("abcd")).outcome))
            )
            for seq in range(1, 3 * SAVES_EACH + 1)
        ]
        mine += [lambda a=attempt: submit_attempt(public_id=a.public_id, student=a.student)] * 2
        rng.shuffle(mine)
        jobs += mine
    _together([*jobs, *([sweep] * 10)])
    for attempt in attempts:
        submit_attempt(public_id=attempt.public_id, student=attempt.student)
    return receipts


def _mismatches():
    """Attempts whose stored score is not the score of their stored answers."""
    wrong = []
    for attempt in Attempt.objects.closed().prefetch_related("items", "scores"):
        answers = dict(
            Answer.objects.filter(attempt=attempt).values_list("item__position", "payload")
        )
        stands = {item.position: answers.get(item.position) for item in attempt.items.all()}
        if [score.answers_hash for score in attempt.scores.all()] != [answers_hash(stands)]:
            wrong.append(attempt.pk)
    return wrong


def _check_ledger(receipts):
    events = {
        (attempt_id, seq): outcome
        for attempt_id, seq, outcome in AnswerEvent.objects.filter(kind="answer").values_list(
            "attempt_id", "seq", "outcome"
        )
    }
    assert {(attempt, seq): outcome for attempt, seq, outcome in receipts} == events
    accepted = AnswerEvent.objects.filter(kind="answer", outcome="accepted")
    last = {}
    for event in accepted.order_by("epoch", "seq"):
        last[event.item_id] = (event.epoch, event.seq)
    assert last == {a.item_id: (a.epoch, a.seq) for a in Answer.objects.all()}
    closes = AnswerEvent.objects.filter(kind="close").values_list("attempt_id", flat=True)
    assert sorted(closes) == sorted(Attempt.objects.values_list("pk", flat=True))
    assert not _accepted_after_the_end().exists()


def _accepted_after_the_end():
    accepted = AnswerEvent.objects.filter(kind="answer", outcome="accepted")
    return accepted.filter(recorded_at__gt=F("attempt__processed_at"))


def _attempts(count):
    student = UserFactory()
    attempts = [make_attempt("single", student=student) for _ in range(count)]
    now = db_now()
    for n, attempt in enumerate(attempts):
        if n % 3 == 0:
            # Due in the middle of the run, with hardly any grace.
            Attempt.objects.filter(pk=attempt.pk).update(
                deadline_at=now + timedelta(milliseconds=300 + 10 * n),
                grace=timedelta(milliseconds=50),
            )
    return attempts


def test_no_answer_is_lost_between_saving_submitting_and_sweeping(monkeypatch):
    monkeypatch.setattr(closing, "SWEEP_MARGIN", timedelta(milliseconds=20))
    attempts = _attempts(60)

    receipts = _run(attempts)

    assert _mismatches() == []
    _check_ledger(receipts)


@pytest.mark.slow
def test_six_hundred_attempts(monkeypatch):
    monkeypatch.setattr(closing, "SWEEP_MARGIN", timedelta(milliseconds=20))
    attempts = _attempts(600)

    receipts = _run(attempts)

    assert _mismatches() == []
    _check_ledger(receipts)


def _unlocked(public_id, student):
    return Attempt.objects.get(public_id=public_id, student=student)


def _grade_in_the_statement_that_closes(attempt, status):
    """Reads the answers before it waits for the row: the snapshot is too old."""
    score = closing._grade(attempt)
    changed = Attempt.objects.filter(pk=attempt.pk, status="open").update(
        status=status,
        ended_at=Least(ClockTimestamp(), F("deadline_at")),
        processed_at=ClockTimestamp(),
    )
    if changed:
        score.save(force_insert=True)


def _locked_too_weakly(public_id, student):
    """The lock that a foreign key takes: any number of transactions hold it at once."""
    with connection.cursor() as cursor:
        cursor.execute(ledger._LOCK.replace("NO KEY UPDATE", "KEY SHARE"), [public_id, student.pk])
        return Attempt.from_row(cursor.fetchone())


def _disable_guards():
    """The triggers and constraints would stop the wrong variants before the test sees them."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE quizzes_answer DISABLE TRIGGER USER")


def _enable_guards():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE quizzes_answer ENABLE TRIGGER USER")


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["no lock", "key share", "graded before the lock"])
def test_the_wrong_variants_are_caught(monkeypatch, variant):
    if variant == "graded before the lock":
        monkeypatch.setattr(closing, "lock_attempt", _unlocked)
        monkeypatch.setattr(closing, "_close", _grade_in_the_statement_that_closes)
    else:
        lock = _unlocked if variant == "no lock" else _locked_too_weakly
        monkeypatch.setattr(answering, "lock_attempt", lock)
    _disable_guards()
    try:
        _save_and_end_at_once(monkeypatch)
        assert _mismatches() != []
    finally:
        _enable_guards()


@pytest.mark.slow
def test_a_stamp_from_before_the_wait_is_caught(monkeypatch):
    """The scores are right, but answers were written after the sitting had ended."""
    monkeypatch.setattr(closing, "lock_attempt", _unlocked)
    _disable_guards()
    try:
        _save_and_end_at_once(monkeypatch)
        assert _mismatches() == []
        assert _accepted_after_the_end().exists()
    finally:
        _enable_guards()


def _save_and_end_at_once(monkeypatch):
    """Four saves and one end of each attempt, with time to meet."""
    pause, original = threading.Event(), ledger.write

    def slowly(*args):
        # Gives the other side the moment that a busy server gives it by itself.
        pause.wait(0.01)
        return original(*args)

    monkeypatch.setattr(ledger, "write", slowly)
    jobs = []
    for attempt in [make_attempt("single", student=UserFactory()) for _ in range(40)]:
        jobs += [lambda a=attempt, s=seq: _save(a, s, "abcd"[s % 4]) for seq in range(1, 5)]
        jobs.append(lambda a=attempt: submit_attempt(public_id=a.public_id, student=a.student))
    _together(jobs, workers=5)


PARALLEL = 50


def _all_at_once(act):
    """What fifty threads get who act at the same moment, each on a connection of its own."""
    barrier = threading.Barrier(PARALLEL)

    def wait_and_act():
        connection.ensure_connection()
        barrier.wait(60)
        return act()

    return _together([wait_and_act] * PARALLEL, workers=PARALLEL)


def test_fifty_parallel_starts_make_one_attempt():
    guide = make_guide(100)
    stock_guide(guide, each=25)
    exam, student = ExamFactory(guide=guide), UserFactory()

    started = _all_at_once(lambda: start_mock(student=student, exam=exam).pk)

    assert set(started) == {Attempt.objects.get().pk}
    assert AttemptItem.objects.count() == AttemptItem.objects.filter(attempt=started[0]).count()


def test_fifty_parallel_submits_grade_once():
    attempt = make_attempt("single")

    def submit():
        closed = submit_attempt(public_id=attempt.public_id, student=attempt.student)
        return closed.status, closed.ended_at, closed.processed_at

    assert len(set(_all_at_once(submit))) == 1
    assert Score.objects.count() == AnswerEvent.objects.filter(kind="close").count() == 1


def test_a_close_waits_for_an_answer_in_flight():
    attempt = make_attempt("single")
    holding, release = threading.Event(), threading.Event()

    def save_slowly():
        with transaction.atomic():
            _save(attempt, 1, "b")
            holding.set()
            release.wait(10)

    with ThreadPoolExecutor(2) as pool:
        saving = pool.submit(_thread, save_slowly)
        assert holding.wait(10)
        ending = pool.submit(
            _thread, lambda: submit_attempt(public_id=attempt.public_id, student=attempt.student)
        )
        with pytest.raises(TimeoutError):
            ending.result(timeout=0.3)
        release.set()
        saving.result(10)
        closed = ending.result(10)

    assert closed.scores.get().points == 1
