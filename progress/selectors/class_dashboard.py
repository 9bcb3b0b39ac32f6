"""The page of a class: who needs help and why, everybody by domain, what was set, the trend.

It is asked for often and shows hundreds of figures, so what the templates get is nearly
all words already: wording a figure there costs ten times as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from certportal.accounts.models import Classroom
from certportal.lib import class_charts
from progress.engine.attention import FEWEST_ANSWERS, Reasons, Tally, reasons
from progress.models import ClassGoal
from progress.selectors.class_cells import (
    Cell,
    Shade,
    behind_words,
    cell,
    day_words,
    days_words,
    dot_words,
    goal_words,
    shades,
)
from progress.selectors.class_figures import (
    ClassFigures,
    Spread,
    StudentFigures,
    class_figures,
    student_figures,
)
from progress.selectors.class_seen import ClassSeen, DomainSeen
from progress.selectors.class_words import (
    chart_words,
    facts_words,
    last_week_words,
    median_words,
)
from progress.selectors.class_work import (
    NO_TASK,
    NO_WORK,
    ClassWork,
    Task,
    class_work,
    tasks_of,
)
from progress.selectors.needs_words import tags_of, why_of
from quizzes.models import Assignment

STUDENTS_A_PAGE = 50
MOST_NEEDY = 8
ALL_NEEDY = 100
MOST_ASSIGNMENTS = 8
_NO_TARGET = 0.7
_FEWEST_WEEKS = 2
_WEEK_DAYS = 7
_NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked the table for."""

    query: str = ""
    label: int | None = None
    sort: str = "name"
    """`name` or `seen`: those longest away first."""
    page: int = 1
    all_needy: bool = False
    """Everybody who needs the instructor, not only the most urgent."""

    @property
    def most_needy(self) -> int:
        return ALL_NEEDY if self.all_needy else MOST_NEEDY

    @property
    def are_empty(self) -> bool:
        return not self.query and self.label is None and self.sort == "name"


@dataclass(frozen=True, slots=True)
class DomainColumn:
    """A column of the table with the median of the class, in words."""

    domain: DomainSeen
    median: str


class StudentRow(NamedTuple):
    """One line of the table, in words."""

    name: str
    public_id: str
    cells: tuple[Cell, ...]
    last: str
    """How long ago the last answer was."""
    mocks: str
    """How many were sat; empty for none."""
    mock_percent: str
    mock_passed: bool | None
    work: str
    """Done of what has opened; empty where nothing has."""
    overdue: str
    pulse: str
    """The `d` of a path."""


@dataclass(frozen=True, slots=True)
class Needy:
    """A student who needs the instructor, with the reasons spelled out."""

    name: str
    public_id: str
    is_overdue: bool
    tags: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """One line of what the class was given, in words."""

    title: str
    public_id: str
    due: str
    done: str
    behind: str
    goal: str
    """What is to be practised; empty for a mock exam, whose results are dots."""
    dots: class_charts.Dots
    dot: str
    """What a dot stands for, where it is not one student."""


@dataclass(frozen=True, slots=True)
class WeekRow:
    week: str
    median: str
    low: str
    high: str
    students: str


