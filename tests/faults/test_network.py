"""Networks that lose, delay, reorder and never answer, on either side of the web server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest

from tests.faults.conftest import Note, Settle
from tests.faults.ledger import compare_pages, findings, read_books
from tests.faults.portal import Portal, until
from tests.faults.proxy import Proxy
from tests.faults.students import Student, answering

pytestmark = pytest.mark.slow

STUDENTS = 8
IMPATIENT = 1.0
"""Seconds; a page gives up after eight, and waits no other way."""


@pytest.fixture
def network(portal: Portal) -> Iterator[Proxy]:
    with portal.network() as network:
        yield network


def _repeated(students: list[Student]) -> int:
    return sum(student.repeated for student in students)


def test_what_was_saved_and_not_confirmed_is_one_event(
    portal: Portal, network: Proxy, settle: Settle
):
    students = portal.seat(STUDENTS, port=network.port)
    network.swallow_after = b"/answers/"

    with answering(students) as more:
        for _ in range(5):
            more(20)
            network.to_swallow = 4
            until(lambda: not network.to_swallow)
        more(20)

    assert network.swallowed == 20
    # Not 20: the retry of one may be the next whose response is lost.
    assert 0 < _repeated(students) <= 20
    settle("F2 response lost after commit", portal, students, network.swallowed)


def test_the_ledger_sees_a_client_that_takes_a_new_number_to_try_again(
    portal: Portal, network: Proxy, note: Note
):
    """The control of F2: what is sent anew under another number is there twice."""
    (student,) = portal.seat(1, port=network.port)
    network.swallow_after, network.to_swallow = b"/answers/", 1
    entry = student.next_entry()

    assert student.post("answers", {"epoch": 1, "entries": [entry]}).status == 0
    forgotten = student.sent.pop((1, 1))
    again = {**entry, "seq": 2}
    student.sent[1, 2] = again
    assert student.send(again) == "accepted"

    with portal.database() as database:
        found = findings(read_books(database, [student]), [student], {})
    assert f"L4 stored, but not sent: {student.attempt} 1/1" in found[0]
    student.sent[1, 1] = forgotten
    note("F2 control: a new number for a retry", portal, [student], 1)


def test_a_commit_that_the_database_could_not_confirm_is_one_event(portal: Portal, settle: Settle):
    with portal.database_network() as network:
        students = portal.seat(STUDENTS)
        network.swallow_after = b"COMMIT"
        with answering(students) as more:
            for _ in range(5):
                more(20)
                network.to_swallow = 2
                until(lambda: not network.to_swallow)
            more(20)

    assert network.swallowed == 10
    assert _repeated(students) > 0, "no commit of a save was hit"
    assert [it for student in students for it in student.unkind] == []
    settle("F2 the same, between portal and database", portal, students, network.swallowed)


def test_a_connection_that_never_answers_is_given_up(
    portal: Portal, network: Proxy, settle: Settle
):
    students = portal.seat(STUDENTS, port=network.port, patience=IMPATIENT)
    strikes = 2

    with answering(students) as more:
        for _ in range(strikes):
            more(30)
            before = sum(student.statuses[0] for student in students)
            with network.silent():
                until(lambda: _given_up(students) >= before + 2 * STUDENTS)  # noqa: B023 - at once
        more(30)

    settle("F3 half-open connections", portal, students, strikes)


def _given_up(students: list[Student]) -> int:
    return sum(student.statuses[0] for student in students)


def test_a_slow_network_that_loses_some_loses_no_answer(
    portal: Portal, network: Proxy, settle: Settle
):
    students = portal.seat(STUDENTS, port=network.port)
    network.delay, network.loss = 1.0, 0.05

    with answering(students) as more:
        until(lambda: network.lost > 0)
        more(2 * STUDENTS)

    network.delay = network.loss = 0
    settle("F4 2 s there and back, 5 % lost", portal, students, network.lost)


def test_what_comes_late_does_not_undo_what_came_after(
    portal: Portal, network: Proxy, settle: Settle
):
    students = portal.seat(STUDENTS)

    for student in students:
        _overtake(student, network)
        student.answer()

    for student in students:
        assert student.told == {(1, 1): "stale", (1, 2): "accepted", (1, 3): "accepted"}
    settle("F5 requests reordered", portal, students, len(students))


def _overtake(student: Student, network: Proxy) -> None:
    """Let the first answer to a question arrive after the second."""
    old = student.next_entry()
    other = "b" if old["answer"] == {"choice": "a"} else "a"
    new = {**student.next_entry(), "item": old["item"], "answer": {"choice": other}}
    student.sent[1, new["seq"]] = new
    straight, student.port = student.port, network.port
    with ThreadPoolExecutor(1) as pool:
        with network.holding():
            late = pool.submit(student.send, old)
            until(lambda: network.held)
            student.port = straight
            student.send(new)
        late.result()


def test_a_page_that_believes_what_came_last_is_noticed(portal: Portal, network: Proxy):
    """The control of F5: were the old answer to stand, its student would be shown another."""
    (student,) = portal.seat(1)
    _overtake(student, network)

    student.told = {(1, 1): "accepted", (1, 2): "stale"}

    assert {finding[:2] for finding in compare_pages(student)} == {"L7"}


def test_a_server_that_is_away_is_waited_for(portal: Portal, settle: Settle):
    students = portal.seat(STUDENTS)

    with answering(students) as more:
        more(50)
        with portal.down():
            time.sleep(10)
        more(50)

    assert {status for student in students for status in student.statuses} <= {HTTPStatus.OK, 0}
    settle("F9 server down for 10 s", portal, students)
