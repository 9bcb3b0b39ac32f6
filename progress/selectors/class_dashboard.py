"""The page of a class: who needs help and why, everybody by domain, what was set, the trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from certportal.accounts.models import ClassLabel, Classroom
from certportal.catalog.models import ExamDomain
from certportal.lib import class_charts
from progress.engine.attention import FEWEST_ANSWERS, Reasons, Tally, reasons
from progress.models import ClassGoal
from progress.selectors.class_cells import Cell, Shade, cell, days_words, shades
from progress.selectors.class_figures import (
    ClassFigures,
    Spread,
    StudentFigures,
    class_figures,
    student_figures,
)
from progress.selectors.class_work import (
    NO_TASK,
    NO_WORK,
    ClassWork,
    TaskWork,
    class_work,
)
from quizzes.models import Assignment

STUDENTS_A_PAGE = 50
MOST_NEEDY = 8
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

    @property
    def are_empty(self) -> bool:
        return not self.query and self.label is None and self.sort == "name"


@dataclass(frozen=True, slots=True)
class DomainColumn:
    """A column of the table with the median of the class."""

    domain: ExamDomain
    spread: Spread | None


@dataclass(frozen=True, slots=True)
class StudentRow:
    """Nearly all of it words: formatting figures in the template is what costs most."""

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
class LowShare:
    domain: ExamDomain
    right: int
    n: int


@dataclass(frozen=True, slots=True)
class Needy:
    """A student who needs the instructor, with the reasons spelled out."""

    figures: StudentFigures
    reasons: Reasons
    low: tuple[LowShare, ...]
    overdue: tuple[str, ...]
    """Titles."""


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    assignment: Assignment
    work: TaskWork
    dots: class_charts.Dots
    target: str


@dataclass(frozen=True, slots=True)
class OverTime:
    """The class week by week."""

    chart: class_charts.ClassWeeks
    weeks: tuple[tuple[object, Spread], ...]
    change: int
    """Points of a hundred that the median moved from the first week to the last."""

    @property
    def last(self) -> Spread:
        return self.weeks[-1][1]


@dataclass(frozen=True, slots=True)
class Dashboard:
    goal: ClassGoal | None
    target: int
    """In percent: the pass mark of the guide."""
    students: int
    active: int
    """Students who answered something in the last seven days."""
    needy: tuple[Needy, ...]
    needy_count: int
    columns: tuple[DomainColumn, ...]
    rows: Page[StudentRow]
    labels: tuple[ClassLabel, ...]
    legend: tuple[Shade, ...]
    assignments: tuple[AssignmentRow, ...]
    assignment_count: int
    over_time: OverTime | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What all parts of the page are made of."""

    goal: ClassGoal | None
    domains: Mapping[int, ExamDomain]
    students: Sequence[StudentFigures]
    work: ClassWork
    assignments: Sequence[Assignment]
    now: datetime
    zone: ZoneInfo

    @property
    def target(self) -> float:
        return float(self.goal.guide.cut_fraction) if self.goal else _NO_TARGET

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


def dashboard(classroom: Classroom, filters: Filters, *, now: datetime) -> Dashboard:
    """Six statements at any size, for a class that came with its goal and guide."""
    known = _known(classroom, now)
    figures = class_figures(classroom.pk, enough=FEWEST_ANSWERS)
    needy = _needy(known)
    target = round(known.target * 100)
    shown = known.assignments[:MOST_ASSIGNMENTS]
    return Dashboard(
        goal=known.goal,
        target=target,
        students=len(known.students),
        active=sum(1 for it in known.students if it.seen and (now - it.seen).days < _WEEK_DAYS),
        needy=needy[:MOST_NEEDY],
        needy_count=len(needy),
        columns=tuple(
            DomainColumn(domain, figures.domains.get(pk)) for pk, domain in known.domains.items()
        ),
        rows=_rows(known, filters, target),
        labels=tuple(classroom.labels.all()),
        legend=shades(target),
        assignments=tuple(_assignment_row(it, known) for it in shown),
        assignment_count=len(known.assignments),
        over_time=_over_time(figures, known.target),
    )


def _known(classroom: Classroom, now: datetime) -> _Known:
    goal = goal_of(classroom)
    domains = ExamDomain.objects.filter(guide=goal.guide, is_current=True) if goal else ()
    today = now.astimezone(classroom.zone).date()
    return _Known(
        goal=goal,
        domains={domain.pk: domain for domain in domains},
        students=student_figures(
            classroom.pk, guide_id=goal.guide_id if goal else None, today=today
        ),
        work=class_work([classroom.pk], now=now),
        assignments=list(assignments_of(classroom)),
        now=now,
        zone=classroom.zone,
    )


def assignments_of(classroom: Classroom) -> QuerySet[Assignment]:
    """Those not withdrawn, what is due last first."""
    return (
        Assignment.objects.filter(classroom=classroom, withdrawn_at=None)
        .select_related("exam__guide__certification", "guide", "classroom")
        .order_by(Coalesce("due_at", "closes_at", "created_at").desc(), "-pk")
        .defer("instructions", "password", "exam__instructions")
    )


def _needy(known: _Known) -> tuple[Needy, ...]:
    titles = {it.pk: it.title for it in known.assignments}
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
            found.append((why.urgency, student, why))
    found.sort(key=lambda it: (*(-n for n in it[0]), it[1].name.casefold()))
    return tuple(
        Needy(
            figures=student,
            reasons=why,
            low=tuple(
                LowShare(known.domains[it.domain_id], it.tally.right, it.tally.n) for it in why.low
            ),
            overdue=tuple(titles[pk] for pk in why.overdue if pk in titles),
        )
        for _, student, why in found
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
        cells=tuple(cell(tallies.get(pk, _NOTHING), target) for pk in known.domains),
        last=days_words(known.days_since(student.seen)),
        mocks=str(student.mocks or ""),
        mock_percent="" if share is None else f"{round(share * 100)}%",
        mock_passed=student.last_passed,
        work=f"{work.done}/{work.opened}" if work.opened else "",
        overdue=str(len(work.overdue) or ""),
        pulse=class_charts.pulse_path(student.pulse),
    )


def _assignment_row(assignment: Assignment, known: _Known) -> AssignmentRow:
    work = known.work.tasks.get(assignment.pk, NO_TASK)
    target = cut_of(assignment, known.target)
    return AssignmentRow(
        assignment=assignment,
        work=work,
        dots=class_charts.dots(work.shares, target=target),
        target=str(round(target * 100)),
    )


def cut_of(assignment: Assignment, otherwise: float) -> float:
    """The share that passes an assigned mock."""
    exam = assignment.exam
    return float(exam.cut_fraction or exam.guide.cut_fraction) if exam else otherwise


def _over_time(figures: ClassFigures, target: float) -> OverTime | None:
    if len(figures.weeks) < _FEWEST_WEEKS:
        return None
    lines = [(week, it.low, it.median, it.high) for week, it in figures.weeks]
    return OverTime(
        chart=class_charts.class_weeks(lines, target=target),
        weeks=figures.weeks,
        change=round(100 * lines[-1][2]) - round(100 * lines[0][2]),
    )
