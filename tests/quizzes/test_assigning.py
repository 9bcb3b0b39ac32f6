"""Giving work to a class: what may be said, what is refused, what the record keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone

from certportal.accounts.models import AuditEvent
from quizzes.models import Assignment, AssignmentOverride, Exam
from quizzes.services.assigning import (
    change_assignment,
    copy_assignments,
    create_assignment,
    remove_override,
    set_override,
    withdraw_assignment,
)
from quizzes.services.assignment_checks import (
    AssignmentDetails,
    OverrideDetails,
    RefusedAssignmentError,
)
from quizzes.services.errors import ClosedAssignmentError
from quizzes.services.starting import start_assigned
from tests.factories.accounts import InstructorFactory, UserFactory
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.catalog import ExamDomainFactory, make_guide
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory
from tests.factories.quizzes import ExamFactory, stock_guide

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture
def classroom():
    return ClassroomFactory()


@pytest.fixture
def teacher(classroom):
    return classroom.created_by


@pytest.fixture
def exam(teacher):
    return OwnExamFactory(owner=teacher)


@pytest.fixture
def mock(exam):
    return AssignmentDetails(kind="mock", title="First mock", exam=exam)


def _goal(**fields):
    guide = make_guide(100)
    return AssignmentDetails(
        **{"kind": "practice", "title": "Ten questions", "guide": guide, "goal": 10} | fields
    )


def _refused(work):
    with pytest.raises(RefusedAssignmentError) as caught:
        work()
    return {
        (field, error.code) for field, errors in caught.value.error_dict.items() for error in errors
    }


def test_a_mock_with_everything_is_kept_as_it_was_said(classroom, teacher, mock):
    label = ClassLabelFactory(classroom=classroom)
    person = MembershipFactory(classroom=classroom).person
    details = replace(
        mock,
        instructions="Read first.",
        labels=[label],
        people=[person],
        opens_at=NOW,
        due_at=NOW + DAY,
        closes_at=NOW + 2 * DAY,
        attempts_allowed=2,
        counting="last",
        late_policy="deduct",
        late_deduction=20,
        password="open sesame",
        feedback="score_only",
    )

    assignment = create_assignment(classroom, by=teacher, details=details)

    stored = Assignment.objects.get(pk=assignment.pk)
    plain = ("title", "instructions", "exam", "opens_at", "due_at", "closes_at", "counting")
    rules = ("attempts_allowed", "late_policy", "late_deduction", "feedback")
    assert all(getattr(stored, name) == getattr(details, name) for name in plain + rules)
    assert {(it.label, it.person) for it in stored.targets.all()} == {(label, None), (None, person)}
    assert check_password("open sesame", stored.password)


def test_the_record_says_who_gave_what_and_never_the_password(classroom, teacher, mock):
    assignment = create_assignment(
        classroom, by=teacher, details=replace(mock, password="open sesame")
    )

    event = AuditEvent.objects.get(action="assignment-created")
    assert (event.actor, event.target) == (teacher, f"assignment:{assignment.pk}")
    assert event.after["password"] is True
    assert "sesame" not in str(event.after)


def test_a_practice_goal_may_keep_to_domains(classroom, teacher):
    details = _goal()
    domain = details.guide.domains.get()

    assignment = create_assignment(
        classroom, by=teacher, details=replace(details, domains=[domain])
    )

    assert (assignment.goal, list(assignment.domains.all())) == (10, [domain])


@pytest.mark.parametrize(
    ("dates", "problem"),
    [
        ({"opens_at": NOW, "closes_at": NOW}, ("closes_at", "closes_before_it_opens")),
        ({"opens_at": NOW, "closes_at": NOW - DAY}, ("closes_at", "closes_before_it_opens")),
        ({"opens_at": NOW, "due_at": NOW}, ("due_at", "due_before_it_opens")),
        (
            {"due_at": NOW + timedelta(microseconds=1), "closes_at": NOW},
            ("due_at", "due_after_it_closes"),
        ),
        ({"late_policy": "deduct", "due_at": NOW}, ("late_deduction", "required")),
        ({"late_deduction": 5}, ("late_deduction", "without_policy")),
        ({"late_policy": "refuse"}, ("due_at", "late_without_due")),
        ({"attempts_allowed": 0}, ("attempts_allowed", "min_value")),
        ({"title": ""}, ("title", "blank")),
        ({"exam": None}, ("exam", "required")),
    ],
)
def test_rules_that_make_no_sense_are_refused(classroom, teacher, mock, dates, problem):
    details = replace(mock, **dates)

    problems = _refused(lambda: create_assignment(classroom, by=teacher, details=details))

    assert problems == {problem}
    assert not Assignment.objects.exists()


def test_due_at_the_moment_of_closing_is_fine(classroom, teacher, mock):
    details = replace(mock, due_at=NOW, closes_at=NOW, opens_at=NOW - timedelta(microseconds=1))

    assert create_assignment(classroom, by=teacher, details=details).due_at == NOW


def test_everything_wrong_is_said_at_once(classroom, teacher, mock):
    details = replace(
        mock,
        exam=OwnExamFactory(),
        labels=[ClassLabelFactory()],
        people=[UserFactory()],
        opens_at=NOW,
        closes_at=NOW,
    )

    problems = _refused(lambda: create_assignment(classroom, by=teacher, details=details))

    assert problems == {
        ("exam", "exam_not_yours"),
        ("labels", "foreign_label"),
        ("people", "foreign_person"),
        ("closes_at", "closes_before_it_opens"),
    }


def test_an_exam_must_be_published_and_ones_own_or_shared_or_the_catalogues(
    classroom, teacher, mock
):
    shared, draft = OwnExamFactory(), OwnExamFactory(owner=teacher, published_at=None)
    shared.editors.add(teacher)

    for exam in (shared, ExamFactory()):
        create_assignment(classroom, by=teacher, details=replace(mock, exam=exam))
    problems = _refused(
        lambda: create_assignment(classroom, by=teacher, details=replace(mock, exam=draft))
    )

    assert problems == {("exam", "exam_unpublished")}


def test_domains_of_another_guide_are_refused(classroom, teacher):
    details = _goal(domains=[ExamDomainFactory()])

    problems = _refused(lambda: create_assignment(classroom, by=teacher, details=details))

    assert problems == {("domains", "foreign_domain")}


def test_staff_and_people_who_left_are_no_targets(classroom, teacher, mock):
    left = MembershipFactory(classroom=classroom, joined_at=NOW - DAY, left_at=NOW)

    for person in (left.person, teacher):
        details = replace(mock, people=[person])
        problems = _refused(lambda: create_assignment(classroom, by=teacher, details=details))  # noqa: B023
        assert problems == {("people", "foreign_person")}


def test_changing_keeps_the_password_unless_another_is_given(classroom, teacher, mock):
    assignment = create_assignment(classroom, by=teacher, details=replace(mock, password="one"))

    kept = change_assignment(assignment, by=teacher, details=replace(mock, title="Second"))
    assert (kept.title, check_password("one", kept.password)) == ("Second", True)
    assert not change_assignment(
        assignment, by=teacher, details=replace(mock, password="")
    ).password


def test_a_change_is_recorded_with_before_and_after_and_nothing_is_not(classroom, teacher, mock):
    assignment = create_assignment(classroom, by=teacher, details=mock)

    change_assignment(assignment, by=teacher, details=mock)
    change_assignment(assignment, by=teacher, details=replace(mock, attempts_allowed=3))

    event = AuditEvent.objects.get(action="assignment-changed")
    assert (event.before["attempts_allowed"], event.after["attempts_allowed"]) == (None, 3)


def test_a_change_touches_no_sitting(classroom, teacher):
    guide = make_guide(100)
    stock_guide(guide, each=12)
    details = AssignmentDetails(
        kind="mock", title="First", exam=OwnExamFactory(owner=teacher, guide=guide)
    )
    assignment = create_assignment(classroom, by=teacher, details=details)
    sitting = start_assigned(
        student=MembershipFactory(classroom=classroom).person, assignment=assignment
    )
    terms, deadline = sitting.terms, sitting.deadline_at

    changed = replace(details, closes_at=timezone.now(), feedback="score_only")
    change_assignment(assignment, by=teacher, details=changed)
    withdraw_assignment(assignment, by=teacher)

    sitting.refresh_from_db()
    assert (sitting.terms, sitting.deadline_at, sitting.status) == (terms, deadline, "open")


def test_an_exam_that_somebody_began_is_not_exchanged(classroom, teacher, mock):
    guide = make_guide(100)
    stock_guide(guide, each=12)
    first = OwnExamFactory(owner=teacher, guide=guide)
    assignment = create_assignment(classroom, by=teacher, details=replace(mock, exam=first))
    student = MembershipFactory(classroom=classroom).person

    change_assignment(assignment, by=teacher, details=mock)
    change_assignment(assignment, by=teacher, details=replace(mock, exam=first))
    start_assigned(student=student, assignment=assignment)
    problems = _refused(lambda: change_assignment(assignment, by=teacher, details=mock))

    assert problems == {("exam", "exam_begun")}


def test_a_colleague_may_change_the_dates_of_an_exam_that_is_not_theirs(classroom, teacher, mock):
    assignment = create_assignment(classroom, by=teacher, details=mock)
    colleague = InstructorFactory()

    changed = change_assignment(assignment, by=colleague, details=replace(mock, due_at=NOW))

    assert changed.due_at == NOW


def test_a_mock_does_not_become_a_goal(classroom, teacher, mock):
    assignment = create_assignment(classroom, by=teacher, details=mock)

    problems = _refused(lambda: change_assignment(assignment, by=teacher, details=_goal()))

    assert ("kind", "kind_changed") in problems


def test_what_is_withdrawn_or_archived_does_not_change(classroom, teacher, mock):
    assignment = create_assignment(classroom, by=teacher, details=mock)
    override = OverrideFactory(
        assignment=assignment, label=ClassLabelFactory(classroom=classroom), minutes=5
    )
    withdraw_assignment(assignment, by=teacher)
    other = AssignmentFactory(classroom__archived=True)
    details = OverrideDetails(label=override.label, minutes=5, reason="Ill.")

    for work in (
        lambda: change_assignment(assignment, by=teacher, details=mock),
        lambda: withdraw_assignment(assignment, by=teacher),
        lambda: set_override(assignment, by=teacher, details=details),
        lambda: remove_override(override, by=teacher),
        lambda: withdraw_assignment(other, by=teacher),
        lambda: create_assignment(other.classroom, by=teacher, details=mock),
    ):
        with pytest.raises(ClosedAssignmentError):
            work()
    assert AuditEvent.objects.filter(action="assignment-withdrawn").count() == 1


def test_an_exception_is_made_changed_and_removed_with_a_record(classroom, teacher):
    assignment = AssignmentFactory(classroom=classroom, closes_at=NOW)
    label = ClassLabelFactory(classroom=classroom)
    details = OverrideDetails(label=label, minutes=40, reason="Evening class.")

    made = set_override(assignment, by=teacher, details=details)
    changed = set_override(assignment, by=teacher, details=replace(details, minutes=50))

    assert (changed.pk, AssignmentOverride.objects.get().minutes) == (made.pk, 50)
    remove_override(changed, by=teacher)
    assert not AssignmentOverride.objects.exists()
    events = AuditEvent.objects.filter(action__startswith="exception").order_by("pk")
    assert [(it.before.get("minutes"), it.after.get("minutes")) for it in events] == [
        (None, 40),
        (40, 50),
        (50, None),
    ]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"opens_at": NOW + 2 * DAY}, ("opens_at", "closes_before_it_opens")),
        ({"closes_at": NOW - DAY}, ("closes_at", "closes_before_it_opens")),
        ({"due_at": NOW + 3 * DAY}, ("due_at", "due_after_it_closes")),
        ({"closes_at": NOW + timedelta(hours=1)}, ("closes_at", "due_after_it_closes")),
    ],
)
def test_an_exception_that_cannot_be_with_what_it_inherits_is_refused(
    classroom, teacher, fields, problem
):
    assignment = AssignmentFactory(
        classroom=classroom, opens_at=NOW, due_at=NOW + DAY / 2, closes_at=NOW + 2 * DAY
    )
    person = MembershipFactory(classroom=classroom).person
    details = OverrideDetails(person=person, reason="Ill.", **fields)

    problems = _refused(lambda: set_override(assignment, by=teacher, details=details))

    assert problem in problems
    assert {code for _, code in problems} >= {"inherited"}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"reason": " ", "minutes": 5}, ("reason", "required")),
        ({}, ("__all__", "empty")),
        ({"minutes": 601}, ("minutes", "max_value")),
        ({"late_policy": "deduct"}, ("late_deduction", "required")),
        ({"late_deduction": 10, "minutes": 5}, ("late_deduction", "without_policy")),
    ],
)
def test_an_exception_that_says_nothing_sensible_is_refused(classroom, teacher, fields, problem):
    assignment = AssignmentFactory(classroom=classroom, due_at=NOW)
    label = ClassLabelFactory(classroom=classroom)
    details = OverrideDetails(**{"label": label, "reason": "Ill."} | fields)

    assert _refused(lambda: set_override(assignment, by=teacher, details=details)) == {problem}


def test_an_exception_is_for_one_label_or_one_student_of_this_class(classroom, teacher):
    assignment = AssignmentFactory(classroom=classroom)
    label = ClassLabelFactory(classroom=classroom)
    person = MembershipFactory(classroom=classroom).person
    cases = {
        ("label", "label_or_person"): [{}, {"label": label, "person": person}],
        ("label", "foreign_label"): [{"label": ClassLabelFactory()}],
        ("person", "foreign_person"): [{"person": UserFactory()}, {"person": teacher}],
    }

    for problem, targets in cases.items():
        for target in targets:
            details = OverrideDetails(reason="Ill.", minutes=5, **target)
            assert _refused(lambda: set_override(assignment, by=teacher, details=details)) == {  # noqa: B023
                problem
            }


def test_new_dates_that_an_exception_does_not_fit_are_refused(classroom, teacher, mock):
    assignment = create_assignment(classroom, by=teacher, details=mock)
    label = ClassLabelFactory(classroom=classroom, name="evening")
    OverrideFactory(assignment=assignment, label=label, opens_at=NOW + DAY)

    with pytest.raises(RefusedAssignmentError, match="evening"):
        change_assignment(assignment, by=teacher, details=replace(mock, closes_at=NOW))


def test_a_copy_leaves_out_dates_people_exceptions_and_what_was_withdrawn(classroom, teacher):
    exam = OwnExamFactory(owner=teacher)
    label = ClassLabelFactory(classroom=classroom, name="evening")
    person = MembershipFactory(classroom=classroom).person
    AssignmentFactory(
        classroom=classroom, exam=exam, title="All", due_at=NOW, attempts_allowed=2, password="x"
    )
    evening = AssignmentFactory(classroom=classroom, exam=exam, title="Evening", targets=[label])
    OverrideFactory(assignment=evening, label=label, minutes=5)
    AssignmentFactory(classroom=classroom, exam=exam, title="One", targets=[person])
    AssignmentFactory(classroom=classroom, exam=exam, title="Gone", withdrawn_at=NOW)
    AssignmentFactory(classroom=classroom, title="Foreign", exam=OwnExamFactory())
    goal = AssignmentFactory(classroom=classroom, title="Goal", practice=True)
    goal.domains.set([ExamDomainFactory(guide=goal.guide)])
    to = ClassroomFactory(created_by=teacher)
    same = ClassLabelFactory(classroom=to, name="evening")

    copied = {it.title: it for it in copy_assignments(classroom, to=to, by=teacher)}

    assert set(copied) == {"All", "Evening", "Goal"}
    assert (copied["All"].due_at, copied["All"].attempts_allowed) == (None, 2)
    assert copied["All"].password == "x"
    assert [it.label for it in copied["Evening"].targets.all()] == [same]
    assert not AssignmentOverride.objects.filter(assignment__classroom=to).exists()
    assert copied["Goal"].domains.count() == 1
    assert {it.classroom for it in copied.values()} == {to}


def test_nothing_is_copied_into_an_archived_class(classroom, teacher):
    with pytest.raises(ClosedAssignmentError):
        copy_assignments(classroom, to=ClassroomFactory(archived=True), by=teacher)


def test_an_exam_of_the_catalogue_may_be_given_by_anybody(classroom, teacher, mock):
    exam = ExamFactory()

    assert Exam.objects.assignable_by(teacher).filter(pk=exam.pk).exists()
    create_assignment(classroom, by=teacher, details=replace(mock, exam=exam))
