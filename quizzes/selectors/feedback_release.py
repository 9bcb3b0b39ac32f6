"""What of a closed sitting may be shown to its student by now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from quizzes.engine.review import What, When, ever_released, released
from quizzes.engine.terms import feedback_policy
from quizzes.models import Attempt


@dataclass(frozen=True, slots=True)
class Release:
    """What of a closed sitting its student may see by now."""

    shows: What
    until: datetime | None
    """When more is shown; None: never."""

    @property
    def hides_questions(self) -> bool:
        """Whether questions, answers and reasons are kept back."""
        return not self.shows & What.CORRECTNESS


def release(attempt: Attempt, *, now: datetime) -> Release:
    """What the policy that a closed sitting began with shows now.

    One statement where the policy waits for the closing, none otherwise.
    """
    policy = feedback_policy(attempt.terms)
    shown, in_the_end = released(policy, When.AFTER_END), ever_released(policy)
    if shown == in_the_end:
        return Release(shown, None)
    until = everybody_is_done(attempt) if attempt.assignment_id else None
    return Release(shown, until) if until and now < until else Release(in_the_end, None)


def everybody_is_done(attempt: Attempt) -> datetime | None:
    """When the assignment of a sitting has closed for all who were given it.

    None where it stays open for somebody for good: then nobody waits for it. The rules are
    those that hold now: a later exception for somebody hides what was shown before.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _EVERYBODY_IS_DONE, {"assignment": attempt.assignment_id, "minutes": _minutes(attempt)}
        )
        row = cursor.fetchone()
    done: datetime | None = row[0]
    return done


_OF_THE_EXAM = ("guide", "bank", "exam")


def _minutes(attempt: Attempt) -> int | None:
    """The minutes of the exam as it was drawn; None where this student had others."""
    minutes = attempt.terms["minutes"]
    return minutes["value"] if minutes["origin"] in _OF_THE_EXAM else None


# The closing of everybody in one statement, because every result page asks; the same as
# `EffectiveTerms.own_close` of everybody, which a test compares. Who sits it still is waited
# for, even when the closing was put forward meanwhile.
_EVERYBODY_IS_DONE = """
    WITH work AS (
        SELECT it.id, it.classroom_id, it.closes_at, it.withdrawn_at,
               coalesce(%(minutes)s, exam.minutes, guide.duration_minutes, 0) AS minutes
        FROM quizzes_assignment AS it
        JOIN quizzes_exam AS exam ON exam.id = it.exam_id
        JOIN catalog_examguide AS guide ON guide.id = exam.guide_id
        WHERE it.id = %(assignment)s
    ), member AS (
        SELECT it.id, it.person_id, it.extra_time_factor,
               array(SELECT label.classlabel_id FROM accounts_membership_labels AS label
                     WHERE label.membership_id = it.id) AS labels
        FROM accounts_membership AS it
        JOIN work ON work.classroom_id = it.classroom_id
        WHERE it.left_at IS NULL AND it.role = 'student'
    ), given AS (
        SELECT member.*, greatest(
                   person.extra_time_factor, member.extra_time_factor,
                   (SELECT max(label.extra_time_factor) FROM accounts_classlabel AS label
                    WHERE label.id = ANY(member.labels))) AS factor
        FROM member
        JOIN accounts_user AS person ON person.id = member.person_id
        WHERE NOT EXISTS (SELECT FROM quizzes_assignmenttarget AS target
                          WHERE target.assignment_id = %(assignment)s)
           OR EXISTS (SELECT FROM quizzes_assignmenttarget AS target
                      WHERE target.assignment_id = %(assignment)s
                        AND (target.person_id = member.person_id
                             OR target.label_id = ANY(member.labels)))
    ), own AS (
        SELECT given.factor,
               coalesce((SELECT rule.closes_at FROM quizzes_assignmentoverride AS rule
                         WHERE rule.assignment_id = work.id AND rule.closes_at IS NOT NULL
                           AND (rule.person_id = given.person_id
                                OR rule.label_id = ANY(given.labels))
                         ORDER BY rule.person_id IS NULL, rule.position, rule.id LIMIT 1),
                        work.closes_at) AS closes_at,
               coalesce((SELECT rule.minutes FROM quizzes_assignmentoverride AS rule
                         WHERE rule.assignment_id = work.id AND rule.minutes IS NOT NULL
                           AND (rule.person_id = given.person_id
                                OR rule.label_id = ANY(given.labels))
                         ORDER BY rule.person_id IS NULL, rule.position, rule.id LIMIT 1),
                        work.minutes) AS minutes
        FROM given CROSS JOIN work
    ), closing AS (
        SELECT CASE WHEN bool_or(own.closes_at IS NULL) THEN NULL
                    ELSE max(own.closes_at + (own.factor - 1) * own.minutes
                                             * interval '1 minute') END AS at,
               count(*) AS people
        FROM own
    ), everybody AS (
        SELECT CASE WHEN work.withdrawn_at IS NOT NULL THEN work.withdrawn_at
                    WHEN closing.people = 0 THEN work.closes_at ELSE closing.at END AS at
        FROM work CROSS JOIN closing
    )
    SELECT CASE WHEN everybody.at IS NOT NULL THEN greatest(
        everybody.at,
        (SELECT max(running.deadline_at + running.grace) FROM quizzes_attempt AS running
         WHERE running.assignment_id = %(assignment)s AND running.status = 'open')) END
    FROM everybody
"""
