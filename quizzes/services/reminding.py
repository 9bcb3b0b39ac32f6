"""Tells students what their classes ask for: it opened, is due soon, is overdue, is marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django_tasks import task

from certportal.accounts.models import Membership, User
from certportal.accounts.services.notifying import Line, notify_all
from certportal.lib.clock import db_now
from certportal.lib.queueing import enqueue_once
from quizzes.models import Assignment, Attempt
from quizzes.selectors.assignment_status import WorkStatus, statuses
from quizzes.selectors.withholding import ended_beside_an_open_paper

SOON = timedelta(hours=24)
WINDOW = timedelta(hours=24)
"""What happened earlier is no news: after a long stop nobody gets a heap of old lines."""
# Extra time moves a due time by at most twice the longest exam.
_MOVED_AT_MOST = timedelta(hours=20)


def queue_reminders() -> bool:
    return enqueue_once(send_reminders)


@task()
def send_reminders() -> int:
    """Tell whoever is to be told now; again a moment later it tells nobody twice."""
    now = db_now()
    return notify_all([*_about_dates(now), *_about_marks(now)])


@dataclass(frozen=True, slots=True)
class _Work:
    """One assignment of one student."""

    assignment: Assignment
    member: Membership
    status: WorkStatus

    @property
    def due_at(self) -> datetime | None:
        return self.status.due_at or self.status.closes_at

    @property
    def opened_at(self) -> datetime:
        """Without a date it is open from the beginning."""
        return self.status.opens_at or self.assignment.created_at

    @property
    def may_be_begun(self) -> bool:
        return self.status.state in {"not_started", "in_progress"} and not self.status.running

    @property
    def is_undone(self) -> bool:
        """Nobody is late with what was due before they came."""
        return (
            self.status.state in {"overdue", "missed"}
            and self.due_at is not None
            and self.member.joined_at < self.due_at
        )

    def line(self, kind: str, *, at: datetime | None = None) -> Line:
        """`at` tells two events apart: a date that was moved is another one."""
        moment = f":{at.timestamp():.0f}" if at else ""
        return _line(
            self.member.person,
            kind,
            assignment=self.assignment,
            key=f"{kind}:{self.assignment.pk}{moment}",
            due_at=self.due_at.isoformat() if self.due_at else "",
            is_open=self.status.state == "overdue",
        )


def _about_dates(now: datetime) -> Iterator[Line]:
    """Class by class: a fixed number of statements each, whatever the number of students."""
    by_class: dict[int, list[Assignment]] = {}
    for assignment in _with_a_date_near(now):
        by_class.setdefault(assignment.classroom_id, []).append(assignment)
    for classroom, assignments in by_class.items():
        members = list(
            Membership.objects.current()
            .students()
            .filter(classroom=classroom, person__is_active=True)
            .select_related("person")
        )
        people = {member.person_id: member for member in members}
        asked = {assignment.pk: assignment for assignment in assignments}
        for (pk, person), status in statuses(assignments, members, now=now).items():
            line = _due_line(_Work(asked[pk], people[person], status), now)
            if line is not None:
                yield line


def _due_line(work: _Work, now: datetime) -> Line | None:
    """At most one of them: what is due within a day need not be announced as new, too."""
    due_at = work.due_at
    if due_at is not None and work.may_be_begun and now < due_at <= now + SOON:
        return work.line("assignment-due", at=due_at)
    if work.may_be_begun and _is_news(work.opened_at, now):
        return work.line("assignment-opened")
    if due_at is not None and work.is_undone and _is_news(due_at, now):
        return work.line("assignment-overdue", at=due_at)
    return None


def _is_news(at: datetime, now: datetime) -> bool:
    return now - WINDOW < at <= now


def _with_a_date_near(now: datetime) -> QuerySet[Assignment]:
    """Everything of which a date may lie near for somebody; what does not is sorted out later."""
    near = (now - WINDOW - _MOVED_AT_MOST, now + SOON)
    dates = ("opens_at", "due_at", "closes_at", "overrides__opens_at", "overrides__due_at")
    found = Q(created_at__range=near, opens_at=None) | Q(overrides__closes_at__range=near)
    for name in dates:
        found |= Q(**{f"{name}__range": near})
    return (
        Assignment.objects.current()
        .filter(found)
        .distinct()
        .select_related("classroom", "exam__guide__certification", "guide__certification")
        .order_by("classroom_id", "pk")
    )


def _about_marks(now: datetime) -> Iterator[Line]:
    """Sittings with a score, of members; every feedback policy shows the score at the end."""
    attempts: Any = (
        Attempt.objects.closed()
        .exclude(status=Attempt.Status.VOIDED)
        .exclude(ended_beside_an_open_paper())
        .filter(
            assignment__in=Assignment.objects.current(),
            processed_at__range=(now - WINDOW, now),
            scores__number=1,
            student__is_active=True,
        )
        .select_related("student", "assignment__classroom")
    )
    rows = list(attempts)
    members = set(
        Membership.objects.current()
        .students()
        .filter(classroom__in={row.assignment.classroom_id for row in rows})
        .values_list("classroom", "person")
    )
    for row in rows:
        if (row.assignment.classroom_id, row.student_id) in members:
            yield _line(
                row.student,
                "assignment-graded",
                assignment=row.assignment,
                key=f"assignment-graded:{row.pk}",
                link=reverse("quizzes:attempt-result", args=[row.public_id]),
            )


def _line(
    person: User, kind: str, *, assignment: Assignment, key: str, link: str = "", **facts: Any
) -> Line:
    return Line(
        person=person,
        kind=kind,
        event_key=key,
        data={
            "title": assignment.title,
            "classroom": assignment.classroom.name,
            "zone": assignment.classroom.time_zone,
            **facts,
        },
        link=link or reverse("quizzes:assignment-detail", args=[assignment.public_id]),
        is_reminder=True,
    )
