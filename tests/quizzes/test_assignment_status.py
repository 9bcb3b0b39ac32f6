"""Effective rules, states and counted marks of a whole class."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pgtrigger
import pytest
from django.utils import timezone

from certportal.accounts.models import Membership, User
from quizzes.engine.terms import Origin
from quizzes.models import Answer, Assignment, Attempt
from quizzes.selectors.assignment_status import statuses
from quizzes.selectors.assignment_terms import terms_by_person
from quizzes.selectors.my_assignments import assigned_mocks, my_assignments
from quizzes.services.starting import start_assigned, start_practice
from tests.factories.accounts import UserFactory
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.attempts import shift_clock
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory
from tests.factories.quizzes import ExamFactory, stock_guide
from tests.factories.sittings import RIGHT, WRONG, answer, close

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def classroom():
    return ClassroomFactory()


@pytest.fixture
def member(classroom):
    return MembershipFactory(classroom=classroom, joined_at=NOW - 100 * HOUR)


@pytest.fixture
def exam():
    """10 questions in 30 minutes."""
    guide = make_guide(100)
    stock_guide(guide, each=12)
    return OwnExamFactory(guide=guide)


def _status(assignment, member, now=None):
    rows = [Assignment.objects.get(pk=assignment.pk)], [Membership.objects.get(pk=member.pk)]
    found = statuses(*rows, now=now or timezone.now())
    return found[assignment.pk, member.person_id]


def _sit(member, assignment, right):
    attempt = start_assigned(student=member.person, assignment=assignment)
    answer(attempt, [RIGHT] * right + [WRONG] * (10 - right))
    return close(attempt)


# Rules.


def test_everybody_gets_the_rules_that_hold_for_them(classroom, exam):
    evening = ClassLabelFactory(
        classroom=classroom,
        name="evening",
        extra_time_factor=Decimal("1.25"),
        extra_time_reason="x",
    )
    plain, late, ill = (
        MembershipFactory(classroom=classroom, labels=labels)
        for labels in ([], [evening], [evening])
    )
    assignment = AssignmentFactory(
        classroom=classroom, exam=exam, title="First", due_at=NOW, closes_at=NOW + HOUR
    )
    OverrideFactory(assignment=assignment, label=evening, due_at=NOW + HOUR / 2, minutes=60)
    OverrideFactory(assignment=assignment, person=ill.person, due_at=NOW + HOUR)

    terms = terms_by_person(assignment, [plain, late, ill])

    due = {person: (it.due_at.value, it.due_at.origin) for person, it in terms.items()}
    assert due == {
        plain.person_id: (NOW, Origin.ASSIGNMENT),
        late.person_id: (NOW + HOUR / 2, Origin.LABEL),
        ill.person_id: (NOW + HOUR, Origin.PERSON),
    }
    assert terms[late.person_id].own_close == NOW + HOUR + timedelta(minutes=15)
    assert terms[ill.person_id].minutes.source == "evening"
    assert (terms[plain.person_id].minutes.value, terms[plain.person_id].minutes.source) == (
        30,
        str(exam),
    )


def test_who_is_no_target_has_no_rules(classroom, exam):
    label = ClassLabelFactory(classroom=classroom)
    inside, named, outside = (
        MembershipFactory(classroom=classroom, labels=labels) for labels in ([label], [], [])
    )
    teacher = classroom.memberships.get(person=classroom.created_by)
    assignment = AssignmentFactory(classroom=classroom, exam=exam, targets=[label, named.person])

    terms = terms_by_person(assignment, [inside, named, outside, teacher, MembershipFactory()])

    assert set(terms) == {inside.person_id, named.person_id}


@pytest.mark.parametrize("people", [1, 300])
@pytest.mark.parametrize(("catalogue", "count"), [(False, 7), (True, 9)])
def test_rules_and_states_take_the_same_statements_for_any_class(
    classroom, exam, people, catalogue, count, django_assert_num_queries
):
    label = ClassLabelFactory(
        classroom=classroom, extra_time_factor=Decimal(2), extra_time_reason="x"
    )
    given = ExamFactory(guide=exam.guide) if catalogue else exam
    for number in range(3):
        assignment = AssignmentFactory(classroom=classroom, exam=given, targets=[label])
        OverrideFactory(assignment=assignment, label=label, minutes=5 + number)
        AssignmentFactory(classroom=classroom, practice=True, guide=exam.guide)
    everybody = [User(email=f"{n}@example.org", display_name=str(n)) for n in range(people)]
    members = Membership.objects.bulk_create(
        Membership(classroom=classroom, person=person)
        for person in User.objects.bulk_create(everybody)
    )
    label.memberships.set(members)

    # Both lists, labels, targets, exceptions, sittings, practice; domains and stock of guides.
    with django_assert_num_queries(count):
        found = statuses(
            Assignment.objects.select_related("exam__guide__certification"),
            Membership.objects.students().select_related("person"),
            now=NOW,
        )
    assert len(found) == 6 * people


# States of an exam.


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "not_started"),
        ({"opens_at": NOW}, "not_started"),
        ({"opens_at": NOW + INSTANT}, "not_open"),
        ({"due_at": NOW}, "not_started"),
        ({"due_at": NOW - INSTANT}, "overdue"),
        ({"due_at": NOW - INSTANT, "late_policy": "refuse"}, "missed"),
        ({"due_at": NOW - HOUR, "closes_at": NOW + INSTANT}, "overdue"),
        ({"closes_at": NOW + INSTANT}, "not_started"),
        ({"closes_at": NOW}, "missed"),
    ],
)
def test_where_somebody_stands_who_did_nothing(classroom, member, exam, fields, state):
    assignment = AssignmentFactory(classroom=classroom, exam=exam, **fields)

    assert _status(assignment, member, NOW).state == state


def test_extra_time_moves_due_and_closing_of_a_person(classroom, exam):
    slow = MembershipFactory(
        classroom=classroom, extra_time_factor=Decimal(2), extra_time_reason="x"
    )
    assignment = AssignmentFactory(classroom=classroom, exam=exam, due_at=NOW, closes_at=NOW)
    later = NOW + timedelta(minutes=30)

    status = _status(assignment, slow, later - INSTANT)

    assert (status.state, status.due_at, status.closes_at) == ("not_started", later, later)
    assert _status(assignment, slow, later).state == "missed"


def test_an_open_sitting_is_in_progress_and_an_ended_one_done(classroom, member, exam):
    assignment = AssignmentFactory(classroom=classroom, exam=exam, attempts_allowed=2)
    first = start_assigned(student=member.person, assignment=assignment)

    open_now = _status(assignment, member)
    close(first)
    done = _status(assignment, member)

    assert (open_now.state, open_now.running, open_now.counted) == ("in_progress", first, None)
    assert (done.state, done.attempts_used, done.attempts_left) == ("done", 1, 1)


def test_voided_sittings_are_nowhere(classroom, member, exam):
    assignment = AssignmentFactory(classroom=classroom, exam=exam, attempts_allowed=1)
    voided = _sit(member, assignment, 10)
    Attempt.objects.filter(pk=voided.pk).update(status="voided")

    status = _status(assignment, member)

    assert (status.state, status.counted, status.attempts_left) == ("not_started", None, 1)


# What counts.


@pytest.mark.parametrize(
    ("counting", "number", "share"),
    [("best", 1, Fraction(8, 10)), ("first", 0, Fraction(5, 10)), ("last", 2, Fraction(6, 10))],
)
def test_which_sitting_counts(classroom, member, exam, counting, number, share):
    assignment = AssignmentFactory(classroom=classroom, exam=exam, counting=counting)
    sittings = [_sit(member, assignment, right) for right in (5, 8, 6)]

    counted = _status(assignment, member).counted

    assert (counted.attempt, counted.share) == (sittings[number], share)
    assert (counted.points, counted.max_points) == (share * 10, 10)
    assert counted.passed is (share >= Fraction(72, 100))


def test_of_two_equal_best_ones_the_first_counts(classroom, member, exam):
    assignment = AssignmentFactory(classroom=classroom, exam=exam)
    first = _sit(member, assignment, 7)
    _sit(member, assignment, 7)

    assert _status(assignment, member).counted.attempt == first


def _late_sitting(assignment, member, right, *, late_by):
    """A sitting that ended so long after it was due."""
    attempt = start_assigned(student=member.person, assignment=assignment)
    answer(attempt, [RIGHT] * right)
    close(attempt)
    Attempt.objects.filter(pk=attempt.pk).update(ended_at=assignment.due_at + late_by)
    return attempt


@pytest.mark.parametrize(
    ("late_by", "is_late", "share"),
    [(timedelta(0), False, Fraction(1)), (INSTANT, True, Fraction(8, 10))],
)
def test_what_ends_after_it_was_due_loses_the_deduction(
    classroom, member, exam, late_by, is_late, share
):
    assignment = AssignmentFactory(
        classroom=classroom,
        exam=exam,
        due_at=NOW + HOUR,
        late_policy="deduct",
        late_deduction=20,
    )
    _late_sitting(assignment, member, 10, late_by=late_by)

    status = _status(assignment, member)

    assert (status.is_late, status.counted.share) == (is_late, share)
    assert status.counted.deduction == (20 if is_late else 0)
    assert status.counted.passed is True
    assert status.counted.points == 10


def test_the_best_is_the_best_after_the_deduction(classroom, member, exam):
    assignment = AssignmentFactory(
        classroom=classroom, exam=exam, due_at=NOW + HOUR, late_policy="deduct", late_deduction=50
    )
    in_time = _late_sitting(assignment, member, 6, late_by=-INSTANT)
    _late_sitting(assignment, member, 10, late_by=HOUR)

    status = _status(assignment, member)

    assert (status.counted.attempt, status.is_late) == (in_time, False)


def test_lateness_follows_the_rules_that_the_sitting_began_with(classroom, member, exam):
    assignment = AssignmentFactory(classroom=classroom, exam=exam, due_at=NOW + HOUR)
    _late_sitting(assignment, member, 5, late_by=-INSTANT)

    assignment.due_at = NOW - HOUR
    assignment.save()

    assert _status(assignment, member).is_late is False


def test_who_still_sits_after_it_was_due_is_late(classroom, member, exam):
    assignment = AssignmentFactory(classroom=classroom, exam=exam, due_at=NOW + HOUR)
    start_assigned(student=member.person, assignment=assignment)

    assert _status(assignment, member, NOW + HOUR).is_late is False
    assert _status(assignment, member, NOW + HOUR + INSTANT).is_late is True


# Practice goals.


@pytest.fixture
def guide():
    guide = make_guide(50, 50)
    stock_guide(guide, each=12)
    return guide


def _practise(member, guide, count, **choice):
    attempt = start_practice(student=member.person, guide=guide, size=10, **choice)
    answer(attempt, [RIGHT] * count)
    return attempt


def _finish_at(attempt, moment):
    with pgtrigger.ignore("quizzes.Answer:only_while_open"):
        attempt.answers.update(final_at=moment)


def test_final_answers_of_practice_reach_a_goal(classroom, member, guide):
    goal = AssignmentFactory(
        classroom=classroom, practice=True, guide=guide, goal=3, opens_at=NOW - HOUR
    )
    states = []
    for count in (0, 2, 1):
        if count:
            _practise(member, guide, count)
        status = _status(goal, member)
        states.append((status.state, status.answered))

    assert states == [("not_started", 0), ("in_progress", 2), ("done", 3)]
    assert (status.goal, status.counted) == (3, None)


def test_only_the_guide_and_the_domains_of_the_goal_count(classroom, member, guide):
    first, second = guide.domains.all()
    other = make_guide(100)
    stock_guide(other, each=5)
    goal = AssignmentFactory(
        classroom=classroom, practice=True, guide=guide, domains=[first], opens_at=NOW - HOUR
    )
    _practise(member, guide, 3, domain_keys=[first.key])
    _practise(member, guide, 2, domain_keys=[second.key])
    _practise(member, other, 1)

    assert _status(goal, member).answered == 3


def test_what_is_saved_but_not_checked_and_what_is_in_a_mock_does_not_count(
    classroom, member, guide
):
    goal = AssignmentFactory(classroom=classroom, practice=True, guide=guide, opens_at=NOW - HOUR)
    attempt = _practise(member, guide, 1)
    Answer.objects.create(
        item=attempt.items.get(position=5),
        attempt=attempt,
        epoch=1,
        seq=9,
        payload=RIGHT,
        saved_at=NOW,
    )
    exam = OwnExamFactory(guide=guide)
    _sit(member, AssignmentFactory(classroom=classroom, exam=exam), 10)

    assert _status(goal, member).answered == 1


@pytest.mark.parametrize(
    ("moment", "answered"),
    [
        (NOW - 2 * HOUR - INSTANT, 0),
        (NOW - 2 * HOUR, 2),
        (NOW + 2 * HOUR - INSTANT, 2),
        (NOW + 2 * HOUR, 0),
    ],
)
def test_only_what_is_answered_while_it_is_open_counts(classroom, member, guide, moment, answered):
    goal = AssignmentFactory(
        classroom=classroom,
        practice=True,
        guide=guide,
        opens_at=NOW - 2 * HOUR,
        closes_at=NOW + 2 * HOUR,
    )
    _finish_at(_practise(member, guide, 2), moment)

    assert _status(goal, member).answered == answered


@pytest.mark.parametrize("moved", ["joined_at", "left_at"])
def test_nothing_counts_from_before_joining_or_after_leaving(classroom, member, guide, moved):
    goal = AssignmentFactory(
        classroom=classroom, practice=True, guide=guide, opens_at=NOW - 50 * HOUR
    )
    _finish_at(_practise(member, guide, 2), NOW - HOUR)
    assert _status(goal, member).answered == 2

    setattr(member, moved, NOW - HOUR + (INSTANT if moved == "joined_at" else timedelta(0)))
    member.save()

    assert _status(goal, member).answered == 0


def test_without_an_opening_nothing_counts_from_before_the_goal_was_set(classroom, member, guide):
    goal = AssignmentFactory(classroom=classroom, practice=True, guide=guide, created_at=NOW)
    _finish_at(_practise(member, guide, 1), NOW - INSTANT)
    _finish_at(_practise(member, guide, 2), NOW)

    assert _status(goal, member).answered == 2


@pytest.mark.parametrize(
    ("policy", "state", "is_late"), [("accept", "done", True), ("refuse", "missed", False)]
)
def test_a_goal_that_is_reached_late(classroom, member, guide, policy, state, is_late):
    goal = AssignmentFactory(
        classroom=classroom,
        practice=True,
        guide=guide,
        goal=2,
        opens_at=NOW - 5 * HOUR,
        due_at=NOW - HOUR,
        late_policy=policy,
    )
    _finish_at(_practise(member, guide, 1), NOW - HOUR)
    _finish_at(_practise(member, guide, 1), NOW - HOUR + INSTANT)

    status = _status(goal, member, NOW)

    assert (status.state, status.is_late) == (state, is_late)


# One student's own list.


def test_my_assignments_are_ordered_by_what_is_next(classroom, member, exam):
    give = {"classroom": classroom, "exam": exam}
    AssignmentFactory(**give, title="any time")
    AssignmentFactory(**give, title="later", due_at=NOW + 9 * HOUR)
    AssignmentFactory(**give, title="soon", closes_at=NOW + HOUR)
    AssignmentFactory(**give, title="missed", closes_at=NOW - HOUR)
    AssignmentFactory(**give, title="withdrawn", withdrawn_at=NOW)
    AssignmentFactory(exam=exam, title="another class")
    label = ClassLabelFactory(classroom=classroom)
    AssignmentFactory(**give, title="others", targets=[label])
    AssignmentFactory(classroom=classroom, practice=True, title="goal", due_at=NOW + 2 * HOUR)

    work = my_assignments(member.person, now=NOW)

    titles = [it.assignment.title for it in work]
    assert titles == ["soon", "goal", "later", "any time", "missed"]
    mocks = assigned_mocks(member.person, now=NOW)
    assert [it.assignment.title for it in mocks] == ["soon", "later", "any time"]


def test_an_ended_exam_stays_on_the_list_of_exams_while_it_may_be_sat_again(
    classroom, member, exam
):
    twice = AssignmentFactory(classroom=classroom, exam=exam, attempts_allowed=2)
    once = AssignmentFactory(classroom=classroom, exam=exam, attempts_allowed=1)
    for assignment in (twice, once):
        _sit(member, assignment, 1)

    assert [it.assignment for it in assigned_mocks(member.person, now=timezone.now())] == [twice]


def test_a_mark_that_would_tell_about_an_open_exam_waits(classroom, member, exam):
    first, second = (AssignmentFactory(classroom=classroom, exam=exam) for _ in range(2))
    done = start_assigned(student=member.person, assignment=first)
    # Of 12 questions two papers of 10 share some.
    running = start_assigned(student=member.person, assignment=second)
    close(done)

    def mark():
        work = my_assignments(member.person, now=timezone.now())
        return next(it.status.counted for it in work if it.assignment == first)

    assert mark() is None
    close(running)
    assert mark().attempt == done


def test_archived_classes_and_ended_memberships_ask_for_nothing(classroom, member, exam):
    AssignmentFactory(classroom=classroom, exam=exam)
    other = MembershipFactory(person=member.person)
    AssignmentFactory(classroom=other.classroom, exam=exam)
    assert len(my_assignments(member.person, now=NOW)) == 2

    other.left_at = timezone.now()
    other.save()
    classroom.archived_at = NOW
    classroom.save()

    assert my_assignments(member.person, now=NOW) == ()


def test_who_is_in_no_class_costs_one_statement(django_assert_num_queries):
    stranger = UserFactory()

    with django_assert_num_queries(1):
        assert my_assignments(stranger, now=NOW) == ()


@pytest.mark.parametrize("each", [1, 6])
def test_my_list_takes_at_most_ten_statements(
    classroom, member, exam, each, django_assert_max_num_queries
):
    catalogue = ExamFactory(guide=exam.guide)
    for _ in range(each):
        AssignmentFactory(classroom=classroom, exam=exam)
        AssignmentFactory(classroom=classroom, exam=catalogue)
        AssignmentFactory(classroom=classroom, practice=True, guide=exam.guide)

    with django_assert_max_num_queries(10):
        assert len(my_assignments(member.person, now=NOW)) == 3 * each


def test_a_sitting_whose_time_is_over_is_still_in_progress_until_it_is_closed(
    classroom, member, exam
):
    assignment = AssignmentFactory(classroom=classroom, exam=exam)
    attempt = start_assigned(student=member.person, assignment=assignment)
    shift_clock(attempt, left=-HOUR)

    assert _status(assignment, member).state == "in_progress"
