"""A whole course that begins and ends an exam in the same second."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest

from tests.faults.conftest import Settle, Tell
from tests.faults.portal import Portal
from tests.faults.students import Reply, Student

pytestmark = pytest.mark.slow

STUDENTS = 200
PATIENCE = 30.0
IN_TIME = 15.0


def test_200_students_begin_and_end_at_once(portal: Portal, settle: Settle, tell: Tell):
    given = portal.act("newcomers", str(STUDENTS))
    students = [
        Student(portal.port, session, attempt="", questions=30, patience=PATIENCE)
        for session in given["sessions"]
    ]

    starts = _together(students, lambda student: _begin(student, given["exam"]))
    saves = _together(students, lambda student: student.answer())
    ends = _together(students, lambda student: student.end())

    for what, waits in (("begun", starts), ("saved", saves), ("ended", ends)):
        in_time = sum(wait <= IN_TIME for wait in waits)
        tell(
            f"F49 {what} within {IN_TIME:.0f} s: {in_time} of {len(waits)}, last {max(waits):.1f} s"
        )
    assert len({student.attempt for student in students}) == STUDENTS
    settle("F49 200 begin and end at once", portal, students)


def _together(students: Sequence[Student], act: Callable[[Student], object]) -> list[float]:
    """Let all act in the same moment; how long each waited."""
    barrier = threading.Barrier(len(students))

    def wait_for(student: Student) -> float:
        barrier.wait()
        began = time.monotonic()
        act(student)
        return time.monotonic() - began

    with ThreadPoolExecutor(len(students)) as pool:
        waits = list(pool.map(wait_for, students))
    for student, wait in zip(students, waits, strict=True):
        student.longest_gap = max(student.longest_gap, wait)
    return waits


def _begin(student: Student, exam: str) -> None:
    begun = _until_told(lambda: student.ask("POST", f"/exams/{exam}/start/", ""))
    student.attempt = re.fullmatch(r"/attempts/(.+)/q/1/", begun.headers["Location"])[1]


def _until_told(ask: Callable[[], Reply]) -> Reply:
    limit = time.monotonic() + PATIENCE
    while (reply := ask()).status != HTTPStatus.FOUND:
        assert time.monotonic() < limit, reply
        time.sleep(0.2)
    return reply
