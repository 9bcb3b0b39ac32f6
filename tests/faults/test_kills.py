"""Kills without warning, in the middle of saving and of closing: nothing acknowledged is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.conftest import Note, Settle
from tests.faults.ledger import findings, read_books
from tests.faults.portal import Portal, until
from tests.faults.students import answering

pytestmark = pytest.mark.slow

STUDENTS = 8


def test_killed_web_workers_lose_nothing(portal: Portal, settle: Settle):
    students = portal.seat(STUDENTS)
    strikes = 10

    with answering(students) as more:
        for _ in range(strikes):
            more(50)
            portal.kill_a_web_worker()
        more(50)

    assert sum(student.troubles for student in students) > 0, "no kill hit anybody"
    settle("F6 kill -9 web worker", portal, students, strikes)


def test_a_killed_database_loses_nothing(mortal: Portal, settle: Settle):
    students = mortal.seat(STUDENTS)
    strikes = 4

    with answering(students) as more:
        for _ in range(strikes):
            more(150)
            mortal.crash()
        more(150)

    assert sum(student.troubles for student in students) > 0, "no kill hit anybody"
    assert [complaint for student in students for complaint in student.unkind] == []
    settle("F11 kill -9 PostgreSQL", mortal, students, strikes)


def test_the_ledger_sees_what_a_forgetful_database_loses(mortal: Portal, note: Note):
    """F11 with synchronous_commit off: if nothing were lost, F11 would prove nothing."""
    mortal.cluster.stop()
    mortal.cluster.settings |= {"synchronous_commit": "off", "wal_writer_delay": "10s"}
    mortal.cluster.start()
    students = mortal.seat(STUDENTS)

    with answering(students) as more:
        more(300)
        mortal.crash()

    assert note("F11 control: synchronous_commit off", mortal, students, 1) > 0


def test_a_web_worker_killed_between_close_and_grade_leaves_no_half_close(
    portal: Portal, settle: Settle
):
    """The student's page asks again, and the attempt is closed and graded once."""
    students = portal.seat_answered(1)
    student = students[0]

    with portal.scores_held() as latch, ThreadPoolExecutor(1) as pool:
        ending = pool.submit(student.end)
        until(latch.waiting)
        portal.kill_the_web_workers()
        latch.release()
        until(lambda: not latch.waiting())
        said = ending.result()

    assert student.statuses[0] > 0, "the kill did not hit the request"
    assert said["status"] == "submitted"
    settle("F7 kill -9 web worker, closed but not graded", portal, students)


def test_the_sweeper_ends_what_a_killed_web_worker_did_not(portal: Portal, settle: Settle):
    """The student does not come back: half a close would never be graded."""
    students = portal.seat_answered(1)
    student = students[0]

    with portal.scores_held() as latch, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(student.post, "submit", {})
        until(latch.waiting)
        portal.kill_the_web_workers()
        assert asking.result().status == 0
    assert portal.status(student) == ("open", 0, 0)

    portal.set_back(students, hours=3)
    portal.sweep()

    assert portal.status(student) == ("expired", 1, 1)
    settle("F7 the same, and the student is gone", portal, students)


def test_a_sweeper_killed_between_close_and_grade_leaves_no_half_close(
    portal: Portal, settle: Settle
):
    students = portal.seat_answered(1)
    portal.set_back(students, hours=3)

    _kill_a_sweep(portal, "manage.py", "close_overdue_attempts")

    assert portal.status(students[0]) == ("open", 0, 0)
    portal.sweep()
    assert portal.status(students[0]) == ("expired", 1, 1)
    settle("F7 kill -9 sweeper, closed but not graded", portal, students)


def test_the_ledger_sees_a_close_in_two_transactions(portal: Portal):
    """F7 with a sweeper that commits the close before it grades: the score never comes."""
    students = portal.seat_answered(1)
    portal.set_back(students, hours=3)

    _kill_a_sweep(portal, "-m", "tests.faults.wrong", "commit-before-grading")

    portal.sweep()
    assert portal.status(students[0]) == ("expired", 0, 0)
    with portal.database() as database:
        found = findings(read_books(database, students), students, {})
    assert [finding[:2] for finding in found] == ["L3", "L5"]


def _kill_a_sweep(portal: Portal, *arguments: str) -> None:
    """Kill a sweep while its first attempt is closed but has no score yet."""
    with portal.scores_held() as latch, portal.process(*arguments) as sweeper:
        until(latch.waiting)
        sweeper.kill()
