"""The figures of a class, from its weekly sums only: two statements at any size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from progress.engine.attention import RECENT_WEEKS, Tally

PULSE_WEEKS = 8
"""Weeks of which a row shows how much was answered."""
FEWEST_IN_A_WEEK = 5
"""First answers below which a student's week says nothing about the class."""
FEWEST_STUDENTS = 3
"""Students below which there is no median of a class."""

# A class sees mocks that began and ended in its time: those in its guide, and those it set.
_STUDENTS = """
    WITH week AS (
        SELECT week.* FROM progress_membershipweek AS week
        JOIN accounts_membership AS member ON member.id = week.membership_id
        WHERE member.classroom_id = %(class)s
          AND member.role = 'student' AND member.left_at IS NULL
    ), cell AS (
        SELECT membership_id, domain_id,
               sum(first_answers)::int AS n, sum(first_right)::int AS k,
               COALESCE(sum(first_answers) FILTER (WHERE week >= %(recent)s), 0)::int AS recent_n,
               COALESCE(sum(first_right) FILTER (WHERE week >= %(recent)s), 0)::int AS recent_k
        FROM week GROUP BY membership_id, domain_id
    ), grid AS (
        SELECT membership_id, array_agg(domain_id) AS domains, array_agg(n) AS n,
               array_agg(k) AS k, array_agg(recent_n) AS recent_n, array_agg(recent_k) AS recent_k
        FROM cell GROUP BY membership_id
    ), pulse AS (
        SELECT membership_id, array_agg((week - %(first)s) / 7) AS weeks, array_agg(n) AS n
        FROM (SELECT membership_id, week, sum(answers)::int AS n
              FROM week WHERE week >= %(first)s GROUP BY membership_id, week) AS one
        GROUP BY membership_id
    ), seen AS (
        SELECT membership_id, max(last_answered_at) AS at FROM week GROUP BY membership_id
    )
    SELECT member.id, person.id, person.public_id::text,
           COALESCE(NULLIF(person.display_name, ''), person.email, ''),
           member.joined_at, GREATEST(seen.at, mock.ended_at),
           grid.domains, grid.k, grid.n, grid.recent_k, grid.recent_n,
           pulse.weeks, pulse.n, mock.n, mock.share::float8, mock.passed,
           ARRAY(SELECT classlabel_id FROM accounts_membership_labels
                 WHERE membership_id = member.id)
    FROM accounts_membership AS member
    JOIN accounts_user AS person ON person.id = member.person_id
    JOIN accounts_classroom AS class ON class.id = member.classroom_id
    LEFT JOIN progress_classgoal AS goal ON goal.classroom_id = member.classroom_id
    LEFT JOIN grid ON grid.membership_id = member.id
    LEFT JOIN pulse ON pulse.membership_id = member.id
    LEFT JOIN seen ON seen.membership_id = member.id
    LEFT JOIN LATERAL (
        SELECT count(*) OVER () AS n, attempt.ended_at, score.passed,
               score.points / NULLIF(score.max_points, 0) AS share
        FROM quizzes_attempt AS attempt
        LEFT JOIN LATERAL (
            SELECT points, max_points, passed FROM quizzes_score
            WHERE attempt_id = attempt.id ORDER BY number DESC LIMIT 1) AS score ON true
        WHERE attempt.student_id = member.person_id AND attempt.mode = 'mock'
          AND attempt.status IN ('submitted', 'expired')
          AND attempt.started_at >= member.joined_at
          AND (attempt.assignment_id IN (
                SELECT id FROM quizzes_assignment WHERE classroom_id = %(class)s)
            OR attempt.guide_id = %(guide)s
               AND (class.archived_at IS NULL OR class.archived_at > attempt.ended_at)
               AND (goal.since IS NULL OR goal.since <= attempt.started_at OR EXISTS (
                    SELECT FROM progress_earliergoal AS earlier
                    WHERE earlier.classroom_id = %(class)s AND earlier.guide_id = %(guide)s
                      AND (earlier.since IS NULL OR earlier.since <= attempt.started_at)
                      AND earlier.until > attempt.ended_at)))
        ORDER BY attempt.started_at DESC LIMIT 1
    ) AS mock ON true
    WHERE member.classroom_id = %(class)s AND member.role = 'student' AND member.left_at IS NULL
"""
_CLASS = """
    WITH week AS (
        SELECT week.* FROM progress_membershipweek AS week
        JOIN accounts_membership AS member ON member.id = week.membership_id
        WHERE member.classroom_id = %(class)s
          AND member.role = 'student' AND member.left_at IS NULL
    ), spread AS (
        SELECT domain_id, NULL::date AS week, sum(first_right)::float8 / sum(first_answers) AS share
        FROM week GROUP BY membership_id, domain_id
        HAVING sum(first_answers) >= %(enough)s
        UNION ALL
        SELECT NULL, week, sum(first_right)::float8 / sum(first_answers)
        FROM week GROUP BY membership_id, week
        HAVING sum(first_answers) >= %(enough_in_week)s
    )
    SELECT domain_id, week, count(*),
           percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY share)
    FROM spread GROUP BY domain_id, week HAVING count(*) >= %(students)s ORDER BY week
"""


