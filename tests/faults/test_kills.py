"""Kills in the middle of saving: nothing that was acknowledged is lost."""

from __future__ import annotations

import contextlib
import time

import pytest

from tests.faults.portal import Portal, check_ledger, lost, students_of

pytestmark = pytest.mark.slow

STUDENTS = 8
SECONDS = 8.0


@pytest.fixture
def portal():
    portal = Portal(STUDENTS)
    yield portal
    portal.close()


def _drive(portal, fault, *, every, seconds=SECONDS):
    """Let everybody answer while `fault` strikes again and again."""
    students = students_of(portal, seconds)
    for student in students:
        student.start()
    end = time.monotonic() + seconds - 1
    strikes = 0
    while time.monotonic() < end:
        time.sleep(every)
        fault()
        strikes += 1
    for student in students:
        student.join(60)
        assert not student.is_alive()
    return students, strikes


def _report(name, students, strikes, gone):
    saved = sum(len(student.acknowledged) for student in students)
    repeated = sum(student.repeated for student in students)
    gap = max(student.longest_gap for student in students)
    print(
        f"{name}: {strikes} faults, {saved} acknowledged, {len(gone)} lost, "
        f"{repeated} retries already stored, longest gap {gap:.1f} s"
    )
    assert saved > 0


def test_killed_web_workers_lose_nothing(portal):
    students, strikes = _drive(portal, portal.kill_a_worker, every=0.7)

    _report("F6 kill -9 web worker", students, strikes, lost(portal, students))
    assert sum(student.troubles for student in students) > 0
    check_ledger(portal, students)


def test_a_killed_database_loses_nothing(portal):
    def crash():
        portal.cluster.kill()
        portal.cluster.start()

    students, strikes = _drive(portal, crash, every=2.0)

    _report("F11 kill -9 PostgreSQL", students, strikes, lost(portal, students))
    assert sum(student.troubles for student in students) > 0
    check_ledger(portal, students)


def test_the_ledger_sees_what_a_forgetful_database_loses():
    """The same kill with synchronous_commit off: if nothing were lost, F11 would prove nothing."""
    portal = Portal(STUDENTS)
    try:
        portal.cluster.stop()
        portal.cluster.settings |= {"synchronous_commit": "off", "wal_writer_delay": "10s"}
        portal.cluster.start()

        def crash():
            portal.cluster.kill()
            portal.cluster.start()

        students = students_of(portal, 4.0)
        for student in students:
            # A later start than the crash's end: what was acknowledged before it is counted.
            student.start()
        time.sleep(2.0)
        with contextlib.suppress(AssertionError):
            crash()
        for student in students:
            student.join(60)

        gone = lost(portal, students)
        _report("control: synchronous_commit off", students, 1, gone)
        assert gone != []
    finally:
        portal.close()
