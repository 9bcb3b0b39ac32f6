"""Payloads that no page sends: refused or a 400, nothing stored, never a fault of the portal."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.conftest import Settle
from tests.faults.portal import Portal
from tests.faults.students import TOKEN, Student

pytestmark = pytest.mark.slow

NUMBERS = st.sampled_from(
    [-1, 0, 2**31, 2**63, 2**64, 10**400, 0.5, 1e308, True, None, "1", "", []]
)
TEXTS = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(
    ["\0", "\ud800", "' OR 1=1"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
GOOD = {"seq": 1000, "item": 1, "answer": {"choice": "a"}}
_WRONG = {
    "seq": NUMBERS | JSON.filter(lambda it: type(it) is not int),
    "item": NUMBERS | st.integers(31) | JSON.filter(lambda it: type(it) is not int),
    "answer": st.fixed_dictionaries({"choice": TEXTS.filter(lambda it: it not in "abcd") | NUMBERS})
    | JSON.filter(lambda it: it is not None and not isinstance(it, dict)),
    "final": st.just(True) | JSON.filter(lambda it: it is not False),
    "mark": JSON,
}
ENTRIES = st.sampled_from(sorted(_WRONG)).flatmap(
    lambda name: st.builds(lambda value: {**GOOD, name: value}, _WRONG[name])
)
BODIES = st.fixed_dictionaries(
    {"epoch": st.just(1) | NUMBERS, "entries": st.lists(ENTRIES | JSON, min_size=1, max_size=3)}
)
RAW = st.binary(max_size=200) | st.sampled_from(
    [b"", b"\0", b"[" * 60_000, b'{"epoch": 1, "entries": [NaN]}', b" " * 65_537]
)


def test_what_no_page_sends_is_refused_and_not_stored(portal: Portal, settle: Settle):
    (student,) = portal.seat_answered(1)
    before = _events(portal, student)
    sent: list[int] = []

    @settings(max_examples=300, suppress_health_check=list(HealthCheck), database=None)
    @given(BODIES.map(lambda body: json.dumps(body).encode()) | RAW)
    def send(body: bytes) -> None:
        status, reply = _post(student, body)
        sent.append(status)
        if status == HTTPStatus.OK:
            outcomes = {entry["outcome"] for entry in reply["entries"]}
            assert outcomes <= {"refused"}
        else:
            assert status in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}

    send()

    assert {HTTPStatus.OK, HTTPStatus.BAD_REQUEST} <= set(sent)
    assert _events(portal, student) == before
    settle("F50 payloads that no page sends", portal, [student], len(sent))


def test_5_mb_are_not_read(portal: Portal, settle: Settle):
    (student,) = portal.seat(1)

    # Nothing comes back where the portal hangs up in the middle of the body.
    assert _post(student, b" " * 5_000_000)[0] in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, 0}
    assert _events(portal, student) == 0
    assert student.answer() == "accepted"
    settle("F50 a body of 5 MB", portal, [student])


def test_a_good_entry_beside_bad_ones_is_stored(portal: Portal, settle: Settle):
    """The control: the refused ones of F50 are refused for what is wrong with them."""
    (student,) = portal.seat(1)
    entry = student.next_entry()
    body = {"epoch": 1, "entries": [{**entry, "seq": -1}, entry, {**entry, "item": 31}]}

    status, reply = _post(student, json.dumps(body).encode())

    assert status == HTTPStatus.OK
    assert [said["outcome"] for said in reply["entries"]] == ["refused", "accepted", "refused"]
    student.told[1, 1] = "accepted"
    settle("F50 control: a good entry between bad ones", portal, [student])


def _events(portal: Portal, student: Student) -> int:
    return portal.rows(_COUNT, {"attempt": student.attempt})[0][0]


_COUNT = """
    SELECT count(*)::int FROM quizzes_answerevent AS event
    JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id WHERE public_id = %(attempt)s
"""


def _post(student: Student, body: bytes) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", student.port, timeout=student.patience)
    headers = {
        "Cookie": f"sessionid={student.session}; csrftoken={TOKEN}",
        "X-CSRFToken": TOKEN,
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    with closing(connection):
        try:
            connection.request("POST", f"/attempts/{student.attempt}/answers/", body, headers)
            with connection.getresponse() as response:
                return response.status, json.loads(response.read())
        except ConnectionError:
            return 0, None
