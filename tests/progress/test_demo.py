"""The demo class: everything that a portal in use has, with books that balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import correlation

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.db.models import Max, Q

from certportal.accounts.models import Classroom, Invitation, User
from certportal.accounts.services.demo import seed_demo_people
from certportal.accounts.services.joining import look_up_code
from progress.demo.history import Bank
from progress.demo.people import MAIN_CLASS, OLD_CLASS, QUIET_CLASS
from progress.demo.pricing import MISKEYED, SET_SLUG
from progress.demo.seeding import Seeded, Size, is_seeded, seed_class
from progress.demo.simulating import Learner, characters
from progress.models import Evidence, MembershipWeek
from progress.services.recording import rebuild_evidence
from quizzes.models import (
    Answer,
    Assignment,
    Attempt,
    AttemptItem,
    Question,
    QuestionSet,
)
from quizzes.selectors.assignment_status import statuses
from quizzes.services.starting import option_order
from tests.progress.demo_books import (
    a_sample,
    check_grades,
    check_ledger,
    load_content,
    share_right,
)

NOW = datetime(2026, 11, 18, 17, 40, tzinfo=UTC)
PASSWORD = "demo-password-123"


@pytest.fixture(scope="module")
def _seeded(django_db_setup: None, django_db_blocker) -> Iterator[Seeded]:
    # Once for all tests here; each runs in a savepoint inside this transaction.
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
        load_content()
        seed_demo_people(PASSWORD)
        seeded = seed_class(Size(30, 3_000), lambda _text: None, now=NOW)
    yield seeded
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def seeded(_seeded: Seeded, db: None) -> Seeded:
    return _seeded


@pytest.fixture
def classroom(seeded: Seeded) -> Classroom:
    return Classroom.objects.get(name=MAIN_CLASS)


@pytest.fixture
def student(seeded: Seeded) -> User:
    return User.objects.get(email="student@example.com")


# What there is


def test_the_class_and_its_people(seeded: Seeded, classroom: Classroom):
    assert is_seeded()
    assert seeded.students == 32
    members = classroom.memberships
    assert Counter(members.values_list("role", flat=True)) == {
        "student": 32,
        "assistant": 1,
        "instructor": 1,
    }
    assert members.exclude(left_at=None).count() == 1
    assert classroom.goal.guide.certification.code == "CLF-C02"
    assert members.filter(extra_time_factor__gt=1).exclude(extra_time_reason="").count() == 1
    labels = {it.name: it for it in classroom.labels.all()}
    assert labels["Extra time"].extra_time_factor == Decimal("1.5")
    assert labels["Extra time"].memberships.count() == 2
    assert labels["Evening group"].memberships.exists()
    assert Invitation.objects.waiting(NOW).filter(classroom=classroom).count() == 1
    assert look_up_code(seeded.join_code, now=NOW).classroom == classroom


def test_nobody_can_sign_in_as_a_simulated_person(seeded: Seeded):
    simulated = User.objects.filter(email__startswith="sim")
    assert simulated.count() == 31
    assert not any(person.has_usable_password() for person in simulated)
    assert not simulated.filter(Q(is_staff=True) | Q(reminders_by_mail=True)).exists()


def test_the_other_two_classes(seeded: Seeded):
    quiet, old = (Classroom.objects.get(name=name) for name in (QUIET_CLASS, OLD_CLASS))
    assert quiet.goal.guide.certification.code == "SAA-C03"
    assert quiet.memberships.current().students().count() == 5
    assert not quiet.assignments.exists()
    assert old.archived_at is not None
    assert old.archived_at < NOW - timedelta(days=90)
    assert not old.memberships.current().students().exists()


def test_assignments_are_in_every_state(classroom: Classroom):
    members = list(classroom.memberships.students().select_related("person"))
    given = list(classroom.assignments.all())
    found = statuses(given, members, now=NOW)
    assert {it.state for it in found.values()} == {
        "not_open",
        "not_started",
        "in_progress",
        "done",
        "overdue",
        "missed",
    }
    late = [it for it in found.values() if it.counted and it.counted.is_late]
    assert {it.counted.deduction for it in late if it.counted} >= {20}
    kinds = Counter(it.kind for it in given)
    assert kinds == {"mock": 5, "practice": 3}
    assert [it.title for it in given if it.is_withdrawn] == ["Drill: security services"]
    exceptions = [rule for it in given for rule in it.overrides.all()]
    assert {bool(rule.label_id) for rule in exceptions} == {True, False}
    assert all(rule.reason for rule in exceptions)
    assert {it.password != "" for it in given} == {True, False}


def test_the_first_student_has_something_due_soon_and_something_marked(
    classroom: Classroom, student: User
):
    member = classroom.memberships.get(person=student)
    found = statuses(classroom.assignments.all(), [member], now=NOW)
    by_title = {
        Assignment.objects.get(pk=assignment).title: it for (assignment, _), it in found.items()
    }
    second, first = by_title["Second mock exam"], by_title["First mock exam"]
    assert second.state == "not_started"
    assert second.due_at is not None
    assert NOW < second.due_at < NOW + timedelta(days=1)
    assert first.state == "done"
    assert first.counted is not None


def test_somebody_is_in_the_middle_of_a_sitting_with_extra_time(seeded: Seeded):
    sitting = Attempt.objects.open().get(student__email="student2@example.com", mode="mock")
    assert sitting.assignment is not None
    assert sitting.assignment.title == "Second mock exam"
    assert sitting.started_at < NOW < sitting.deadline_at
    minutes = sitting.terms["minutes"]["value"]
    assert sitting.terms["extra_time"] == {
        "value": "1.5",
        "origin": "label",
        "source": "Extra time",
    }
    assert sitting.deadline_at - sitting.started_at == timedelta(minutes=minutes * 1.5)
    assert 3 < sitting.answers.count() < sitting.items.count()


def test_the_wrong_keys_stand_out(seeded: Seeded):
    own = QuestionSet.objects.get(slug=SET_SLUG)
    assert own.home_questions.ready().count() == 12
    for name, really in MISKEYED.items():
        question = Question.objects.get(home_set=own, external_id=name)
        assert question.revisions.get().key["correct"] != [really]
    bank = Bank.of([own.home_questions.first().placements.get().guide])
    cast = characters(300, domains=("D1", "D2", "D3", "D4"), seed=1)
    levels = [character.ability["D4"] for character in cast]
    for question in own.home_questions.all():
        trait = bank.traits[question.pk]
        knows = [Learner(character).chance(trait, NOW) for character in cast]
        # Who knows it takes what is right, and that is not what the key says of these two.
        marked = [1 - it for it in knows] if question.external_id in MISKEYED else knows
        goes_along = correlation(levels, marked)
        assert goes_along < -0.7 if question.external_id in MISKEYED else goes_along > 0.7


def test_history_fills_the_weeks_and_some_stop(classroom: Classroom):
    weeks = MembershipWeek.objects.filter(membership__classroom=classroom)
    active = Counter(weeks.order_by().values_list("week", "membership").distinct())
    per_week = Counter(week for week, _member in active)
    assert len(per_week) >= 8
    last = Evidence.objects.values("person").annotate(last=Max("answered_at"))
    stopped = [it for it in last if it["last"] < NOW - timedelta(days=20)]
    assert 2 <= len(stopped) <= 4
    assert 0.4 < share_right(exposure=1) < 0.75


# That the books balance


def test_the_ledger_balances(seeded: Seeded):
    assert seeded.sittings == Attempt.objects.count()
    assert seeded.answers == Answer.objects.count()
    assert 2_800 < seeded.answers < 3_200
    check_ledger()
    check_grades(a_sample(60))


def test_papers_are_frozen_as_at_a_start(seeded: Seeded):
    items = AttemptItem.objects.select_related("attempt", "revision").order_by("pk")[:400]
    for item in items:
        order = option_order(item.revision.body, item.attempt.seed, item.question_id)
        assert item.presentation_order == order
        assert item.domain.guide_id == item.attempt.guide_id
    shown = AttemptItem.objects.filter(answer__isnull=False)
    assert not shown.filter(mark__first_seen_at=None).exists()
    mocks = Attempt.objects.timed()
    for mock in mocks:
        assert mock.items.count() == mock.terms["questions"]["value"]
        assert not [it for it in mock.relaxations if it.startswith("weights")]
    by_themselves = mocks.filter(assignment=None)
    assert not by_themselves.exclude(exam__owner=None).exists()


def test_evidence_is_what_a_rebuild_makes_of_it(seeded: Seeded):
    def told() -> tuple[set, set]:
        weeks = MembershipWeek.objects.values_list("membership", "domain", "week", "answers")
        return set(Evidence.objects.values_list()), set(weeks)

    before = told()
    assert before[0]
    rebuild_evidence()
    assert told() == before


def test_the_class_sees_nothing_from_after_somebody_left(classroom: Classroom):
    gone = classroom.memberships.exclude(left_at=None).get()
    assert gone.weeks.exists()
    assert gone.weeks.aggregate(last=Max("last_answered_at"))["last"] < gone.left_at


def test_a_second_run_changes_nothing(seeded: Seeded, classroom: Classroom, settings, capsys):
    settings.DEMO, settings.DEMO_PASSWORD = True, PASSWORD
    classroom.name = "Renamed by a visitor"
    classroom.save()
    before = {model: model._default_manager.count() for model in apps.get_models()}
    call_command("seed_demo", verbosity=0)
    assert {model: model._default_manager.count() for model in apps.get_models()} == before
    assert capsys.readouterr().out == ""
