"""The ledger check sees each thing that must not be: the control of every other test here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.ledger import check_ledger, compare_pages, findings, read_books, shown_points
from tests.faults.portal import Portal
from tests.faults.students import Student

pytestmark = pytest.mark.slow

NUMBER = "SELECT id FROM quizzes_attempt WHERE public_id = %(attempt)s"
COPY_EVENT = """
    INSERT INTO quizzes_answerevent
        (attempt_id, item_id, kind, epoch, seq, payload, outcome, arrived_at)
    SELECT attempt_id, item_id, kind, epoch, seq + %(later)s, payload, outcome, arrived_at
    FROM quizzes_answerevent WHERE attempt_id = %(attempt)s AND seq = 1
"""
COPY_CLOSE = """
    INSERT INTO quizzes_answerevent (attempt_id, kind, payload, outcome, arrived_at)
    SELECT attempt_id, kind, payload, outcome, arrived_at
    FROM quizzes_answerevent WHERE attempt_id = %(attempt)s AND kind = 'close'
"""
COPY_SCORE = """
    INSERT INTO quizzes_score
        (attempt_id, number, reason, points, max_points, passed, item_shares, answers_hash)
    SELECT attempt_id, 2, reason, points, max_points, passed, item_shares, answers_hash
    FROM quizzes_score WHERE attempt_id = %(attempt)s
"""
EVENT = "UPDATE quizzes_answerevent SET {} WHERE attempt_id = %(attempt)s AND seq = 1"
ANSWER = "UPDATE quizzes_answer SET {} WHERE attempt_id = %(attempt)s"
SCORE = "UPDATE quizzes_score SET {} WHERE attempt_id = %(attempt)s"
ATTEMPT = "UPDATE quizzes_attempt SET {} WHERE id = %(attempt)s"
TAMPERED = {
    "lost": (
        "L1",
        "DELETE FROM quizzes_answerevent WHERE attempt_id = %(attempt)s AND seq = 1",
    ),
    "twice": ("L1", COPY_EVENT.replace("%(later)s", "0")),
    "another outcome": ("L1", EVENT.format("outcome = 'stale'")),
    "another answer stands": ("L2", ANSWER.format("seq = seq + 1")),
    "an answer is gone": ("L2", "DELETE FROM quizzes_answer WHERE attempt_id = %(attempt)s"),
    "other points": ("L3", SCORE.format("points = max_points - points - 1")),
    "another fingerprint": ("L3", SCORE.format("answers_hash = repeat('0', 64)")),
    "another payload": ("L4", EVENT.format("payload = '{}'")),
    "never sent": ("L4", COPY_EVENT.replace("%(later)s", "99")),
    "closed twice": ("L5", COPY_CLOSE),
    "graded twice": ("L5", COPY_SCORE),
    "open": ("L5", ATTEMPT.format("status = 'open', ended_at = NULL, processed_at = NULL")),
    "accepted too late": ("L6", EVENT.format("arrived_at = arrived_at + interval '1 day'")),
    "accepted after the close": (
        "L6",
        EVENT.format("recorded_at = recorded_at + interval '1 hour'"),
    ),
    "ended after the deadline": ("L6", ATTEMPT.format("ended_at = deadline_at + interval '1 s'")),
}


@pytest.fixture(scope="module")
def student(portal: Portal) -> Student:
    (student,) = portal.seat_answered(1)
    check_ledger(portal, [student])
    return student


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_found(portal: Portal, student: Student, name: str):
    line, statement = TAMPERED[name]
    shown = {student.attempt: shown_points(student)}
    ((attempt,),) = portal.rows(NUMBER, {"attempt": student.attempt})
    with portal.database() as database, database.cursor() as cursor:
        # Without the guards of the tables, and taken back in the end.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("ALTER TABLE quizzes_answerevent DROP CONSTRAINT event_key_once")
        cursor.execute("DROP INDEX event_one_close")
        cursor.execute(statement, {"attempt": attempt})
        assert cursor.rowcount > 0
        books = read_books(database, [student])
        database.rollback()

    assert line in {finding[:2] for finding in findings(books, [student], shown)}


def test_another_figure_on_the_result_page_is_found(portal: Portal, student: Student):
    with portal.database() as database:
        books = read_books(database, [student])
    right = {student.attempt: shown_points(student)}
    wrong = {student.attempt: right[student.attempt] + 1}

    assert findings(books, [student], right) == []
    assert [finding[:2] for finding in findings(books, [student], wrong)] == ["L3"]


def test_a_page_that_shows_another_answer_is_found(student: Student):
    believes = replace(student, told=dict.fromkeys([(1, 1), (1, 2)], "accepted"))

    assert {finding[:2] for finding in compare_pages(believes)} == {"L7"}
