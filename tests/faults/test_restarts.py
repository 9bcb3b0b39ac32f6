"""Web servers and database connections that come and go during an exam."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest

from tests.faults.conftest import Settle
from tests.faults.portal import ROOT, Portal, until
from tests.faults.students import Reply, Student, answering

pytestmark = pytest.mark.slow

STUDENTS = 8
OK = HTTPStatus.OK
NOTHING = 0


def _statuses(students: list[Student]) -> set[int]:
    return {status for student in students for status in student.statuses}


def _unkind(students: list[Student]) -> list[str]:
    return [complaint for student in students for complaint in student.unkind]


def test_new_web_workers_are_not_noticed(portal: Portal, settle: Settle):
    students = portal.seat(STUDENTS)
    strikes = 3

    with answering(students) as more:
        for _ in range(strikes):
            more(50)
            portal.renew_the_web_workers()
        more(50)

    assert _statuses(students) == {OK}
    settle("F8 HUP of gunicorn", portal, students, strikes)


def _next_version(portal: Portal) -> dict[str, str]:
    """The environment of a version in which every script and style has another address."""
    sources, collected = portal.folder / "next-sources", portal.folder / "next-static"
    shutil.copytree(ROOT / "static", sources)
    for path in (*sources.rglob("*.js"), *sources.rglob("*.css")):
        path.write_text(f"{path.read_text()}\n/* changed */\n")
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings_next",
        "NEXT_STATIC": str(sources),
        "STATIC_ROOT": str(collected),
    }
    portal.run_python("manage.py", "collectstatic", "--noinput", "-v", "0", **environment)
    return environment


def _files_of(page: Reply) -> set[str]:
    return set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', page.text))


def test_the_page_of_an_old_version_goes_on_saving(portal: Portal, settle: Settle):
    *students, reader = portal.seat(STUDENTS)
    old_files = _files_of(reader.page("q/1"))
    environment = _next_version(portal)

    with answering(students) as more:
        more(50)
        portal.restart(**environment)
        more(50)
        new_files = _files_of(reader.page("q/1"))
        found = {reader.ask("GET", name).status for name in new_files}
        portal.restart()
        more(50)

    assert old_files
    assert not old_files & new_files, "the other version has the same files"
    assert found == {OK}
    assert _statuses([*students, reader]) <= {OK, NOTHING}
    settle("F8 restart with other static files", portal, students, 2)


def test_ended_database_connections_are_a_short_503(portal: Portal, settle: Settle):
    *students, reader = portal.seat(STUDENTS)
    strikes = 10

    with answering(students) as more, ThreadPoolExecutor(1) as pool:
        for number in range(1, strikes + 1):
            reading = pool.submit(_read, reader, number)
            more(30)
            portal.end_all_connections()
            reading.result()
        more(30)

    everybody = [*students, reader]
    assert sum(student.troubles for student in students) > 0, "no strike hit anybody"
    assert _statuses(everybody) == {OK, HTTPStatus.SERVICE_UNAVAILABLE}
    assert _unkind(everybody) == []
    assert _after_all_connections_ended(portal, reader) == {OK}
    settle("F10 all backends terminated", portal, students, strikes)


def _read(reader: Student, number: int) -> None:
    for _ in range(5):
        reader.page(f"q/{number}")


def _after_all_connections_ended(portal: Portal, student: Student) -> set[int]:
    """What the first requests after the end of every idle connection are answered."""
    for _ in range(8):
        student.page("state")
    portal.end_all_connections()
    until(lambda: portal.connections() == 0)
    return {student.page("state").status for _ in range(8)}


def test_connections_that_nobody_looks_at_fail_the_next_request(portal: Portal):
    """The control of the last lines of F10: without the check of old connections they fail."""
    (student,) = portal.seat(1)
    portal.restart(DJANGO_SETTINGS_MODULE="tests.faults.settings_unchecked")
    try:
        found = _after_all_connections_ended(portal, student)
    finally:
        portal.restart()

    assert HTTPStatus.SERVICE_UNAVAILABLE in found
