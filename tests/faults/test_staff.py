"""What other people do to an exam while it is sat."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest

from tests.faults.conftest import Settle
from tests.faults.portal import Portal, until
from tests.faults.students import Student, answering

pytestmark = pytest.mark.slow

_KEYS = """
    SELECT count(*) FILTER (WHERE newest.key <> frozen.key)::int, count(*)::int
    FROM quizzes_attemptitem AS item
    JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
    JOIN quizzes_questionrevision AS frozen ON frozen.id = item.revision_id
    JOIN LATERAL (
        SELECT key FROM quizzes_questionrevision AS one
        WHERE one.question_id = item.question_id ORDER BY number DESC LIMIT 1
    ) AS newest ON true
    WHERE public_id = %(attempt)s
"""


def test_questions_that_are_edited_and_retired_stay_as_they_were_drawn(
    portal: Portal, settle: Settle
):
    (student,) = students = portal.seat_answered(1)
    before = [_question(student, number) for number in range(1, 4)]

    with answering(students) as more:
        more(5)
        portal.act("edit", student.attempt)
        more(5)

    # The control: graded with what the questions are now, every share would be another.
    assert portal.rows(_KEYS, {"attempt": student.attempt}) == [(30, 30)]
    assert [_question(student, number) for number in range(1, 4)] == before
    # Others still draw from them.
    portal.act("restore")
    settle("F40 every question edited or retired", portal, students)


def _question(student: Student, number: int) -> list[str]:
    """The words of a question: what is asked, and its options."""
    page = student.page(f"q/{number}")
    assert page.status == HTTPStatus.OK
    form = page.text[page.text.index('id="answer"') : page.text.index("</form>")]
    return re.findall(r">\s*([^<>\s][^<>]*)<", form)


def test_time_that_was_granted_counts_at_once(portal: Portal, settle: Settle):
    (student,) = students = portal.seat_answered(1)
    attempt = {"attempt": student.attempt}
    ((before,),) = portal.rows(_DEADLINE, attempt)

    portal.rows(_OVER_SOON, attempt)
    portal.act("grant", student.attempt, "5")
    ((after,),) = portal.rows(_DEADLINE, attempt)
    # Without the grant neither answer nor the time left would be what they are.
    until(lambda: portal.rows(_IS_OVER_WITHOUT, attempt)[0][0])

    assert student.answer() == "accepted"
    assert after < before
    assert 0 < student.page("state").json["remaining_ms"] <= 301_000
    settle("F41 time granted in mid-exam", portal, students)


_DEADLINE = "SELECT deadline_at FROM quizzes_attempt WHERE public_id = %(attempt)s"
_OVER_SOON = """
    UPDATE quizzes_attempt SET deadline_at = clock_timestamp() + interval '8 s', grace = '0 s'
    WHERE public_id = %(attempt)s
"""
_IS_OVER_WITHOUT = """
    SELECT deadline_at - interval '5 min' < clock_timestamp()
    FROM quizzes_attempt WHERE public_id = %(attempt)s
"""


def test_an_exam_that_closes_early_says_so_before_and_ends_then(portal: Portal, settle: Settle):
    given = portal.act("assign", "20")
    closes = datetime.fromisoformat(given["closes_at"])
    student = Student(portal.port, given["session"], attempt="", questions=0)
    address = f"/assignments/{given['assignment']}/"

    said = student.ask("GET", address)
    begun = student.ask("POST", f"{address}start/", "")
    student.attempt = re.fullmatch(r"/attempts/(.+)/q/1/", begun.headers["Location"])[1]
    ((student.questions, deadline, limit),) = portal.rows(_TERMS, {"attempt": student.attempt})

    assert re.search(r"begin now, and you have (19|20) minutes instead of \d+", said.text)
    assert deadline == closes
    assert limit > timedelta(minutes=20)
    assert student.page("state").json["remaining_ms"] <= 20 * 60 * 1000
    for _ in range(3):
        assert student.answer() == "accepted"
    portal.set_back([student], hours=1)
    assert student.answer() == "late"
    portal.sweep()
    settle("F42 closing before start and duration", portal, [student])


_TERMS = """
    SELECT (SELECT count(*)::int FROM quizzes_attemptitem WHERE attempt_id = attempt.id),
           deadline_at, (terms->'minutes'->>'value')::float * interval '1 min'
    FROM quizzes_attempt AS attempt WHERE public_id = %(attempt)s
"""