class StudentFigures(NamedTuple):
    """What the class may know of one student."""

    member_id: int
    person_id: int
    public_id: str
    name: str
    joined_at: datetime
    seen: datetime | None
    tallies: Mapping[int, Tally]
    """First answers since joining by domain id."""
    recent: Mapping[int, Tally]
    """Those of the last weeks."""
    pulse: tuple[int, ...]
    """Answers a week, the latest last."""
    mocks: int
    last_share: float | None
    last_passed: bool | None
    labels: frozenset[int]
    """By id."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a class stands: its median and its middle half, as shares."""

    students: int
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """What is said of the class as a whole, where enough students have enough answers."""

    domains: Mapping[int, Spread]
    weeks: tuple[tuple[date, Spread], ...]


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def student_figures(class_id: int, *, guide_id: int | None, today: date) -> list[StudentFigures]:
    """All students of a class, in no order: one statement."""
    this_week = monday(today)
    values = {
        "class": class_id,
        "guide": guide_id,
        "recent": this_week - timedelta(weeks=RECENT_WEEKS - 1),
        "first": this_week - timedelta(weeks=PULSE_WEEKS - 1),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STUDENTS, values)
        return [_student(row) for row in cursor.fetchall()]


def _student(row: tuple[Any, ...]) -> StudentFigures:
    member_id, person_id, public_id, name, joined_at, seen = row[:6]
    domains, right, n, recent_right, recent_n, weeks, answers = row[6:13]
    mocks, last_share, last_passed, labels = row[13:]
    return StudentFigures(
        member_id,
        person_id,
        public_id,
        name,
        joined_at,
        seen,
        tallies=_tallies(domains, right, n),
        recent=_tallies(domains, recent_right, recent_n),
        pulse=_pulse(weeks, answers),
        mocks=mocks or 0,
        last_share=last_share,
        last_passed=last_passed,
        labels=frozenset(labels),
    )


def _tallies(domains: list[int] | None, right: list[int], n: list[int]) -> dict[int, Tally]:
    if domains is None:
        return {}
    return {key: Tally(k, of) for key, k, of in zip(domains, right, n, strict=True) if of}


def _pulse(weeks: list[int] | None, answers: list[int]) -> tuple[int, ...]:
    pulse = [0] * PULSE_WEEKS
    for week, n in zip(weeks or (), answers or (), strict=True):
        # Somebody east of the class may be a week ahead on Monday morning.
        pulse[min(week, PULSE_WEEKS - 1)] += n
    return tuple(pulse)


def class_figures(class_id: int, *, enough: int) -> ClassFigures:
    """Medians by domain and by week, from those with enough first answers: one statement."""
    values = {
        "class": class_id,
        "enough": enough,
        "enough_in_week": FEWEST_IN_A_WEEK,
        "students": FEWEST_STUDENTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLASS, values)
        rows = [(key, week, Spread(n, *cuts)) for key, week, n, cuts in cursor.fetchall()]
    return ClassFigures(
        domains={key: spread for key, week, spread in rows if week is None},
        weeks=tuple((week, spread) for _, week, spread in rows if week is not None),
    )
