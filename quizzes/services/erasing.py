"""Blanks what a person typed into answers; what they chose stays for the statistics."""

from __future__ import annotations

import json

from django.db import connection

from certportal.lib.append_only import ERASED

# Answers of these shapes hold what somebody typed: {"text": …} and {"value": …}, which
# should be a number but takes any short text.
_TYPED_FIELDS = ("text", "value")
_BLANK_ANSWERS = """
    UPDATE quizzes_answer AS answer
    SET payload = jsonb_build_object(%(field)s::text, %(erased)s::jsonb)
    FROM quizzes_attempt AS attempt
    WHERE attempt.id = answer.attempt_id AND attempt.student_id = %(person)s
      AND answer.payload ? %(field)s
"""
_BLANK_EVENTS = """
    UPDATE quizzes_answerevent AS event
    SET payload = jsonb_build_object(
        'item', event.payload->'item',
        'answer', jsonb_build_object(%(field)s::text, %(erased)s::jsonb))
    FROM quizzes_attempt AS attempt
    WHERE attempt.id = event.attempt_id AND attempt.student_id = %(person)s
      AND event.payload->'answer' ? %(field)s
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
    values: dict[str, str | int] = {"person": person_id, "erased": json.dumps(ERASED)}
    with connection.cursor() as cursor:
        for field in _TYPED_FIELDS:
            for statement in (_BLANK_ANSWERS, _BLANK_EVENTS):
                cursor.execute(statement, {**values, "field": field})
        cursor.execute(_DROP_EXTRAS, values)
