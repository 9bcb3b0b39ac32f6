"""Sums the evidence of the members of a class by domain and week."""

from __future__ import annotations

from django.db import connection, transaction

# A sitting counts when it was answered after joining and ended before leaving, before the class
# was archived, and while the class learned for its guide: what a class sees of somebody is what
# it told them that it would see.
_SEEN = """
    FROM {evidence} AS fresh
    JOIN quizzes_attempt AS attempt ON attempt.id = fresh.attempt_id
    JOIN accounts_membership AS member
      ON member.person_id = fresh.person_id AND member.role = 'student'
     AND member.joined_at <= fresh.answered_at
    JOIN accounts_classroom AS classroom ON classroom.id = member.classroom_id
    JOIN progress_classgoal AS goal
      ON goal.classroom_id = member.classroom_id AND goal.guide_id = fresh.guide_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN fresh.mode = 'mock' THEN attempt.ended_at ELSE fresh.answered_at END AS at) AS over
    WHERE {condition}
      AND (member.left_at IS NULL OR member.left_at > over.at)
      AND (classroom.archived_at IS NULL OR classroom.archived_at > over.at)
      AND (goal.since IS NULL OR goal.since <= fresh.answered_at OR EXISTS (
            SELECT FROM progress_earliergoal AS earlier
            WHERE earlier.classroom_id = goal.classroom_id AND earlier.guide_id = goal.guide_id
              AND (earlier.since IS NULL OR earlier.since <= fresh.answered_at)
              AND earlier.until > over.at))
"""
WEEKS_OF = (
    """
    INSERT INTO progress_membershipweek AS week
        (membership_id, domain_id, week, answers, first_answers, first_right, last_answered_at)
    SELECT member.id, fresh.domain_id, date_trunc('week', fresh.study_day)::date,
           count(*),
           count(*) FILTER (WHERE fresh.exposure = 1),
           count(*) FILTER (WHERE fresh.exposure = 1 AND fresh.is_right),
           max(fresh.answered_at)
"""
    + _SEEN
    + """
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (membership_id, domain_id, week) DO UPDATE SET
        answers = week.answers + excluded.answers,
        first_answers = week.first_answers + excluded.first_answers,
        first_right = week.first_right + excluded.first_right,
        last_answered_at = GREATEST(week.last_answered_at, excluded.last_answered_at)
"""
)
STEPS_OF = (
    """
    SELECT member.id AS membership_id, fresh.domain_id,
           date_trunc('week', fresh.study_day)::date AS week,
           sum(CASE WHEN fresh.is_right THEN 1 ELSE -1 END) AS step
"""
    + _SEEN
    + """
    GROUP BY 1, 2, 3
"""
)
"""By how many right first answers each week changes where answers turned right or wrong."""
_LOCK = "LOCK TABLE progress_membershipweek IN SHARE ROW EXCLUSIVE MODE"
_FORGET = """
    DELETE FROM progress_membershipweek WHERE membership_id IN
        (SELECT id FROM accounts_membership WHERE classroom_id = %(classroom)s)
"""
_TALLY_CLASS = WEEKS_OF.format(
    evidence="progress_evidence", condition="member.classroom_id = %(classroom)s"
)
TALLY_EVERYBODY = WEEKS_OF.format(evidence="progress_evidence", condition="true")


@transaction.atomic
def tally_class(classroom_id: int) -> None:
    """Make the weeks of one class anew from the evidence.

    The lock holds up what is recorded meanwhile, so that nothing is counted twice or lost.
    """
    values = {"classroom": classroom_id}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_FORGET, values)
        cursor.execute(_TALLY_CLASS, values)
