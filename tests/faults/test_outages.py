"""What a portal runs out of during an exam: disk, locks, connections, memory, its cache."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path

import psycopg2
import pytest

from tests.faults.conftest import Settle
from tests.faults.portal import Portal, until
from tests.faults.students import Student, answering

pytestmark = pytest.mark.slow

STUDENTS = 8
OK, UNAVAILABLE = HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE
NOTHING = 0


def _statuses(students: list[Student]) -> set[int]:
    return {status for student in students for status in student.statuses}


def _unkind(students: list[Student]) -> list[str]:
    return [complaint for student in students for complaint in student.unkind]


def _refused(students: list[Student]) -> int:
    return sum(student.statuses[UNAVAILABLE] for student in students)


# --- Disk -------------------------------------------------------------------------------------


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of a few megabytes, on which everybody may enter."""
    folder = Path("/tmp") / f"certportal-small-disk-{os.getpid()}"  # noqa: S108 - ours, by number
    folder.mkdir(mode=0o755)
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    mounted = subprocess.run(
        [*as_root, "mount", "-t", "tmpfs", "-o", "size=200m,mode=777", "tmpfs", str(folder)],
        check=False,
    )
    if mounted.returncode:
        folder.rmdir()
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("this machine lets nobody mount a small disk")
    yield folder
    subprocess.run([*as_root, "umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@contextmanager
def _database_on(portal: Portal, disk: Path) -> Iterator[None]:
    """Move all tables there; the log of PostgreSQL stays where it is."""
    account = portal.cluster.account_id
    place = disk / "tables"
    place.mkdir(mode=0o700)
    shutil.chown(place, account, account)
    with portal.down():
        move = "ALTER DATABASE certportal SET TABLESPACE small"
        for statement in (f"CREATE TABLESPACE small LOCATION '{place}'", move):
            portal.at_large(statement)
    yield


@contextmanager
def _full(disk: Path) -> Iterator[None]:
    """Take all the room that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    yield
    ballast.unlink()


def test_a_full_disk_is_a_503_until_there_is_room(mortal: Portal, small_disk: Path, settle: Settle):
    students = mortal.seat(STUDENTS)
    strikes = 2

    with _database_on(mortal, small_disk), answering(students) as more:
        for _ in range(strikes):
            more(50)
            before = _refused(students)
            with _full(small_disk):
                until(lambda: _refused(students) >= before + STUDENTS)  # noqa: B023 - at once
        more(50)

    assert _statuses(students) == {OK, UNAVAILABLE}
    assert _unkind(students) == []
    settle("F14 disk full", mortal, students, strikes)


# --- Locks and connections --------------------------------------------------------------------


def test_a_held_row_is_a_503_for_its_student_alone(portal: Portal, settle: Settle):
    students = portal.seat(STUDENTS)
    first, *others = students

    with answering(students) as more:
        more(30)
        with portal.database() as database, database.cursor() as cursor:
            cursor.execute(_LOCK, {"attempt": first.attempt})
            until(lambda: first.statuses[UNAVAILABLE] >= 2)
            more(30)
        more(30)

    assert _statuses([first]) == {OK, UNAVAILABLE}
    assert _statuses(others) == {OK}
    assert _unkind(students) == []
    settle("F15 row locked by another session", portal, students)


_LOCK = "SELECT 1 FROM quizzes_attempt WHERE public_id = %(attempt)s FOR UPDATE"


def test_without_free_connections_all_hear_503_at_once(mortal: Portal, settle: Settle):
    students = mortal.seat(STUDENTS)

    with answering(students) as more:
        more(50)
        with mortal.down(), ExitStack() as slots:
            _take_all_slots(mortal, slots)
            # Started without a database, as its old connections would still serve some.
            mortal.serve()
            before = _refused(students)
            until(lambda: _refused(students) >= before + 5 * STUDENTS)
            health = mortal.readiness()
            mortal.stop_serving()
        more(50)

    assert health == (UNAVAILABLE, {"status": "unavailable", "database": False})
    assert _statuses(students) == {OK, UNAVAILABLE, NOTHING}
    assert _unkind(students) == []
    settle("F16 no free connection", mortal, students)


def _take_all_slots(portal: Portal, slots: ExitStack) -> None:
    with contextlib.suppress(psycopg2.OperationalError):
        while True:
            connection = psycopg2.connect(portal.cluster.url())
            slots.callback(connection.close)


# --- Memory and cache -------------------------------------------------------------------------


def test_a_web_worker_without_memory_loses_nothing(portal: Portal, settle: Settle):
    """It gets no more, and is then killed, as the kernel does."""
    students = portal.seat(STUDENTS)
    strikes = 3

    with answering(students) as more:
        for _ in range(strikes):
            more(50)
            worker = min(until(portal.web_workers))
            resource.prlimit(worker, resource.RLIMIT_AS, (1, 1))
            more(50)
            os.kill(worker, signal.SIGKILL)
        more(50)

    assert sum(student.troubles for student in students) > 0, "no kill hit anybody"
    settle("F48 web worker out of memory", portal, students, strikes)


def test_an_emptied_cache_is_not_noticed(portal: Portal, settle: Settle):
    students = portal.seat(STUDENTS)
    strikes = 3

    with answering(students) as more:
        for _ in range(strikes):
            more(30)
            portal.act("forget")
        more(30)

    assert _statuses(students) == {OK}
    settle("F47 cache emptied", portal, students, strikes)
