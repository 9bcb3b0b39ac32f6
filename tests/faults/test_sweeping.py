"""Attempts whose student does not end them: closed once, at their deadline, by whoever comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest

from tests.faults.conftest import Settle
from tests.faults.portal import Portal, until
from tests.faults.students import Student

pytestmark = pytest.mark.slow

WORKER = ("manage.py", "worker")
SWEEP = ("manage.py", "close_overdue_attempts")
CANNOT = "cannot be closed"
ENDED = ("expired", 1, 1)
OPEN = ("open", 0, 0)


def _all_are(portal: Portal, students: list[Student], status: tuple[str, int, int]) -> bool:
    return {portal.status(student) for student in students} == {status}


def test_the_worker_ends_what_its_student_left(portal: Portal, settle: Settle):
    students = portal.seat_answered(4)
    attempts = [student.attempt for student in students]

    with portal.process(*WORKER):
        # The clock is the real one, so the times of the answers stay true.
        portal.rows(_DUE_SOON, {"attempts": attempts})
        until(lambda: _all_are(portal, students, ENDED), patience=60)

    for after_grace, after_deadline in portal.rows(_WHEN_CLOSED, {"attempts": attempts}):
        assert timedelta(0) < after_grace < timedelta(seconds=60)
        assert after_deadline == timedelta(0)
    settle("F22 the student never returns", portal, students)


_DUE_SOON = """
    UPDATE quizzes_attempt SET deadline_at = clock_timestamp() + interval '0.5 s',
                               grace = interval '0.5 s'
    WHERE public_id = ANY(%(attempts)s::uuid[])
"""
_WHEN_CLOSED = """
    SELECT processed_at - (deadline_at + grace), ended_at - deadline_at
    FROM quizzes_attempt WHERE public_id = ANY(%(attempts)s::uuid[])
"""


def _read(name: str) -> Callable[[Student], object]:
    return lambda student: student.page(name)


def _state(student: Student) -> None:
    said = student.page("state").json
    assert (said["status"], said["remaining_ms"]) == ("expired", 0)


def _save(student: Student) -> None:
    assert student.answer() == "late"


def _take_over(student: Student) -> None:
    assert student.post("take-over", {}).json == {"epoch": 1}


def _submit(student: Student) -> None:
    assert student.end()["status"] == "expired"


def _home(student: Student) -> None:
    assert f"/attempts/{student.attempt}/q/" not in student.ask("GET", "/").text


READS: dict[str, Callable[[Student], object]] = {
    "question": _read("q/1"),
    "review": _read("review"),
    "result": _read("result"),
    "state": _state,
    "save": _save,
    "take over": _take_over,
    "submit": _submit,
    "home": _home,
    "exams": lambda student: student.ask("GET", "/exams/"),
}


def test_without_a_sweeper_whoever_reads_an_attempt_ends_it(portal: Portal, settle: Settle):
    readers = dict(zip(READS, portal.seat_answered(len(READS)), strict=True))
    left = portal.seat_answered(4)
    everybody = [*readers.values(), *left]
    portal.set_back(everybody, hours=3)

    found = {}
    for name, student in readers.items():
        READS[name](student)
        found[name] = portal.status(student)

    assert found == dict.fromkeys(READS, ENDED)
    for student in readers.values():
        assert student.page("q/1").status == HTTPStatus.FOUND
        assert not student.unkind
    assert _all_are(portal, left, OPEN)
    with portal.process(*WORKER):
        until(lambda: _all_are(portal, left, ENDED))
    settle("F23 sweeper down", portal, everybody)


def test_two_sweepers_take_different_attempts(portal: Portal, settle: Settle):
    students = portal.seat_answered(6)
    portal.set_back(students, hours=3)

    said = _two_sweeps(portal, *SWEEP)

    assert CANNOT not in said
    closed = [int(line.removeprefix("closed: ")) for line in said.splitlines()]
    assert min(closed) > 0
    settle("F24 two sweepers", portal, students)


def test_two_sweepers_without_a_lock_are_noticed(portal: Portal, settle: Settle):
    """The control of F24; that nothing is graded twice is then left to the constraints."""
    students = portal.seat_answered(2)
    portal.set_back(students, hours=3)

    said = _two_sweeps(portal, "-m", "tests.faults.wrong", "take-no-lock", in_the_same=True)

    assert CANNOT in said
    settle("F24 control: no lock", portal, students)


def _two_sweeps(portal: Portal, *arguments: str, in_the_same: bool = False) -> str:
    """Let two sweeps go on only when each has closed an attempt and not graded it yet."""
    with (
        portal.scores_held() as latch,
        portal.process(*arguments) as first,
        portal.process(*arguments) as second,
    ):
        if in_the_same:
            until(lambda: latch.waiting() and portal.rows(_WAITS_FOR_ANOTHER)[0][0])
        else:
            until(lambda: latch.waiting() == 2)
        latch.release()
        assert (first.result(), second.result()) == (0, 0)
        return first.said + second.said


_WAITS_FOR_ANOTHER = (
    "SELECT count(*)::int FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
)


_BREAK = """
    WITH item AS (
        SELECT item.id, attempt_id, question_id FROM quizzes_attemptitem AS item
        JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
        WHERE public_id = %(attempt)s AND position = %(question)s
    ), broken AS (
        INSERT INTO quizzes_questionrevision (question_id, number, measure, body, key, change)
        SELECT question_id, 1000 + attempt_id, 1, %(body)s, '{}', 'new' FROM item
        RETURNING id
    )
    UPDATE quizzes_attemptitem AS poisoned SET revision_id = broken.id
    FROM item, broken WHERE poisoned.id = item.id RETURNING poisoned.attempt_id
