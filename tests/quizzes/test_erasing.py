"""Erasing a person blanks what they typed and keeps what they chose."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from certportal.accounts.services.erasing import erase_person
from quizzes.engine.saving import read_batch
from quizzes.services.answering import save_entries
from quizzes.services.closing import submit_attempt
from tests.factories.attempts import make_attempt

pytestmark = pytest.mark.django_db

CANARY = "my-name-is-canary"


def test_typed_text_goes_and_choices_and_scores_stay():
    attempt = make_attempt("short_text", "single", "short_text", "numeric")
    body = {
        "epoch": 1,
        "entries": [
            {"seq": 1, "item": 1, "answer": {"text": CANARY}, "note": CANARY},
            {"seq": 2, "item": 2, "answer": {"choice": "b"}},
            {"seq": 3, "item": 3, "answer": {"text": "median"}},
            {"seq": 4, "item": 4, "answer": {"value": CANARY}},
        ],
    }
    save_entries(
        public_id=attempt.public_id,
        student=attempt.student,
        batch=read_batch(json.dumps(body).encode()),
    )
    submit_attempt(public_id=attempt.public_id, student=attempt.student)

    erase_person(attempt.student, by=attempt.student)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payload::text FROM quizzes_answer UNION ALL "
            "SELECT payload::text FROM quizzes_answerevent"
        )
        dump = " ".join(row[0] for row in cursor.fetchall())
    assert CANARY not in dump
    answers = {a.item.position: a.payload for a in attempt.answers.select_related("item")}
    assert answers == {
        1: {"text": "[erased]"},
        2: {"choice": "b"},
        3: {"text": "[erased]"},
        4: {"value": "[erased]"},
    }
    assert attempt.scores.get().points == 2
