"""On which days somebody studied, and how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from certportal.accounts.models import User
from certportal.lib.time_charts import StudyCalendar, study_calendar
from progress.models import Evidence

WEEKS = 26
_DAY_BEGINS = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar, for its table."""

    first: date
    days: int
    answers: int


@dataclass(frozen=True, slots=True)
class StudyDays:
    """The days with answers in the last 26 weeks, until today; at least one."""

    last: date
    answers: Mapping[date, int]
    chart: StudyCalendar

    @property
    def total(self) -> int:
        return sum(self.answers.values())

    @property
    def studied(self) -> int:
        return len(self.answers)

    @property
    def since(self) -> date:
        """The first day with an answer."""
        return min(self.answers)

    @property
    def days_since(self) -> int:
        return (self.last - self.since).days + 1

    @property
    def best_day(self) -> date:
        """The day with most answers; of several the latest."""
        return max(self.answers, key=lambda day: (self.answers[day], day))

    @property
    def best(self) -> int:
        return self.answers[self.best_day]

    @property
    def longest_pause(self) -> int:
        """Days on end without an answer, since the first; today may still bring one."""
        days = sorted({*self.answers, self.last})
        return max((((after - before).days - 1) for before, after in pairwise(days)), default=0)

    @property
    def months(self) -> tuple[Month, ...]:
        found: dict[date, list[int]] = defaultdict(list)
        for day, answers in sorted(self.answers.items()):
            found[day.replace(day=1)].append(answers)
        return tuple(Month(first, len(days), sum(days)) for first, days in found.items())


def study_day(student: User, now: datetime) -> date:
    """The student's own day, which begins at four in the morning."""
    return (now.astimezone(ZoneInfo(student.time_zone)) - _DAY_BEGINS).date()


def study_days(evidence: QuerySet[Evidence], *, today: date) -> StudyDays | None:
    """The last 26 weeks, this one included; None without an answer in them. One statement."""
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    rows = (
        evidence.filter(study_day__range=(first, today))
        .order_by()
        .values("study_day")
        .annotate(answers=Count("pk"))
        .values_list("study_day", "answers")
    )
    answers = dict(rows)
    if not answers:
        return None
    return StudyDays(today, answers, study_calendar(answers, first=first, last=today))