"""
# Texts that nobody can grade: a name that nobody knows, and a value of another kind.
_BODIES = ('{"kind": "gone"}', '{"kind": "numeric", "unit": "kg"}')
_FORGET_TERMS = "UPDATE quizzes_attempt SET terms = '{}' WHERE public_id = %(attempt)s RETURNING id"
POISONS = (
    *((_BREAK, {"body": body}) for body in _BODIES),
    (_FORGET_TERMS, {}),
)
_HEAL = """
    WITH items AS (
        UPDATE quizzes_attemptitem AS item SET revision_id = first.id
        FROM quizzes_questionrevision AS first
        WHERE first.question_id = item.question_id AND first.number = 1 AND item.attempt_id =
              (SELECT id FROM quizzes_attempt WHERE public_id = %(attempt)s)
    )
    UPDATE quizzes_attempt
    SET terms = (SELECT terms FROM quizzes_attempt WHERE terms <> '{}' LIMIT 1)
    WHERE public_id = %(attempt)s
"""


def _poison(portal: Portal, student: Student, poison: tuple[str, dict[str, str]]) -> int:
    """Poison a paper at a question that was answered; returns the number of its attempt."""
    statement, values = poison
    at = {"attempt": student.attempt, "question": student.sent[1, 1]["item"]}
    return portal.rows(statement, {**values, **at})[0][0]


def test_poisoned_attempts_keep_no_other_open(portal: Portal, settle: Settle):
    """The poisoned are the first in turn, so a sweep that stops at one closes nothing."""
    students = portal.seat_answered(len(POISONS) + 3)
    poisoned, healthy = students[: len(POISONS)], students[len(POISONS) :]
    portal.set_back(students, hours=3)
    portal.set_back(poisoned, hours=1)
    numbers = [_poison(portal, *pair) for pair in zip(poisoned, POISONS, strict=True)]

    with portal.process(*WORKER) as worker:
        until(lambda: _all_are(portal, healthy, ENDED))
        until(lambda: portal.get("/readyz").status == HTTPStatus.OK)
        said = worker.said

    assert _all_are(portal, poisoned, OPEN)
    for number in numbers:
        assert f"attempt {number} {CANNOT}" in said
    for student in poisoned:
        portal.rows(_HEAL, {"attempt": student.attempt})
    portal.sweep()
    assert _all_are(portal, students, ENDED)
    settle("F25 poisoned attempts", portal, students, len(poisoned))
