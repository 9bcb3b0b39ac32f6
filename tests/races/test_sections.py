"""Leaving a section from many places at once, beside savers that are still at work."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from quizzes.engine.saving import read_batch
from quizzes.models import Answer, AnswerEvent, Attempt
from quizzes.services.answering import save_entries
from quizzes.services.sections import end_section
from tests.factories.attempts import cut_into_sections, make_attempt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def attempt():
    return cut_into_sections(make_attempt(*["single"] * 6), 2, 2, 2)


def _together(jobs, *, workers=8):
    def run(job):
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, jobs))


def _leave(attempt, section):
    end_section(public_id=attempt.public_id, student=attempt.student, section=section)


def test_many_presses_leave_one_section(attempt):
    _together([lambda: _leave(attempt, "s1")] * 24)

    assert Attempt.objects.get().section == "s2"
    assert AnswerEvent.objects.filter(kind="section").count() == 1


def test_what_is_saved_while_a_section_ends_counts_or_is_closed_never_both(attempt):
    def save(seq):
        entry = {"seq": seq, "item": 1, "answer": {"choice": "a" if seq % 2 else "b"}}
        batch = read_batch(json.dumps({"epoch": 1, "entries": [entry]}).encode())
        reply = save_entries(public_id=attempt.public_id, student=attempt.student, batch=batch)
        return seq, reply.entries[0].outcome

    def job(number):
        return (lambda: _leave(attempt, "s1")) if number == 12 else (lambda: save(number))

    outcomes = dict(filter(None, _together([job(number) for number in range(1, 25)])))

    left = AnswerEvent.objects.get(kind="section").pk
    answers = AnswerEvent.objects.filter(kind="answer")
    assert {event.seq for event in answers} == set(outcomes)
    for event in answers:
        assert event.outcome == outcomes[event.seq]
        assert (event.outcome == "closed") == (event.pk > left)
    accepted = [seq for seq, outcome in outcomes.items() if outcome == "accepted"]
    stands = Answer.objects.filter(item__position=1).values_list("seq", flat=True)
    assert list(stands) == ([max(accepted)] if accepted else [])
