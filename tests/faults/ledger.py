"""The ledger check that ends every fault test: what students were told against what is stored.

L1 every acknowledged entry is in the log exactly once, as it was sent and with what was said.
L2 for every question the answer that stands is the accepted event with the highest key.
L3 points and fingerprint, computed again from the answers, are those of the stored score and
   of the result page.
L4 nothing is stored that nobody sent; what was sent is acknowledged or still with its student.
L5 every attempt is closed, with exactly one close and one score; asking again changes nothing.
L6 nothing was accepted after deadline and grace or after the close; no end is after its deadline.
L7 what a page shows when it comes back is what was acknowledged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from http import HTTPStatus
from typing import Any

from psycopg2 import extensions

from quizzes.engine.kinds.registry import get_kind
from quizzes.services.closing import answers_hash
from tests.faults.portal import Portal
from tests.faults.students import Student

Key = tuple[str, int, int]
ENDED = {"submitted", "expired"}


@dataclass(frozen=True)
class Books:
    """Everything that the database holds of some attempts."""

    events: Sequence[tuple[Key, str, Any]]
    """Key, outcome and payload of each answer event."""
    counts: Mapping[str, tuple[str, int, int]]
    """Status, closes and scores of each attempt."""
    scores: Mapping[str, tuple[Any, str, int]]
    papers: Mapping[str, Sequence[tuple]]
    not_standing: Sequence[tuple]
    out_of_time: Sequence[tuple]

    @property
    def stored(self) -> Counter[Key]:
        return Counter(key for key, _outcome, _payload in self.events)

    @property
    def duplicates(self) -> int:
        """Whatever is there once too often."""
        more = sum(count - 1 for count in self.stored.values())
        return more + sum(
            max(0, closes - 1) + max(0, scores - 1) for _, closes, scores in self.counts.values()
        )


def read_books(database: extensions.connection, students: Sequence[Student]) -> Books:
    attempts = [student.attempt for student in students]

    def read(statement: str) -> list[tuple]:
        with database.cursor() as cursor:
            cursor.execute(statement, {"attempts": attempts})
            return cursor.fetchall()

    papers: dict[str, list[tuple]] = {attempt: [] for attempt in attempts}
    for attempt, *row in read(_PAPERS):
        papers[attempt].append(tuple(row))
    return Books(
        events=[(row[:3], row[3], row[4]) for row in read(_EVENTS)],
        counts={attempt: tuple(row) for attempt, *row in read(_COUNTS)},
        scores={attempt: tuple(row) for attempt, *row in read(_SCORES)},
        papers=papers,
        not_standing=read(_NOT_STANDING),
        out_of_time=read(_OUT_OF_TIME),
    )


def lost(books: Books, students: Sequence[Student]) -> list[Key]:
    """Acknowledged entries that the log does not hold."""
    return [
        (student.attempt, *key)
        for student in students
        for key in student.told
        if not books.stored[student.attempt, *key]
    ]


def findings(books: Books, students: Sequence[Student], shown: Mapping[str, Fraction]) -> list[str]:
    """Whatever is wrong with the books; `shown` are the points on the result pages."""
    return [
        *_log_against_students(books, students),
        *(f"L2 not what was accepted last: {row}" for row in books.not_standing),
        *(finding for student in students for finding in _score(books, student, shown)),
        *_ends(books, students),
        *(f"L6 out of time: {row}" for row in books.out_of_time),
    ]


def _log_against_students(books: Books, students: Sequence[Student]) -> list[str]:
    found = [f"L1 lost: {key}" for key in lost(books, students)]
    found += [f"L1 {n} times: {key}" for key, n in books.stored.items() if n != 1]
    by_attempt = {student.attempt: student for student in students}
    for (attempt, epoch, seq), outcome, payload in books.events:
        student = by_attempt[attempt]
        key = epoch, seq
        sent = student.sent.get(key)
        if sent is None or payload != {k: v for k, v in sent.items() if k != "seq"}:
            found.append(f"L4 stored, but not sent: {attempt} {epoch}/{seq} {payload}")
        elif key in student.told and student.told[key] != outcome:
            found.append(f"L1 told {student.told[key]}: {attempt} {key} {outcome}")
    return found


def _score(books: Books, student: Student, shown: Mapping[str, Fraction]) -> list[str]:
    paper = books.papers[student.attempt]
    if student.attempt not in books.scores:
        return [f"L3 no score: {student.attempt}"]
    shares = [
        get_kind(body["kind"]).grade(body, key, answer, rule="exam")
        for _position, is_scored, body, key, answer in paper
        if is_scored
    ]
    points, fingerprint, max_points = books.scores[student.attempt]
    again = sum(shares, Fraction(0)), len(shares), answers_hash({row[0]: row[4] for row in paper})
    found = []
    if again != (Fraction(points), max_points, fingerprint):
        found.append(f"L3 graded again: {again}, stored: {points}, {max_points}, {fingerprint}")
    if shown[student.attempt] != again[0]:
        found.append(f"L3 shown: {shown[student.attempt]}, graded again: {again[0]}")
    return found


def _ends(books: Books, students: Sequence[Student]) -> list[str]:
    found = []
    for student in students:
        status, closes, scores = books.counts[student.attempt]
        if status not in ENDED or (closes, scores) != (1, 1):
            found.append(f"L5 {student.attempt}: {status}, {closes} closes, {scores} scores")
    return found


def compare_pages(student: Student) -> list[str]:
    """L7: the page that comes back, and the question that was answered last."""
    state = student.insist(lambda: student.page("state")).json
    stands = student.last_accepted
    found = []
    if state["answers"] != {str(item): answer for item, answer in stands.items()}:
        found.append(f"L7 {student.attempt}: other answers than were acknowledged")
    told = [seq for epoch, seq in student.told if epoch == state["epoch"]]
    if state["acknowledged"] != max(told, default=0):
        found.append(f"L7 {student.attempt}: acknowledged up to {state['acknowledged']}")
    if state["status"] == "open" and stands:
        item, answer = list(stands.items())[-1]
        page = student.insist(lambda: student.page(f"q/{item}")).text
        if re.findall(r'name="choice" value="(\w)" checked', page) != [answer["choice"]]:
            found.append(f"L7 {student.attempt}: question {item} does not show its answer")
    return found


def end_twice(student: Student) -> list[str]:
    first, second = student.end(), student.end()
    same = first == second and first["status"] in ENDED
    return [] if same else [f"L5 {student.attempt}: ended as {first}, then as {second}"]


def shown_points(student: Student) -> Fraction:
    reply = student.page("result")
    figure = re.search(r'class="figure-big">([\d.]+)<', reply.text)
    assert reply.status == HTTPStatus.OK, reply
    assert figure, "the result page shows no points"
    return Fraction(figure[1])


def check_ledger(portal: Portal, students: Sequence[Student]) -> None:
    """End every attempt and find nothing wrong with any."""
    pages = [finding for student in students for finding in compare_pages(student)]
    ends = [finding for student in students for finding in end_twice(student)]
    shown = {student.attempt: shown_points(student) for student in students}
    with portal.database() as database:
        books = read_books(database, students)
    found = pages + ends + findings(books, students, shown)
    assert not found, "\n".join(found)


_EVENTS = """
    SELECT attempt.public_id::text, event.epoch, seq, outcome, payload
    FROM quizzes_answerevent AS event JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
    WHERE attempt.public_id = ANY(%(attempts)s::uuid[]) AND kind IN ('answer', 'mark')
