"""Blanks what a person typed into answers; what they chose stays for the statistics."""

from __future__ import annotations

from django.db import connection

ERASED = "[erased]"

# Typed text stands in answers of these shapes only: {"text": …}, {"value": …}, {"blanks": …}.
_BLANK_ANSWERS = """
    UPDATE quizzes_answer AS answer
    SET payload = jsonb_set(answer.payload, '{text}', %(erased)s::jsonb)
    FROM quizzes_attempt AS attempt
    WHERE attempt.id = answer.attempt_id AND attempt.student_id = %(person)s
      AND answer.payload ? 'text'
"""
_BLANK_EVENTS = """
    UPDATE quizzes_answerevent AS event
    SET payload = jsonb_build_object(
        'item', event.payload->'item', 'answer', jsonb_build_object('text', %(erased)s::jsonb))
    FROM quizzes_attempt AS attempt
    WHERE attempt.id = event.attempt_id AND attempt.student_id = %(person)s
      AND event.payload->'answer' ? 'text'
"""
# Fields that no page sends, but that somebody may have put beside an answer.
_DROP_EXTRAS = """
    UPDATE quizzes_answerevent AS event
    SET payload = jsonb_strip_nulls(jsonb_build_object(
        'item', event.payload->'item', 'answer', event.payload->'answer',
        'mark', event.payload->'mark'))
    FROM quizzes_attempt AS attempt
    WHERE attempt.id = event.attempt_id AND attempt.student_id = %(person)s
      AND event.kind IN ('answer', 'mark')
"""


def blank_typed_answers(person_id: int) -> None:
    """Replace typed text by `[erased]`; runs inside the transaction that erases the person.

    Scores stay as they were graded; `answers_hash` stands for the answers before.
    """
    values: dict[str, str | int] = {"person": person_id, "erased": f'"{ERASED}"'}
    with connection.cursor() as cursor:
        for statement in (_BLANK_ANSWERS, _BLANK_EVENTS, _DROP_EXTRAS):
            cursor.execute(statement, values)
