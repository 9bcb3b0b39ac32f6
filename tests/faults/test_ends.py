"""Ends that meet others: a second click, a save, the sweeper, the last moment of the grace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.faults.conftest import Settle
from tests.faults.portal import Portal, until
from tests.faults.students import answering

pytestmark = pytest.mark.slow

SWEEP = ("manage.py", "close_overdue_attempts")


def _at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do these together; what each gave."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_clicks_on_the_end_are_one_close(portal: Portal, settle: Settle):
    students = portal.seat_answered(8)

    for student in students:
        replies = _at_once([student.end] * 4)
        assert replies[0]["status"] == "submitted"
        assert [reply for reply in replies if reply != replies[0]] == []

    settle("F17 four submits at once", portal, students, len(students))


def test_what_is_saved_while_the_exam_ends_counts_or_is_told_closed(portal: Portal, settle: Settle):
    students = portal.seat(16)

    with answering(students) as more:
        more(64)
        _at_once([student.end for student in students])
        more(64)

    told = {outcome for student in students for outcome in student.told.values()}
    assert told == {"accepted", "closed"}
    settle("F18 submit races save", portal, students, len(students))


def test_whoever_ends_an_overdue_attempt_the_other_finds_it_ended(portal: Portal, settle: Settle):
    students = portal.seat_answered(12)
    portal.set_back(students, hours=3)

    with portal.process(*SWEEP) as sweeper:
        replies = _at_once([student.end for student in students])
        assert sweeper.result() == 0

    assert {reply["status"] for reply in replies} == {"expired"}
    settle("F19 submit races sweeper", portal, students, len(students))


def test_a_submit_waits_for_the_sweeper_that_was_first(portal: Portal, settle: Settle):
    """The sweeper has closed and not graded yet: there is no score without its grade."""
    (student,) = students = portal.seat_answered(1)
    portal.set_back(students, hours=3)

    with portal.scores_held() as latch, portal.process(*SWEEP) as sweeper:
        until(latch.waiting)
        with ThreadPoolExecutor(1) as pool:
            ending = pool.submit(student.end)
            until(lambda: portal.rows(_WAITS_FOR_ROW)[0][0])
            latch.release()
            assert ending.result()["status"] == "expired"
        assert sweeper.result() == 0

    assert portal.status(student) == ("expired", 1, 1)
    settle("F19 the same, sweeper first", portal, students)


_WAITS_FOR_ROW = (
    "SELECT count(*)::int FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
)
_OVER_SOON = """
    UPDATE quizzes_attempt SET deadline_at = clock_timestamp() + interval '1.5 s',
                               grace = interval '1 s'
    WHERE public_id = ANY(%(attempts)s::uuid[])
"""
_WRONG_SIDE = """
    SELECT outcome, arrived_at - (deadline_at + grace)
    FROM quizzes_answerevent AS event JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
    WHERE public_id = ANY(%(attempts)s::uuid[]) AND kind = 'answer'
          AND (outcome = 'accepted') <> (arrived_at <= deadline_at + grace)
"""


def test_answers_count_to_the_last_moment_of_the_grace(portal: Portal, settle: Settle):
    students = portal.seat(16)
    attempts = {"attempts": [student.attempt for student in students]}

    with answering(students) as more:
        more(16)
        portal.rows(_OVER_SOON, attempts)
        until(lambda: all("late" in student.told.values() for student in students))

    assert portal.rows(_WRONG_SIDE, attempts) == []
    settle("F20 saves before and after the end of the grace", portal, students)


def test_an_answer_that_waited_past_the_grace_came_in_time(portal: Portal, settle: Settle):
    """When it arrived counts, not when the row was free."""
    (student,) = students = portal.seat_answered(1)
    attempts = {"attempts": [student.attempt]}
    portal.rows(_OVER_SOON, attempts)

    with ThreadPoolExecutor(1) as pool:
        with portal.database() as database, database.cursor() as cursor:
            until(lambda: portal.rows(_LEFT, attempts)[0][0] < 1)
            cursor.execute(_LOCK, attempts)
            saving = pool.submit(student.answer)
            until(lambda: portal.rows(_LEFT, attempts)[0][0] < 0)
        assert saving.result() == "accepted"

    assert student.troubles == 0
    settle("F20 an answer waited for its row past the grace", portal, students)


_LEFT = """
    SELECT extract(epoch FROM deadline_at + grace - clock_timestamp())::float
    FROM quizzes_attempt WHERE public_id = ANY(%(attempts)s::uuid[])
"""
_LOCK = "SELECT 1 FROM quizzes_attempt WHERE public_id = ANY(%(attempts)s::uuid[]) FOR UPDATE"
