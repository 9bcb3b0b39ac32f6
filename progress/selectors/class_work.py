"""Who has done what of the assignments of classes, counted by the database in one statement.

The pages of one student, one assignment and the gradebook ask `statuses` in
quizzes/selectors/assignment_status.py. This says the same of whole classes, for pages that show
sums: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

# The dates of each person are those that quizzes/engine/terms.py finds: person before labels
# before assignment, field by field, and due time and closing move by the extra time. Of a mock
# that the bank makes shorter than the real exam they move by the extra time of the real one,
# so that nobody is called overdue too early.
_WORK = """
    WITH member AS (
        SELECT member.id, member.classroom_id, member.person_id, member.joined_at,
               array_remove(array_agg(label.id), NULL) AS labels,
               GREATEST(1, person.extra_time_factor, member.extra_time_factor,
                        max(label.extra_time_factor)) AS factor
        FROM accounts_membership AS member
        JOIN accounts_user AS person ON person.id = member.person_id
        LEFT JOIN accounts_membership_labels AS has ON has.membership_id = member.id
        LEFT JOIN accounts_classlabel AS label ON label.id = has.classlabel_id
        WHERE member.classroom_id = ANY(%(classes)s)
          AND member.role = 'student' AND member.left_at IS NULL
        GROUP BY member.id, person.id
    ), task AS (
        SELECT task.*, COALESCE(
                   exam.minutes,
                   ceil(guide.duration_minutes * COALESCE(
                       exam.size::numeric / NULLIF(guide.total, 0), 1)), 0) AS minutes,
               EXISTS (SELECT FROM quizzes_assignmenttarget
                       WHERE assignment_id = task.id) AS is_targeted,
               (SELECT array_agg(examdomain_id) FROM quizzes_assignment_domains
                WHERE assignment_id = task.id) AS domains
        FROM quizzes_assignment AS task
        LEFT JOIN quizzes_exam AS exam ON exam.id = task.exam_id
        LEFT JOIN catalog_examguide AS guide ON guide.id = exam.guide_id
        WHERE task.classroom_id = ANY(%(classes)s) AND task.withdrawn_at IS NULL
    ), given AS (
        SELECT task.id AS task_id, task.kind, task.goal, task.guide_id, task.domains,
               task.counting, task.classroom_id, member.id AS member_id, member.person_id,
               COALESCE(own.opens_at, task.opens_at) AS opens_at,
               GREATEST(COALESCE(own.opens_at, task.opens_at, task.created_at),
                        member.joined_at) AS since,
               COALESCE(own.due_at, task.due_at) + more.extra AS due_at,
               COALESCE(own.closes_at, task.closes_at) + more.extra AS closes_at,
               COALESCE(own.late_policy, task.late_policy) = 'refuse' AS refuses
        FROM task
        JOIN member ON member.classroom_id = task.classroom_id AND (
            NOT task.is_targeted OR EXISTS (
                SELECT FROM quizzes_assignmenttarget AS target
                WHERE target.assignment_id = task.id AND (
                    target.person_id = member.person_id OR target.label_id = ANY(member.labels))))
        LEFT JOIN LATERAL (
            SELECT (array_agg(opens_at ORDER BY label_id IS NOT NULL, position, id)
                    FILTER (WHERE opens_at IS NOT NULL))[1] AS opens_at,
                   (array_agg(due_at ORDER BY label_id IS NOT NULL, position, id)
                    FILTER (WHERE due_at IS NOT NULL))[1] AS due_at,
                   (array_agg(closes_at ORDER BY label_id IS NOT NULL, position, id)
                    FILTER (WHERE closes_at IS NOT NULL))[1] AS closes_at,
                   (array_agg(minutes ORDER BY label_id IS NOT NULL, position, id)
                    FILTER (WHERE minutes IS NOT NULL))[1] AS minutes,
                   (array_agg(late_policy ORDER BY label_id IS NOT NULL, position, id)
                    FILTER (WHERE late_policy <> ''))[1] AS late_policy
            FROM quizzes_assignmentoverride AS other
            WHERE other.assignment_id = task.id AND (
                other.person_id = member.person_id OR other.label_id = ANY(member.labels))
        ) AS own ON true
        CROSS JOIN LATERAL (
            SELECT make_interval(secs => (60 * (member.factor - 1) * CASE task.kind
                WHEN 'mock' THEN COALESCE(own.minutes, task.minutes) ELSE 0 END)::float8) AS extra
        ) AS more
    ), sitting AS (
        SELECT attempt.assignment_id, attempt.student_id,
               bool_or(attempt.status = 'open') AS is_open,
               array_remove(array_agg(mark.share ORDER BY attempt.started_at, attempt.id), NULL)
                   AS shares
        FROM quizzes_attempt AS attempt
        LEFT JOIN LATERAL (
            SELECT points / NULLIF(max_points, 0) * CASE
                WHEN attempt.ended_at > (attempt.terms #>> '{late_after,value}')::timestamptz
                THEN 1 - COALESCE((attempt.terms #>> '{late_deduction,value}')::numeric, 0) / 100
                ELSE 1 END AS share
            FROM quizzes_score WHERE attempt_id = attempt.id ORDER BY number DESC LIMIT 1
        ) AS mark ON true
        WHERE attempt.assignment_id IN (SELECT id FROM task) AND attempt.status <> 'voided'
        GROUP BY attempt.assignment_id, attempt.student_id
    ), done AS (
        SELECT given.*, CASE counting
                   WHEN 'best' THEN (SELECT max(it) FROM unnest(sitting.shares) AS it)
                   WHEN 'first' THEN sitting.shares[1]
                   ELSE sitting.shares[cardinality(sitting.shares)] END AS share,
               COALESCE(sitting.is_open, practised.n > 0) AS is_begun,
               CASE kind WHEN 'mock' THEN cardinality(sitting.shares) > 0
                   ELSE practised.n >= goal END AS is_done
        FROM given
        LEFT JOIN sitting
          ON sitting.assignment_id = given.task_id AND sitting.student_id = given.person_id
        LEFT JOIN LATERAL (
            SELECT count(*) AS n FROM progress_evidence AS evidence
            WHERE given.kind = 'practice' AND evidence.person_id = given.person_id
              AND evidence.guide_id = given.guide_id AND evidence.mode = 'practice'
              AND evidence.answered_at >= given.since
              AND (given.closes_at IS NULL OR evidence.answered_at < given.closes_at)
              AND (NOT given.refuses OR given.due_at IS NULL
                   OR evidence.answered_at <= given.due_at)
              AND (given.domains IS NULL OR evidence.domain_id = ANY(given.domains))
        ) AS practised ON true
    ), state AS (
        SELECT done.*, CASE
            WHEN is_begun AND kind = 'mock' THEN 'in_progress'
            WHEN is_done THEN 'done'
            WHEN opens_at > %(now)s THEN 'not_open'
            WHEN closes_at <= %(now)s THEN 'missed'
            WHEN due_at < %(now)s AND refuses THEN 'missed'
            WHEN due_at < %(now)s THEN 'overdue'
            WHEN is_begun THEN 'in_progress'
            ELSE 'not_started' END AS state
        FROM done
    )
    SELECT 'task', task_id, count(*), count(*) FILTER (WHERE state = 'done'),
           count(*) FILTER (WHERE state = 'in_progress'),
           count(*) FILTER (WHERE state IN ('overdue', 'missed')),
           array_remove(array_agg(round(share, 4)::float8), NULL), NULL
    FROM state GROUP BY task_id
    UNION ALL
    SELECT 'member', member_id, count(*) FILTER (WHERE state <> 'not_open'),
           count(*) FILTER (WHERE state = 'done'),
           count(*) FILTER (WHERE state = 'in_progress'),
           count(*) FILTER (WHERE state = 'missed'),
           NULL,
           array_remove(array_agg(CASE WHEN state = 'overdue' THEN task_id END), NULL)
    FROM state GROUP BY member_id
"""


@dataclass(frozen=True, slots=True)
class TaskWork:
    """How far the people are whom an assignment is for."""

    given: int
    done: int
    running: int
    behind: int
    """Overdue, or no longer possible."""
    shares: tuple[float, ...]
    """What counts of each who has a result, after deductions."""


@dataclass(frozen=True, slots=True)
class MemberWork:
    """How far one student is with everything that has opened."""

    opened: int
    done: int
    running: int
    missed: int
    overdue: tuple[int, ...]
    """The assignments that are overdue, by id."""


NO_TASK = TaskWork(0, 0, 0, 0, ())
NO_WORK = MemberWork(0, 0, 0, 0, ())


@dataclass(frozen=True, slots=True)
class ClassWork:
    tasks: dict[int, TaskWork]
    members: dict[int, MemberWork]


def class_work(class_ids: Collection[int], *, now: datetime) -> ClassWork:
    """Sums by assignment and by membership of these classes: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_WORK, {"classes": list(class_ids), "now": now})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    tasks, members = {}, {}
    for what, key, given, done, running, behind, shares, overdue in rows:
        if what == "task":
            tasks[key] = TaskWork(given, done, running, behind, tuple(shares))
        else:
            members[key] = MemberWork(given, done, running, behind, tuple(overdue))
    return ClassWork(tasks, members)


_TASKS = """
    SELECT task.id, task.public_id::text, task.title, task.due_at, task.goal,
           COALESCE(exam.cut_fraction, guide.cut_fraction)::float8
    FROM quizzes_assignment AS task
    LEFT JOIN quizzes_exam AS exam ON exam.id = task.exam_id
    LEFT JOIN catalog_examguide AS guide ON guide.id = exam.guide_id
    WHERE task.classroom_id = %(class)s AND task.withdrawn_at IS NULL
    ORDER BY COALESCE(task.due_at, task.closes_at, task.created_at) DESC, task.id DESC
"""


@dataclass(frozen=True, slots=True)
class Task:
    """An assignment as the page of a class names it."""

    pk: int
    public_id: str
    title: str
    due_at: datetime | None
    goal: int | None
    """Questions to practise; None for a mock exam."""
    cut: float | None
    """The share that passes a mock exam."""


def tasks_of(class_id: int) -> list[Task]:
    """What the class was given and not withdrawn, what is due last first: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TASKS, {"class": class_id})
        return [Task(*row) for row in cursor.fetchall()]
