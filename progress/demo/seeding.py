"""Makes the whole demonstration: people, classes, work and eight weeks of history."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.text import slugify

from certportal.accounts.models import Classroom, User
from certportal.catalog.models import ExamGuide
from progress.demo.history import Bank, Historian, MockDoor, PracticeDoor, Student
from progress.demo.people import (
    MAIN_CLASS,
    DemoClass,
    add_simulated_people,
    make_main_class,
    make_old_class,
    make_quiet_class,
)
from progress.demo.planning import WEEKS, Doors, Planner, Pupil, Term
from progress.demo.pricing import make_own_exams
from progress.demo.simulating import Character, Habit, Learner, characters
from progress.demo.work import give_work
from progress.services.recording import rebuild_evidence
from quizzes.models import Assignment, Exam
from quizzes.selectors.assignment_terms import terms_by_person
from quizzes.selectors.exam_blueprint import exam_blueprint
from quizzes.selectors.mock_offers import mock_offer
from quizzes.services.replaying import replay

MAIN_GUIDE, QUIET_GUIDE = "CLF-C02", "SAA-C03"
INSTRUCTOR = "instructor@example.com"
STUDENTS = ("student@example.com", "student2@example.com")
_MIXED_ABILITY = (0.9, 0.1, 0.6, -0.1)
"""Of these two, domain by domain: good at some, in need of others."""

Say = Callable[[str], None]


class NoCatalogueError(Exception):
    """The certifications of the demonstration are not in the database."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to be."""

    students: int = 30
    """Simulated ones, beside the two whom visitors sign in as."""
    answers: int = 20_000
    seed: int = 2026


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made."""

    students: int
    sittings: int
    answers: int
    join_code: str


def is_seeded() -> bool:
    """Whether the class of the demonstration exists, whatever has become of it and its name."""
    slug = slugify(MAIN_CLASS)
    return Classroom.objects.filter(slug=slug, created_by__email=INSTRUCTOR).exists()


@transaction.atomic
def seed_class(size: Size, say: Say, *, now: datetime) -> Seeded:
    """Make the classes of the demo instructor with their history until `now`, all or nothing.

    Raises:
        NoCatalogueError: catalogue and question banks are not loaded.
    """
    guide, quiet = _guide(MAIN_GUIDE), _guide(QUIET_GUIDE)
    begin = now - timedelta(weeks=WEEKS)
    instructor = User.objects.get(email=INSTRUCTOR)
    demo_students = [User.objects.get(email=email) for email in STUDENTS]
    people = [*demo_students, *add_simulated_people(size.students + 1)]
    cast = _cast(len(demo_students) + size.students, guide, seed=size.seed)
    demo = make_main_class(instructor, people, cast, guide=guide, begin=begin, now=now)
    simulated = [it.person for it in demo.students[len(demo_students) :]]
    make_old_class(instructor, simulated, guide=guide, now=now)
    quiet_class = make_quiet_class(instructor, simulated, guide=quiet, now=now)
    catalogue = Exam.objects.for_everybody().get(guide=guide)
    own = make_own_exams(instructor, guide)
    given = give_work(demo, by=instructor, guide=guide, catalogue=catalogue, own=own, now=now)
    doors = _doors(demo, given, catalogue=catalogue, quiet=quiet)
    say(f"Simulating {WEEKS} weeks of {len(demo.students)} students")
    pupils = _pupils(demo, cast, quiet_class, answers=size.answers)
    zone = demo.classroom.zone
    planner = Planner(doors, Term(begin, now, zone), seed=size.seed)
    plans = [plan for pupil in pupils for plan in planner.plans(pupil)]
    students = {it.member.person_id: _student(it, begin, seed=size.seed) for it in pupils}
    told = Historian(Bank.of([guide, quiet]), students, now=now).tell(plans)
    say(f"Writing {len(told)} sittings")
    answers = replay(told)
    say("Summing up what the answers tell")
    _analyse()
    rebuild_evidence()
    return Seeded(len(demo.students), len(told), answers, demo.join_code)


def _guide(code: str) -> ExamGuide:
    found = (
        ExamGuide.objects.current()
        .select_related("certification")
        .filter(certification__code=code)
        .first()
    )
    if found is None:
        raise NoCatalogueError(code)
    return found


def _cast(count: int, guide: ExamGuide, *, seed: int) -> list[Character]:
    """The characters of a class; the two whom visitors sign in as work steadily."""
    domains = [domain.key for domain in guide.domains.all() if domain.is_current]
    cast = characters(count, domains=domains, seed=seed)
    ability = dict(zip(domains, itertools.cycle(_MIXED_ABILITY), strict=False))
    steady = [
        replace(it, habit=Habit.STEADY, diligence=1.1, ability=ability)
        for it in cast[: len(STUDENTS)]
    ]
    return steady + cast[len(STUDENTS) :]


def _doors(
    demo: DemoClass, given: Mapping[str, Assignment], *, catalogue: Exam, quiet: ExamGuide
) -> Doors:
    mocks = {name: it for name, it in given.items() if it.exam is not None}
    blueprint = exam_blueprint(catalogue)
    return Doors(
        practice=PracticeDoor.of(catalogue.guide),
        mock=MockDoor.of(blueprint),
        offer=mock_offer(catalogue.guide),
        quiet=PracticeDoor.of(quiet),
        assigned={
            name: MockDoor.of(exam_blueprint(it.exam), it) for name, it in mocks.items() if it.exam
        },
        terms={name: terms_by_person(it, demo.students) for name, it in mocks.items()},
        goals=[it for it in given.values() if it.guide is not None],
    )


def _pupils(
    demo: DemoClass, cast: Sequence[Character], quiet_class: Classroom, *, answers: int
) -> list[Pupil]:
    """Who does how much of all the answers, by diligence."""
    in_quiet = set(quiet_class.memberships.students().values_list("person_id", flat=True))
    whole = sum(character.diligence for character in cast)
    return [
        Pupil(place, member, character, round(answers * character.diligence / whole), is_quiet)
        for place, (member, character) in enumerate(zip(demo.students, cast, strict=True))
        for is_quiet in [member.person_id in in_quiet]
    ]


def _student(pupil: Pupil, begin: datetime, *, seed: int) -> Student:
    rng = random.Random(f"{seed}:answers:{pupil.place}")  # noqa: S311 - reproducible
    return Student(pupil.member.person, Learner(pupil.character), rng, busy_until=begin)


def _analyse() -> None:
    """Let the planner know what the tables hold now; what comes next reads them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE accounts_membership, quizzes_assignment, quizzes_attempt,"
            " quizzes_attemptitem, quizzes_answer, quizzes_answerevent, quizzes_itemmark,"
            " quizzes_score"
        )
