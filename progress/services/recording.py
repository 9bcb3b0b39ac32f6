"""Writes what each finally answered question tells, once, in the statement that also sums it up."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection, transaction

from progress.services.tallying import STEPS_OF, TALLY_EVERYBODY, WEEKS_OF
from quizzes.engine.kinds.registry import get_kind
from quizzes.models import Attempt, AttemptItem

CATCH_UP_AT_ONCE = 200
"""Attempts that one round of catching up records; the next round goes on."""

# Every time that somebody answered a question finally or was shown its key, numbered in the
# order in which that happened. A sitting shows its keys when it was graded, not when its time
# was over.
_EXPOSED = """
    SELECT item.id AS item_id, row_number() OVER (
               PARTITION BY attempt.student_id, item.question_id
               ORDER BY COALESCE(answer.final_at, attempt.processed_at), item.id) AS number
    FROM quizzes_attempt AS attempt
    JOIN quizzes_attemptitem AS item ON item.attempt_id = attempt.id
    LEFT JOIN quizzes_answer AS answer ON answer.item_id = item.id
    WHERE {condition} AND attempt.status <> 'voided' AND (
        answer.final_at IS NOT NULL
        OR attempt.mode = 'mock' AND attempt.status <> 'open' AND (
            answer.payload IS NOT NULL
            OR attempt.terms #>> '{{feedback,value}}' IS DISTINCT FROM 'score_only'))
"""
# `rights` says of answers that are final but not scored yet whether they are right. A day that
# was written once stays, also when its person has moved to another zone.
_RECORD = """
    INSERT INTO progress_evidence
        (item_id, attempt_id, person_id, question_id, measure, guide_id, domain_id, mode,
         exposure, is_right, certainty, answered_at, study_day)
    SELECT item.id, attempt.id, attempt.student_id, item.question_id, revision.measure,
           attempt.guide_id, item.domain_id, attempt.mode, exposed.number, told.is_right,
           event.certainty, told.answered_at,
           {study_day}
    FROM quizzes_attempt AS attempt
    JOIN accounts_user AS person ON person.id = attempt.student_id
    LEFT JOIN LATERAL (
        SELECT item_shares FROM quizzes_score
        WHERE attempt_id = attempt.id ORDER BY number DESC LIMIT 1) AS score ON true
    JOIN quizzes_attemptitem AS item ON item.attempt_id = attempt.id
    JOIN quizzes_questionrevision AS revision ON revision.id = item.revision_id
    JOIN exposed ON exposed.item_id = item.id
    JOIN quizzes_answer AS answer ON answer.item_id = item.id AND answer.payload IS NOT NULL
    LEFT JOIN quizzes_answerevent AS event ON event.attempt_id = attempt.id
        AND event.epoch = answer.epoch AND event.seq = answer.seq
    CROSS JOIN LATERAL (SELECT
        COALESCE(answer.final_at, answer.saved_at) AS answered_at,
        COALESCE((%(rights)s::jsonb ->> item.id::text)::boolean,
                 score.item_shares ->> item.position::text = '1') AS is_right) AS told
    {kept}
    WHERE {condition} AND told.is_right IS NOT NULL AND CASE attempt.mode
        WHEN 'mock' THEN attempt.status IN ('submitted', 'expired')
        ELSE attempt.status <> 'voided' AND answer.final_at IS NOT NULL END
    ORDER BY told.answered_at, item.position
    ON CONFLICT (item_id) DO NOTHING
"""
_STUDY_DAY = "(told.answered_at AT TIME ZONE person.time_zone - interval '4 hours')::date"

_RECORD_ONE = """
    WITH exposed AS ({exposed}), fresh AS ({record} RETURNING *)
    {weeks}
""".format(
    exposed=_EXPOSED.format(
        condition="""
        attempt.student_id = (SELECT student_id FROM quizzes_attempt WHERE id = %(attempt)s)
        AND item.question_id IN
            (SELECT question_id FROM quizzes_attemptitem WHERE attempt_id = %(attempt)s)"""
    ),
    record=_RECORD.format(study_day=_STUDY_DAY, kept="", condition="attempt.id = %(attempt)s"),
    weeks=WEEKS_OF.format(evidence="fresh", condition="true"),
)

# What a later score says otherwise; the weeks follow by the difference.
_RESCORED = """
    WITH changed AS (
        UPDATE progress_evidence AS evidence SET is_right = NOT evidence.is_right
        FROM quizzes_attemptitem AS item, LATERAL (
            SELECT item_shares FROM quizzes_score
            WHERE attempt_id = item.attempt_id ORDER BY number DESC LIMIT 1) AS score
        WHERE evidence.attempt_id = %(attempt)s AND item.id = evidence.item_id
          AND (score.item_shares ->> item.position::text = '1') <> evidence.is_right
        RETURNING evidence.*
    ), moved AS ({weeks})
    UPDATE progress_membershipweek AS week SET first_right = week.first_right + moved.step
    FROM moved
    WHERE (week.membership_id, week.domain_id, week.week)
        = (moved.membership_id, moved.domain_id, moved.week)
"""
_RECORD_RESCORED = _RESCORED.format(
    weeks=STEPS_OF.format(evidence="changed", condition="fresh.exposure = 1")
)

_LOCK = "LOCK TABLE progress_evidence, progress_membershipweek IN SHARE ROW EXCLUSIVE MODE"
_KEEP_DAYS = """
    CREATE TEMPORARY TABLE kept_day AS
    SELECT item_id, study_day FROM progress_evidence
"""
_FORGET = "DELETE FROM progress_evidence; DELETE FROM progress_membershipweek"
_RECORD_ALL = "WITH exposed AS ({exposed}) {record}".format(
    exposed=_EXPOSED.format(condition="true"),
    record=_RECORD.format(
        study_day=f"COALESCE(kept_day.study_day, {_STUDY_DAY})",
        kept="LEFT JOIN kept_day ON kept_day.item_id = item.id",
        condition="true",
    ),
)

# A sitting is recorded as a whole or not at all; a practice answer by answer while it goes on.
_SKIPPED = """
    SELECT attempt.id, attempt.status = 'open'
    FROM quizzes_attempt AS attempt
    WHERE CASE WHEN attempt.mode = 'mock' THEN
            attempt.status IN ('submitted', 'expired')
            AND NOT EXISTS (SELECT FROM progress_evidence WHERE attempt_id = attempt.id)
            AND EXISTS (
                SELECT FROM quizzes_attemptitem AS item
                JOIN quizzes_answer AS answer ON answer.item_id = item.id
                WHERE item.attempt_id = attempt.id AND item.is_scored
                  AND answer.payload IS NOT NULL)
        ELSE attempt.status <> 'voided'
            AND (attempt.started_at > clock_timestamp() - interval '30 days'
                 OR NOT EXISTS (SELECT FROM progress_evidence WHERE attempt_id = attempt.id))
            AND EXISTS (
                SELECT FROM quizzes_answer AS answer
                LEFT JOIN progress_evidence AS evidence ON evidence.item_id = answer.item_id
                WHERE answer.attempt_id = attempt.id AND evidence.item_id IS NULL
                  AND answer.final_at IS NOT NULL AND answer.payload IS NOT NULL)
        END
    ORDER BY attempt.id LIMIT %(limit)s
"""


def record_attempt(attempt_id: int) -> None:
    """Record what a closed attempt tells; again changes nothing. One statement."""
    _record(attempt_id, {})


def record_rescored(attempt_id: int) -> None:
    """Let what a closed attempt told follow its newest score; again changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_RECORD_RESCORED, {"attempt": attempt_id})


def record_answers(attempt_id: int) -> None:
    """Record the final answers of a practice that still goes on; again changes nothing."""
    _record(attempt_id, _unscored_rights(attempt=attempt_id, evidence=None))


def _record(attempt_id: int, rights: dict[int, bool]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RECORD_ONE, {"attempt": attempt_id, "rights": json.dumps(rights)})


def _unscored_rights(**those: Any) -> dict[int, bool]:
    """Whether final answers of open practices are wholly right, as an exam marks them."""
    rows = AttemptItem.objects.filter(
        answer__final_at__isnull=False,
        answer__payload__isnull=False,
        attempt__scores=None,
        **those,
    ).values_list("pk", "revision__body", "revision__key", "answer__payload")
    return {
        pk: get_kind(body["kind"]).grade(body, key, payload, rule="exam") == 1
        for pk, body, key, payload in rows.order_by()
    }


def catch_up() -> int:
    """Record what was committed but never recorded, for instance before a crash; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SKIPPED, {"limit": CATCH_UP_AT_ONCE})
        skipped = cursor.fetchall()
    for attempt_id, is_open in skipped:
        record = record_answers if is_open else record_attempt
        record(attempt_id)
    return len(skipped)


@transaction.atomic
def rebuild_evidence() -> int:
    """Make all evidence and all weeks anew from the attempts; returns the number of answers.

    What is answered meanwhile waits for the end and is recorded then.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        rights = _unscored_rights(attempt__status=Attempt.Status.OPEN)
        cursor.execute(_KEEP_DAYS)
        cursor.execute(_FORGET)
        cursor.execute(_RECORD_ALL, {"rights": json.dumps(rights)})
        recorded = int(cursor.rowcount)
        # Without it the next statement is planned for an empty table.
        cursor.execute("ANALYZE progress_evidence")
        cursor.execute(TALLY_EVERYBODY)
        cursor.execute("DROP TABLE kept_day")
    return recorded