"""
_COUNTS = """
    SELECT public_id::text, status,
           (SELECT count(*)::int FROM quizzes_answerevent
            WHERE attempt_id = attempt.id AND kind = 'close'),
           (SELECT count(*)::int FROM quizzes_score WHERE attempt_id = attempt.id)
    FROM quizzes_attempt AS attempt WHERE attempt.public_id = ANY(%(attempts)s::uuid[])
"""
_SCORES = """
    SELECT public_id::text, points, answers_hash, max_points
    FROM quizzes_score AS score JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
    WHERE attempt.public_id = ANY(%(attempts)s::uuid[]) ORDER BY number
"""
_PAPERS = """
    SELECT public_id::text, position, is_scored, body, key, answer.payload
    FROM quizzes_attemptitem AS item
    JOIN quizzes_attempt AS attempt ON attempt.id = item.attempt_id
    JOIN quizzes_questionrevision AS revision ON revision.id = item.revision_id
    LEFT JOIN quizzes_answer AS answer ON answer.item_id = item.id
    WHERE attempt.public_id = ANY(%(attempts)s::uuid[]) ORDER BY position
"""
_NOT_STANDING = """
    WITH last AS (
        SELECT DISTINCT ON (item_id) item_id, event.epoch, seq, payload->'answer' AS answer
        FROM quizzes_answerevent AS event JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
        WHERE attempt.public_id = ANY(%(attempts)s::uuid[])
              AND kind = 'answer' AND outcome = 'accepted'
        ORDER BY item_id, event.epoch DESC, seq DESC
    ), stands AS (
        SELECT item_id, answer.epoch, seq, payload
        FROM quizzes_answer AS answer
        JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
        WHERE attempt.public_id = ANY(%(attempts)s::uuid[])
    )
    SELECT * FROM last FULL JOIN stands USING (item_id)
    WHERE (last.epoch, last.seq, last.answer)
          IS DISTINCT FROM (stands.epoch, stands.seq, stands.payload)
"""
_OUT_OF_TIME = """
    SELECT attempt.public_id::text, seq, 'accepted', arrived_at::text, recorded_at::text
    FROM quizzes_answerevent AS event JOIN quizzes_attempt AS attempt ON attempt.id = attempt_id
    WHERE attempt.public_id = ANY(%(attempts)s::uuid[]) AND outcome = 'accepted'
          AND (arrived_at > deadline_at + grace OR recorded_at > processed_at)
    UNION ALL
    SELECT public_id::text, NULL, status, deadline_at::text, ended_at::text
    FROM quizzes_attempt AS attempt
    WHERE attempt.public_id = ANY(%(attempts)s::uuid[])
          AND (ended_at > deadline_at OR ended_at > processed_at
               OR status = 'expired' AND ended_at <> deadline_at)
"""
