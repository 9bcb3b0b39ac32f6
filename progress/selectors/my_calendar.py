"""What the calendar of a student holds: the dates of their classes as they are for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from certportal.accounts.models import Membership, User
from certportal.lib.icalendar import Event
from progress.models import ClassGoal
from quizzes.engine.terms import EffectiveTerms
from quizzes.models import Assignment
from quizzes.selectors.assignment_terms import dates_of


def my_calendar(student: User) -> tuple[Event, ...]:
    """Opening, due and closing of everything assigned, and the days of the real exams.

    Withdrawn work stays as cancelled, so that calendars which know it take it away.
    A fixed number of statements, in the language that is switched on.
    """
    memberships = list(
        Membership.objects.current()
        .students()
        .filter(person=student, classroom__archived_at=None)
        .select_related("classroom")
    )
    classrooms = [membership.classroom_id for membership in memberships]
    assignments = list(
        Assignment.objects.filter(classroom__in=classrooms)
        .select_related("classroom", "exam__guide__certification", "guide__certification")
        .order_by("pk")
    )
    terms = dates_of(assignments, memberships)
    goals = (
        ClassGoal.objects.filter(classroom__in=classrooms, exam_on__isnull=False)
        .select_related("classroom", "guide__certification")
        .order_by("classroom")
    )
    return (
        *(
            event
            for assignment in assignments
            if (assignment.pk, student.pk) in terms
            for event in _events(assignment, terms[assignment.pk, student.pk])
        ),
        *(_exam_day(goal, goal.exam_on) for goal in goals if goal.exam_on),
    )


def _events(assignment: Assignment, terms: EffectiveTerms) -> Iterator[Event]:
    closes_at = terms.own_close if terms.own_close != terms.own_due else None
    moments: tuple[tuple[str, datetime | None, str], ...] = (
        ("opens", terms.opens_at.value, _("%(title)s opens")),
        ("due", terms.own_due, _("%(title)s is due")),
        ("closes", closes_at, _("%(title)s closes")),
    )
    link = reverse("quizzes:assignment-detail", args=[assignment.public_id])
    for name, at, words in moments:
        if at is not None:
            yield Event(
                uid=_uid(f"{assignment.public_id}-{name}"),
                at=at,
                summary=words % {"title": assignment.title},
                description=assignment.classroom.name,
                url=settings.PUBLIC_URL + link,
                is_cancelled=assignment.is_withdrawn,
            )


def _exam_day(goal: ClassGoal, day: date) -> Event:
    return Event(
        uid=_uid(f"{goal.classroom.public_id}-exam"),
        at=day,
        summary=_("Exam day: %(code)s") % {"code": goal.guide.certification.code},
        description=goal.classroom.name,
    )


def _uid(name: str) -> str:
    return f"{name}@{urlsplit(settings.PUBLIC_URL).hostname}"