@dataclass(frozen=True, slots=True)
class OverTime:
    """The class week by week."""

    chart: class_charts.ClassWeeks
    label: str
    """The chart in words."""
    said: str
    """What stands below the chart."""
    rows: tuple[WeekRow, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    facts: str
    """What the head says of the class."""
    target: int
    """In percent: the pass mark of the guide."""
    students: int
    active: int
    """Students who answered something in the last seven days."""
    needy: tuple[Needy, ...]
    needy_count: int
    columns: tuple[DomainColumn, ...]
    median: str
    """What the line of medians is called."""
    rows: Page[StudentRow]
    legend: tuple[Shade, ...]
    assignments: tuple[AssignmentRow, ...]
    assignment_count: int
    over_time: OverTime | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What all parts of the page are made of."""

    classroom: ClassSeen
    domains: Mapping[int, DomainSeen]
    students: Sequence[StudentFigures]
    work: ClassWork
    tasks: Sequence[Task]
    now: datetime
    zone: ZoneInfo
    target: float

    def day_of(self, moment: datetime) -> str:
        return day_words(moment.astimezone(self.zone).date(), "MONTH_DAY_FORMAT")

    def days_since(self, moment: datetime | None) -> int | None:
        """By the calendar of the class."""
        if moment is None:
            return None
        here, then = self.now.astimezone(self.zone), moment.astimezone(self.zone)
        return here.toordinal() - then.toordinal()


def goal_of(classroom: Classroom) -> ClassGoal | None:
    """The goal that came with the class; no statement."""
    goal: ClassGoal | None = getattr(classroom, "goal", None)
    return goal


def assignments_of(classroom: Classroom) -> QuerySet[Assignment]:
    """Those not withdrawn, what is due last first."""
    return (
        Assignment.objects.filter(classroom=classroom, withdrawn_at=None)
        .select_related("exam__guide__certification", "guide", "classroom")
        .order_by(Coalesce("due_at", "closes_at", "created_at").desc(), "-pk")
        .defer("instructions", "password", "exam__instructions")
    )


def dashboard(classroom: ClassSeen, filters: Filters, *, now: datetime) -> Dashboard:
    """Four statements at any size."""
    known = _known(classroom, now)
    figures = class_figures(classroom.pk, enough=FEWEST_ANSWERS)
    target = round(known.target * 100)
    needy = _needy(known)
    spreads = figures.domains
    students = len(known.students)
    active = sum(1 for it in known.students if it.seen and (now - it.seen).days < _WEEK_DAYS)
    code = classroom.goal.code if classroom.goal else ""
    return Dashboard(
        facts=facts_words(students, active, code=code, zone=classroom.time_zone),
        target=target,
        students=students,
        active=active,
        needy=tuple(_worded(*it, known) for it in needy[: filters.most_needy]),
        needy_count=len(needy),
        columns=tuple(
            DomainColumn(domain, _percent(spreads[pk].median) if pk in spreads else "–")
            for pk, domain in known.domains.items()
        ),
        median=median_words(students),
        rows=_rows(known, filters, target),
        legend=shades(target),
        assignments=tuple(_assignment_row(it, known) for it in known.tasks[:MOST_ASSIGNMENTS]),
        assignment_count=len(known.tasks),
        over_time=_over_time(figures, known.target),
    )


def _known(classroom: ClassSeen, now: datetime) -> _Known:
    goal, zone = classroom.goal, classroom.zone
    return _Known(
        classroom=classroom,
        domains={domain.pk: domain for domain in classroom.domains},
        students=student_figures(
            classroom.pk,
            guide_id=goal.guide_id if goal else None,
            today=now.astimezone(zone).date(),
        ),
        work=class_work([classroom.pk], now=now),
        tasks=tasks_of(classroom.pk),
        now=now,
        zone=zone,
        target=goal.cut if goal else _NO_TARGET,
    )


def _needy(known: _Known) -> list[tuple[StudentFigures, Reasons]]:
    """Those with a reason, the most urgent first."""
    found = []
    for student in known.students:
        why = reasons(
            seen=student.seen,
            since=student.joined_at,
            now=known.now,
            overdue=known.work.members.get(student.member_id, NO_WORK).overdue,
            recent={pk: tally for pk, tally in student.recent.items() if pk in known.domains},
            target=known.target,
        )
        if why:
            found.append((student, why))
    found.sort(key=lambda it: (*(-n for n in it[1].urgency), it[0].name.casefold()))
    return found


def _worded(student: StudentFigures, why: Reasons, known: _Known) -> Needy:
    titles = {task.pk: task.title for task in known.tasks}
    low = [(known.domains[it.domain_id].name, it.tally) for it in why.low]
    return Needy(
        name=student.name,
        public_id=student.public_id,
        is_overdue=bool(why.overdue),
        tags=tags_of(why, low),
        why=why_of(
            why,
            low,
            overdue=[titles[pk] for pk in why.overdue if pk in titles],
            target=round(known.target * 100),
            day=known.day_of(student.seen or student.joined_at),
        ),
    )


def _rows(known: _Known, filters: Filters, target: int) -> Page[StudentRow]:
    query = filters.query.casefold()
    chosen = [
        it
        for it in known.students
        if query in it.name.casefold() and (filters.label is None or filters.label in it.labels)
    ]
    chosen.sort(key=lambda it: it.name.casefold())
    if filters.sort == "seen":
        chosen.sort(key=lambda it: it.seen or it.joined_at)
    page = Paginator(chosen, STUDENTS_A_PAGE).get_page(filters.page)
    rows = [_row(it, known, target) for it in page.object_list]
    return Page(rows, page.number, page.paginator)  # type: ignore[arg-type]


def _row(student: StudentFigures, known: _Known, target: int) -> StudentRow:
    tallies, work = student.tallies, known.work.members.get(student.member_id, NO_WORK)
    share = student.last_share
    return StudentRow(
        name=student.name,
        public_id=student.public_id,
        cells=tuple([cell(tallies.get(pk, _NOTHING), target) for pk in known.domains]),
        last=days_words(known.days_since(student.seen)),
        mocks=str(student.mocks or ""),
        mock_percent="" if share is None else _percent(share),
        mock_passed=student.last_passed,
        work=f"{work.done}/{work.opened}" if work.opened else "",
        overdue=str(len(work.overdue) or ""),
        pulse=class_charts.pulse_path(student.pulse),
    )


def _percent(share: float) -> str:
    return f"{round(share * 100)}%"


def _assignment_row(task: Task, known: _Known) -> AssignmentRow:
    work = known.work.tasks.get(task.pk, NO_TASK)
    found = class_charts.dots(work.shares, target=task.cut or known.target)
    return AssignmentRow(
        title=task.title,
        public_id=task.public_id,
        due=_due(task, known.zone),
        done=f"{work.done}/{work.given}",
        behind=behind_words(work.behind),
        goal=goal_words(task.goal) if task.goal else "",
        dots=found,
        dot=dot_words(found.each),
    )


def _due(task: Task, zone: ZoneInfo) -> str:
    if task.due_at is None:
        return gettext("no due date")
    # Without its zone: the same moment reads otherwise in another class.
    wall = task.due_at.astimezone(zone).replace(tzinfo=None)
    day = day_words(wall, "DATETIME_FORMAT")
    return gettext("due %(day)s") % {"day": day}


def _over_time(figures: ClassFigures, target: float) -> OverTime | None:
    if len(figures.weeks) < _FEWEST_WEEKS:
        return None
    lines = [(week, it.low, it.median, it.high) for week, it in figures.weeks]
    rows = tuple(_week_row(day_words(week, "DATE_FORMAT"), it) for week, it in figures.weeks)
    last, percent = rows[-1], round(target * 100)
    return OverTime(
        chart=class_charts.class_weeks(lines, target=target),
        label=chart_words(median=last.median, low=last.low, high=last.high),
        said=last_week_words(median=last.median, students=last.students, target=percent),
        rows=rows,
    )


def _week_row(week: str, spread: Spread) -> WeekRow:
    return WeekRow(
        week=week,
        median=_percent(spread.median),
        low=_percent(spread.low),
        high=_percent(spread.high),
        students=str(spread.students),
    )
