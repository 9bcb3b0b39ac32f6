from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client
from django.utils import timezone

from certportal.accounts.models import AuditEvent, Membership
from progress.models import ClassGoal
from quizzes.models import Assignment, AssignmentOverride, Attempt
from tests.factories.accounts import AdministratorFactory, InstructorFactory, UserFactory
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.attempts import make_attempt
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory
from tests.factories.quizzes import ExamFactory, QuestionSetFactory, stock_guide

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_step(settings) -> None:
    settings.REQUIRE_STAFF_MFA = False


@pytest.fixture
def world() -> SimpleNamespace:
    """A class in Berlin that learns for a guide whose mock can be drawn."""
    classroom = ClassroomFactory()
    guide = make_guide(100)
    home_set = QuestionSetFactory(owner=classroom.created_by)
    stock_guide(guide, each=20, home_set=home_set)
    ClassGoal.objects.create(classroom=classroom, guide=guide)
    label = ClassLabelFactory(classroom=classroom, name="Evening")
    first = MembershipFactory(classroom=classroom, person__display_name="Ada", labels=[label])
    second = MembershipFactory(classroom=classroom, person__display_name="Ben")
    return SimpleNamespace(
        classroom=classroom,
        teacher=classroom.created_by,
        guide=guide,
        exam=ExamFactory(guide=guide),
        label=label,
        ada=first.person,
        ben=second.person,
        home_set=home_set,
    )


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def teacher(world) -> Client:
    return signed_in(world.teacher)


def new(world: SimpleNamespace) -> str:
    return f"/teach/classes/{world.classroom.slug}/assignments/new/"


def at(assignment: Assignment, page: str) -> str:
    return f"/teach/classes/{assignment.classroom.slug}/assignments/{assignment.public_id}/{page}"


def typed(world: SimpleNamespace, **fields: Any) -> dict[str, Any]:
    """What a browser sends for an exam, with these fields instead."""
    plain = {
        "kind": "mock",
        "exam": world.exam.slug,
        "guide": f"{world.guide.certification.slug}:{world.guide.version}",
        "goal": "50",
        "audience": "all",
        "attempts_allowed": "1",
        "counting": "best",
        "late_policy": "accept",
        "feedback": "",
    }
    return plain | fields


def given(world: SimpleNamespace, **fields: Any) -> Assignment:
    return AssignmentFactory(classroom=world.classroom, exam=world.exam, **fields)


def errors_of(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 422
    return dict(response.context["form"].errors)


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- Pressed twice ----------------------------------------------------------------------------


def key_of(page: Any) -> str:
    return page.context["form"]["key"].value()


def test_pressed_twice_gives_one_assignment(world, teacher):
    data = typed(world, key=key_of(teacher.get(new(world))), due_at="2030-02-01T12:00")
    first, second = teacher.post(new(world), data), teacher.post(new(world), data)
    assert (first.status_code, first.url) == (302, second.url)
    assert Assignment.objects.count() == 1


def test_another_form_or_another_wish_gives_another_one(world, teacher):
    data = typed(world, key=key_of(teacher.get(new(world))))
    again = key_of(teacher.get(new(world)))
    for sent in (data, data | {"key": again}, data | {"title": "Again"}, data | {"key": "?"}):
        assert teacher.post(new(world), sent).status_code == 302
    assert Assignment.objects.count() == 4


def test_a_key_survives_what_is_refused_and_previewed(world, teacher):
    key = str(key_of(teacher.get(new(world))))
    for more in ({"exam": ""}, {"preview": "1"}, {"show_domains": "1"}):
        assert str(key_of(teacher.post(new(world), typed(world, key=key, **more)))) == key


def test_the_key_of_another_class_gives_a_new_assignment(world, teacher):
    elsewhere = AssignmentFactory()
    assert teacher.post(new(world), typed(world, key=str(elsewhere.public_id))).status_code == 302
    assert world.classroom.assignments.get().public_id != elsewhere.public_id


# --- Giving an exam ---------------------------------------------------------------------------


def test_an_exam_and_a_due_time_are_enough(world, teacher):
    answer = teacher.post(new(world), typed(world, due_at="2026-12-04T18:00"))

    assignment = Assignment.objects.get()
    assert answer.status_code == 302
    assert assignment.exam == world.exam
    assert assignment.title == f"Mock exam, {world.guide.certification.code}"
    assert assignment.due_at == datetime(2026, 12, 4, 17, tzinfo=UTC)
    assert not assignment.targets.exists()
    assert (assignment.opens_at, assignment.closes_at, assignment.password) == (None, None, "")
    assert AuditEvent.objects.filter(action="assignment-created", actor=world.teacher).count() == 1


def test_the_exam_of_what_the_class_learns_for_is_chosen_already(world, teacher):
    own = OwnExamFactory(owner=world.teacher, guide=world.guide)

    form = teacher.get(new(world)).context["form"]

    assert form["exam"].value() == world.exam.slug
    assert own.slug in [slug for slug, _ in form.fields["exam"].widget.choices[1][1]]


def test_without_a_goal_nothing_is_chosen(world, teacher):
    ClassGoal.objects.all().delete()

    assert not teacher.get(new(world)).context["form"]["exam"].value()


def test_the_zone_of_the_class_counts_and_is_named(world, teacher):
    world.classroom.time_zone = "Asia/Kolkata"
    world.classroom.save()

    assert "Asia/Kolkata" in text_of(teacher.get(new(world)))
    teacher.post(new(world), typed(world, due_at="2026-12-04T18:00"))
    assert Assignment.objects.get().due_at == datetime(2026, 12, 4, 12, 30, tzinfo=UTC)


def test_a_time_that_is_skipped_is_refused_and_nothing_typed_is_lost(world, teacher):
    sent = typed(world, title="Week 12", instructions="Bring paper.", due_at="2027-03-28T02:30")
    answer = teacher.post(new(world), sent)

    assert "Europe/Berlin" in errors_of(answer)["due_at"][0]
    assert not Assignment.objects.exists()
    form = answer.context["form"]
    assert form["title"].value() == "Week 12"
    assert form["instructions"].value() == "Bring paper."
    assert 'value="2027-03-28T02:30"' in answer.content.decode()
    assert 'href="#id_due_at"' in answer.content.decode()


def test_a_time_shown_twice_is_the_later_for_due_and_the_earlier_for_opening(world, teacher):
    twice = "2026-10-25T02:30"
    teacher.post(new(world), typed(world, opens_at=twice, due_at=twice))

    assignment = Assignment.objects.get()
    assert assignment.opens_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert assignment.due_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ({"opens_at": "2026-12-02T09:00", "closes_at": "2026-12-01T09:00"}, "closes_at"),
        ({"opens_at": "2026-12-02T09:00", "closes_at": "2026-12-02T09:00"}, "closes_at"),
        ({"opens_at": "2026-12-02T09:00", "due_at": "2026-12-02T08:59"}, "due_at"),
        ({"due_at": "2026-12-02T09:01", "closes_at": "2026-12-02T09:00"}, "due_at"),
    ],
)
def test_dates_out_of_order_are_refused_at_their_field(world, teacher, dates, field):
    answer = teacher.post(new(world), typed(world, **dates))

    assert list(errors_of(answer)) == [field]
    assert not Assignment.objects.exists()


def test_due_and_closing_may_be_the_same_minute(world, teacher):
    same = "2026-12-02T09:00"

    assert teacher.post(new(world), typed(world, due_at=same, closes_at=same)).status_code == 302


def test_an_exam_that_cannot_be_drawn_says_what_is_missing(world, teacher):
    empty = QuestionSetFactory(owner=world.teacher)
    exam = OwnExamFactory(owner=world.teacher, guide=world.guide, title="Too large")
    exam.sources.set([empty])

    page = teacher.get(new(world))
    assert "Too large: 10 questions are missing" in text_of(page)
    assert exam.slug not in str(page.context["form"]["exam"])
    answer = teacher.post(new(world), typed(world, exam=exam.slug))
    assert "10 questions are missing" in errors_of(answer)["exam"][0]


def test_exams_of_others_and_drafts_cannot_be_given(world, teacher):
    foreign = OwnExamFactory(guide=world.guide)
    draft = OwnExamFactory(guide=world.guide, owner=world.teacher, published_at=None)
    shared = OwnExamFactory(guide=world.guide)
    shared.editors.add(world.teacher)

    for exam in (foreign, draft):
        answer = teacher.post(new(world), typed(world, exam=exam.slug))
        assert list(errors_of(answer)) == ["exam"]
    assert teacher.post(new(world), typed(world, exam=shared.slug)).status_code == 302


@pytest.mark.parametrize("exam", ["", "no-such-exam", "a\x00b"])
def test_an_exam_has_to_be_chosen(world, teacher, exam):
    assert list(errors_of(teacher.post(new(world), typed(world, exam=exam)))) == ["exam"]


def test_labels_and_single_students(world, teacher):
    sent = {"audience": "some", "labels": ["Evening"], "people": [str(world.ben.public_id)]}
    teacher.post(new(world), typed(world, **sent))

    targets = Assignment.objects.get().targets
    assert [it.label for it in targets.exclude(label=None)] == [world.label]
    assert [it.person for it in targets.exclude(person=None)] == [world.ben]


def test_the_whole_class_ignores_what_was_ticked_before(world, teacher):
    teacher.post(new(world), typed(world, audience="all", labels=["Evening"]))

    assert not Assignment.objects.get().targets.exists()


def test_an_assignment_for_nobody_is_refused(world, teacher):
    answer = teacher.post(new(world), typed(world, audience="some"))

    assert list(errors_of(answer)) == ["labels"]


def test_a_class_without_labels_and_students_gives_to_the_whole_class_only(world, teacher):
    empty = ClassroomFactory(created_by=world.teacher)
    address = f"/teach/classes/{empty.slug}/assignments/new/"

    answer = teacher.post(address, typed(world, audience="some"))
    assert list(errors_of(answer)) == ["audience"]
    assert teacher.post(address, typed(world)).status_code == 302


def test_labels_and_students_of_another_class_are_refused(world, teacher):
    label = ClassLabelFactory(name="Elsewhere")
    stranger = MembershipFactory().person
    sent = {"labels": [label.name], "people": [str(stranger.public_id)]}

    answer = teacher.post(new(world), typed(world, audience="some", **sent))

    assert list(errors_of(answer)) == ["labels", "people"]


def test_who_has_left_and_who_teaches_is_not_offered(world, teacher):
    Membership.objects.filter(person=world.ben).update(left_at=timezone.now())
    MembershipFactory(classroom=world.classroom, assistant=True, person__display_name="Cleo")

    form = teacher.get(new(world)).context["form"]

    assert [name for _, name in form.fields["people"].choices] == ["Ada"]


def test_late_work_that_counts_less_says_how_much(world, teacher):
    due = {"late_policy": "deduct", "due_at": "2026-12-04T18:00"}
    answer = teacher.post(new(world), typed(world, **due))
    assert list(errors_of(answer)) == ["late_deduction"]

    teacher.post(new(world), typed(world, **due, late_deduction="10"))
    assert Assignment.objects.get().late_deduction == 10


def test_a_deduction_that_is_out_of_sight_is_dropped(world, teacher):
    teacher.post(new(world), typed(world, late_policy="accept", late_deduction="10"))

    assert Assignment.objects.get().late_deduction is None


@pytest.mark.parametrize("number", ["0", "21", "-1", "1.5", "x"])
def test_attempts_are_between_1_and_20(world, teacher, number):
    answer = teacher.post(new(world), typed(world, attempts_allowed=number))

    assert list(errors_of(answer)) == ["attempts_allowed"]


@pytest.mark.parametrize(("number", "stored"), [("1", 1), ("20", 20), ("", None)])
def test_attempts_within_the_bounds(world, teacher, number, stored):
    teacher.post(new(world), typed(world, attempts_allowed=number))

    assert Assignment.objects.get().attempts_allowed == stored


def test_the_preview_tells_who_can_begin_when_and_saves_nothing(world, teacher):
    sent = typed(world, opens_at="2026-11-30T09:00", preview="1")
    answer = teacher.post(new(world), sent)

    assert answer.status_code == 200
    assert not Assignment.objects.exists()
    told = "2 students can begin on Monday, 30 November 2026, 09:00 (Europe/Berlin)."
    assert told in text_of(answer)
    only = teacher.post(new(world), {**sent, "audience": "some", "labels": ["Evening"]})
    assert "1 student can begin on Monday" in text_of(only)


def test_the_preview_finds_what_saving_would_refuse(world, teacher):
    sent = typed(world, opens_at="2026-12-02T09:00", closes_at="2026-12-01T09:00", preview="1")

    assert list(errors_of(teacher.post(new(world), sent))) == ["closes_at"]


def test_the_preview_knows_what_has_passed(world, teacher):
    opened = teacher.post(new(world), typed(world, opens_at="2020-01-01T09:00", preview="1"))
    closed = teacher.post(new(world), typed(world, closes_at="2020-01-01T09:00", preview="1"))

    assert "2 students can begin at once." in text_of(opened)
    assert "It has closed already, so nobody can begin." in text_of(closed)


def test_what_was_saved_is_told_on_the_next_page(world, teacher):
    answer = teacher.post(new(world), typed(world))

    page = teacher.get(at(Assignment.objects.get(), "terms/"))
    assert answer.status_code == 302
    assert "2 students can begin at once." in text_of(page)


def test_markup_in_a_title_stays_text(world, teacher):
    teacher.post(new(world), typed(world, title="<b>Week</b>"))

    page = teacher.get(at(Assignment.objects.get(), "edit/"))
    assert "&lt;b&gt;Week&lt;/b&gt;" in page.content.decode()
    assert "<b>Week" not in page.content.decode()


# --- Giving a practice goal -------------------------------------------------------------------


def test_a_practice_goal_ignores_the_fields_of_an_exam(world, teacher):
    sent = {"kind": "practice", "goal": "40", "domains": ["D1"]}
    teacher.post(new(world), typed(world, **sent, attempts_allowed="x", exam="none"))

    assignment = Assignment.objects.get()
    assert (assignment.kind, assignment.goal, assignment.guide) == ("practice", 40, world.guide)
    assert [domain.key for domain in assignment.domains.all()] == ["D1"]
    assert assignment.title == f"40 questions, {world.guide.certification.code}"


@pytest.mark.parametrize(("goal", "is_refused"), [("", True), ("0", True), ("1001", True)])
def test_a_goal_is_a_number_of_questions(world, teacher, goal, is_refused):
    answer = teacher.post(new(world), typed(world, kind="practice", goal=goal))

    assert (list(errors_of(answer)) == ["goal"]) is is_refused


def test_domains_of_another_guide_are_shown_on_demand(world, teacher):
    other = make_guide(60, 40)
    other.domains.filter(key="D2").update(name="Deep water")
    key = f"{other.certification.slug}:{other.version}"
    sent = typed(world, kind="practice", guide=key, title="Kept", goal="")

    page = teacher.post(new(world), {**sent, "show_domains": "1"})
    assert page.status_code == 200
    assert not page.context["form"].errors
    assert "Deep water" in text_of(page)
    assert page.context["form"]["title"].value() == "Kept"
    answer = teacher.post(new(world), {**sent, "goal": "5", "domains": ["D3"]})
    assert list(errors_of(answer)) == ["domains"]


# --- Changing it ------------------------------------------------------------------------------


def test_the_page_of_a_change_is_filled(world, teacher):
    assignment = given(
        world,
        title="Mock 3",
        due_at=datetime(2026, 12, 4, 17, tzinfo=UTC),
        targets=[world.label, world.ben],
    )
    form = teacher.get(at(assignment, "edit/")).context["form"]

    assert form["due_at"].value().isoformat() == "2026-12-04T18:00:00"
    assert (form["audience"].value(), form["labels"].value()) == ("some", ["Evening"])
    assert form["people"].value() == [str(world.ben.public_id)]


def test_a_change_is_saved_and_audited(world, teacher):
    assignment = given(world, title="Mock 3")
    teacher.post(
        at(assignment, "edit/"), typed(world, title="Mock 4", closes_at="2026-12-04T18:00")
    )

    assignment.refresh_from_db()
    assert assignment.title == "Mock 4"
    assert assignment.closes_at == datetime(2026, 12, 4, 17, tzinfo=UTC)
    assert AuditEvent.objects.filter(action="assignment-changed").count() == 1


def test_the_kind_stays_whatever_is_sent(world, teacher):
    assignment = given(world)
    teacher.post(at(assignment, "edit/"), typed(world, kind="practice"))

    assignment.refresh_from_db()
    assert assignment.kind == "mock"


def test_a_change_says_how_many_sittings_run_under_the_old_rules(world, teacher):
    assignment = given(world)
    assert "running" not in text_of(teacher.get(at(assignment, "edit/")))

    attempt = make_attempt("single", student=world.ada, exam=world.exam)
    Attempt.objects.filter(pk=attempt.pk).update(assignment=assignment)
    assert "1 sitting is running. It goes on under the rules that it began with." in text_of(
        teacher.get(at(assignment, "edit/"))
    )


def test_the_exam_stays_once_somebody_has_begun(world, teacher):
    assignment = given(world)
    attempt = make_attempt("single", student=world.ada, exam=world.exam)
    Attempt.objects.filter(pk=attempt.pk).update(assignment=assignment)
    other = OwnExamFactory(owner=world.teacher, guide=world.guide)
    teacher.post(at(assignment, "edit/"), typed(world, exam=other.slug))

    assignment.refresh_from_db()
    assert assignment.exam == world.exam


def test_an_exam_that_ran_dry_does_not_block_other_changes(world, teacher):
    assignment = given(world, title="Old")
    world.home_set.archived_at = timezone.now()
    world.home_set.save()
    answer = teacher.post(at(assignment, "edit/"), typed(world, title="New"))

    assignment.refresh_from_db()
    assert (answer.status_code, assignment.title) == (302, "New")


def test_a_password_is_set_kept_changed_and_removed(world, teacher):
    teacher.post(new(world), typed(world, password="lighthouse"))
    assignment = Assignment.objects.get()
    assert check_password("lighthouse", assignment.password)
    assert "lighthouse" not in teacher.get(at(assignment, "edit/")).content.decode()

    def change(**fields: str) -> str:
        assert teacher.post(at(assignment, "edit/"), typed(world, **fields)).status_code == 302
        assignment.refresh_from_db()
        return assignment.password

    assert check_password("lighthouse", change(password_plan="keep", password="ignored"))
    assert check_password("harbour", change(password_plan="change", password="harbour"))
    assert change(password_plan="remove") == ""


def test_another_password_has_to_be_typed(world, teacher):
    assignment = given(world, password="pbkdf2")
    answer = teacher.post(at(assignment, "edit/"), typed(world, password_plan="change"))

    assert list(errors_of(answer)) == ["password"]


# --- Withdrawing it ---------------------------------------------------------------------------


def test_withdrawing_asks_first_and_says_what_goes_on(world, teacher):
    assignment = given(world)
    for student in (world.ada, world.ben):
        attempt = make_attempt("single", student=student, exam=world.exam)
        Attempt.objects.filter(pk=attempt.pk).update(assignment=assignment)
    Attempt.objects.filter(student=world.ben).update(
        status="submitted", ended_at=timezone.now(), processed_at=timezone.now()
    )
    page = text_of(teacher.get(at(assignment, "withdraw/")))

    assert "1 sitting is running." in page
    assert "1 sitting has ended. Its result stays." in page
    assignment.refresh_from_db()
    assert not assignment.is_withdrawn
    assert teacher.post(at(assignment, "withdraw/")).status_code == 302
    assignment.refresh_from_db()
    assert assignment.is_withdrawn
    assert Attempt.objects.open().filter(assignment=assignment).count() == 1


def test_a_withdrawn_assignment_is_read_and_no_longer_changed(world, teacher):
    assignment = given(world, withdrawn_at=timezone.now())
    override = OverrideFactory(assignment=assignment, label=world.label, minutes=5)

    assert "Withdrawn" in text_of(teacher.get(at(assignment, "terms/")))
    assert "Add an exception" not in text_of(teacher.get(at(assignment, "terms/")))
    for page in _changing(override):
        assert teacher.get(at(assignment, page)).status_code in {404, 405}
        assert teacher.post(at(assignment, page)).status_code == 404


# --- Exceptions -------------------------------------------------------------------------------


def test_an_exception_for_a_label_says_what_it_inherits(world, teacher):
    assignment = given(world, due_at=datetime(2026, 12, 4, 17, tzinfo=UTC), attempts_allowed=2)
    page = text_of(teacher.get(at(assignment, "exceptions/new/")))

    assert "Inherited: 4 Dec 2026, 18:00." in page
    assert "Inherited: 2." in page
    assert "Inherited: at once." in page
    sent = {"whom": "label:Evening", "reason": "They work", "due_at": "2026-12-05T22:00"}
    assert teacher.post(at(assignment, "exceptions/new/"), sent).status_code == 302
    override = AssignmentOverride.objects.get()
    assert (override.label, override.reason) == (world.label, "They work")
    assert override.due_at == datetime(2026, 12, 5, 21, tzinfo=UTC)
    assert (override.minutes, override.attempts_allowed, override.late_policy) == (None, None, "")
    assert AuditEvent.objects.filter(action="exception-set").count() == 1


def test_a_student_inherits_from_their_label(world, teacher):
    assignment = given(world, attempts_allowed=1)
    OverrideFactory(assignment=assignment, label=world.label, attempts_allowed=5)
    own = OverrideFactory(assignment=assignment, person=world.ada, minutes=77)

    page = teacher.get(at(assignment, f"exceptions/{own.public_id}/"))

    assert "Inherited: 5." in text_of(page)
    assert page.context["form"]["minutes"].value() == 77
    assert "Exception for Ada" in text_of(page)


def test_the_exception_of_a_student_begins_from_the_table(world, teacher):
    assignment = given(world)
    link = f"exceptions/new/?whom=person:{world.ben.public_id}"
    assert at(assignment, link) in teacher.get(at(assignment, "terms/")).content.decode()

    assert teacher.get(at(assignment, link)).context["form"]["whom"].value() == (
        f"person:{world.ben.public_id}"
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "  "}, "reason"),
        ({"whom": ""}, "whom"),
        ({"whom": "label:Elsewhere"}, "whom"),
        ({"minutes": ""}, "__all__"),
        ({"minutes": "0"}, "minutes"),
        ({"minutes": "601"}, "minutes"),
        ({"late_policy": "deduct"}, "late_deduction"),
        ({"closes_at": "2026-12-01T08:00"}, "closes_at"),
        ({"due_at": "2027-03-28T02:30"}, "due_at"),
    ],
)
def test_an_exception_that_makes_no_sense_is_refused(world, teacher, change, field):
    assignment = given(
        world,
        opens_at=datetime(2026, 12, 1, 8, tzinfo=UTC),
        due_at=datetime(2027, 4, 1, 8, tzinfo=UTC),
    )
    ClassLabelFactory(name="Elsewhere")
    sent = {"whom": "label:Evening", "reason": "Why", "minutes": "100"} | change

    answer = teacher.post(at(assignment, "exceptions/new/"), sent)

    assert list(errors_of(answer)) == [field]
    assert not AssignmentOverride.objects.exists()


def test_nobody_has_two_exceptions(world, teacher):
    assignment = given(world)
    OverrideFactory(assignment=assignment, label=world.label, minutes=50)
    sent = {"whom": "label:Evening", "reason": "Again", "minutes": "90"}

    assert list(errors_of(teacher.post(at(assignment, "exceptions/new/"), sent))) == ["whom"]
    assert AssignmentOverride.objects.get().minutes == 50


def test_an_exception_is_changed_and_can_be_emptied_field_by_field(world, teacher):
    assignment = given(world)
    override = OverrideFactory(
        assignment=assignment, label=world.label, minutes=50, attempts_allowed=3
    )
    sent = {"reason": "Why", "minutes": "", "attempts_allowed": "4"}
    teacher.post(at(assignment, f"exceptions/{override.public_id}/"), sent)

    override.refresh_from_db()
    assert (override.minutes, override.attempts_allowed) == (None, 4)
    assert override.label == world.label


def test_the_exception_of_somebody_who_left_can_only_be_removed(world, teacher):
    assignment = given(world)
    override = OverrideFactory(assignment=assignment, person=world.ben, minutes=50)
    Membership.objects.filter(person=world.ben).update(left_at=timezone.now())
    address = at(assignment, f"exceptions/{override.public_id}/")

    answer = teacher.post(address, {"reason": "Why", "minutes": "60"})
    assert errors_of(answer) == {"__all__": ["This person is not a student of this class."]}
    assert teacher.post(f"{address}remove/").status_code == 302


def test_removing_an_exception_asks_first(world, teacher):
    assignment = given(world)
    override = OverrideFactory(assignment=assignment, label=world.label, minutes=50, reason="Ill")
    address = at(assignment, f"exceptions/{override.public_id}/remove/")

    assert "Its reason was: Ill" in text_of(teacher.get(address))
    assert AssignmentOverride.objects.exists()
    teacher.post(address)
    assert not AssignmentOverride.objects.exists()
    assert AuditEvent.objects.filter(action="exception-removed").count() == 1


def test_labels_are_ordered_by_buttons(world, teacher):
    assignment = given(world)
    names = ("One", "Two", "Three")
    rows = {
        name: OverrideFactory(
            assignment=assignment,
            label=ClassLabelFactory(classroom=world.classroom, name=name),
            position=1,
            minutes=50,
        )
        for name in names
    }
    own = OverrideFactory(assignment=assignment, person=world.ada, minutes=60)

    def move(row: AssignmentOverride, way: str) -> list[str]:
        teacher.post(at(assignment, f"exceptions/{row.public_id}/move/"), {way: "1"})
        labels = assignment.overrides.filter(person=None).order_by("position", "pk")
        return [it.label.name for it in labels.select_related("label")]

    assert move(rows["Three"], "up") == ["One", "Three", "Two"]
    assert move(rows["Three"], "up") == ["Three", "One", "Two"]
    assert move(rows["Three"], "up") == ["Three", "One", "Two"]
    assert move(rows["One"], "down") == ["Three", "Two", "One"]
    assert move(rows["One"], "down") == ["Three", "Two", "One"]
    assert move(own, "up") == ["Three", "Two", "One"]
    assert AuditEvent.objects.filter(action="exceptions-ordered").count() == 3


def test_a_new_exception_of_a_label_comes_last(world, teacher):
    assignment = given(world)
    first = ClassLabelFactory(classroom=world.classroom, name="First")
    OverrideFactory(assignment=assignment, label=first, position=3, minutes=9)
    sent = {"whom": "label:Evening", "reason": "Why", "minutes": "10"}
    teacher.post(at(assignment, "exceptions/new/"), sent)

    assert [it.label.name for it in assignment.overrides.all()] == ["First", "Evening"]


def test_an_exception_from_a_practice_goal_has_dates_only(world, teacher):
    assignment = AssignmentFactory(
        classroom=world.classroom, practice=True, guide=world.guide, exam=None
    )
    form = teacher.get(at(assignment, "exceptions/new/")).context["form"]

    assert list(form.fields) == ["whom", "reason", "opens_at", "due_at", "closes_at"]


# --- The rules of everybody -------------------------------------------------------------------


def test_each_value_names_its_origin(world, teacher):
    world.label.extra_time_factor, world.label.extra_time_reason = "1.50", "Agreed"
    world.label.save()
    assignment = given(world, due_at=datetime(2026, 12, 4, 17, tzinfo=UTC), attempts_allowed=1)
    OverrideFactory(assignment=assignment, label=world.label, minutes=100, reason="Long texts")
    OverrideFactory(assignment=assignment, person=world.ben, attempts_allowed=3)

    page = text_of(teacher.get(at(assignment, "terms/")))

    assert "150 exception of Evening extra time × 1.50, from Evening" in page
    # Half of 100 minutes more.
    assert "4 Dec 2026, 18:50 extra time × 1.50, from Evening" in page
    assert "3 own exception" in page
    assert "Reason: Long texts" in page
    assert "2 students, 2 with other rules" in page


def test_extra_time_of_account_and_class_is_told_apart(world, teacher):
    world.ada.extra_time_factor = "2.00"
    world.ada.save()
    Membership.objects.filter(person=world.ben).update(
        extra_time_factor="1.25", extra_time_reason="Agreed"
    )
    page = text_of(teacher.get(at(given(world), "terms/")))

    assert "extra time × 2, from the account" in page
    assert "extra time × 1.25, in this class" in page


def test_only_those_it_is_for_stand_in_the_table(world, teacher):
    page = text_of(teacher.get(at(given(world, targets=[world.label]), "terms/")))

    assert "1 student, 0 with other rules" in page
    assert "Ben" not in page


def test_the_table_shows_one_label(world, teacher):
    assignment = given(world)
    shown = teacher.get(at(assignment, "terms/"), {"label": "Evening"})
    unknown = teacher.get(at(assignment, "terms/"), {"label": "Nothing"})

    assert [it.person for it in shown.context["page"].students] == [world.ada]
    assert len(unknown.context["page"].students) == 2


def test_the_table_of_a_large_class_has_pages(world, teacher, monkeypatch):
    monkeypatch.setattr("progress.selectors.assignment_rules.STUDENTS_PER_PAGE", 1)
    OverrideFactory(assignment=(assignment := given(world)), person=world.ben, minutes=9)

    second = teacher.get(at(assignment, "terms/"), {"page": "2"})

    assert [it.person for it in second.context["page"].students] == [world.ben]
    assert "2 students, 1 with other rules" in text_of(second)
    assert "Previous page" in text_of(second)


def test_a_password_is_never_shown(world, teacher):
    assignment = given(world, password="pbkdf2_secret")
    page = teacher.get(at(assignment, "terms/"))

    assert "Password set" in text_of(page)
    assert "pbkdf2_secret" not in page.content.decode()


def test_the_rules_of_a_practice_goal(world, teacher):
    assignment = AssignmentFactory(
        classroom=world.classroom, practice=True, guide=world.guide, exam=None, goal=40
    )
    page = text_of(teacher.get(at(assignment, "terms/")))

    assert f"40 questions of {world.guide.certification.code}" in page
    assert "Minutes" not in page


def test_the_rules_take_as_many_statements_for_30_students(
    world, teacher, django_assert_max_num_queries, django_assert_num_queries
):
    assignment = given(world)
    OverrideFactory(assignment=assignment, label=world.label, minutes=50)
    OverrideFactory(assignment=assignment, person=world.ben, minutes=60)
    address = at(assignment, "terms/")
    teacher.get(address)
    with django_assert_max_num_queries(40) as few:
        teacher.get(address)
    for _ in range(30):
        MembershipFactory(classroom=world.classroom, labels=[world.label])

    with django_assert_num_queries(len(few)):
        page = teacher.get(address)
    assert len(page.context["page"].students) == 32


def test_the_form_takes_as_many_statements_for_30_students(
    world, teacher, django_assert_max_num_queries, django_assert_num_queries
):
    teacher.get(new(world))
    with django_assert_max_num_queries(40) as few:
        teacher.get(new(world))
    for _ in range(30):
        MembershipFactory(classroom=world.classroom, labels=[world.label])

    with django_assert_num_queries(len(few)):
        teacher.get(new(world))


# --- Who may ----------------------------------------------------------------------------------


def _changing(override: AssignmentOverride) -> list[str]:
    one = f"exceptions/{override.public_id}/"
    return ["edit/", "withdraw/", "exceptions/new/", one, f"{one}remove/", f"{one}move/"]


@pytest.fixture
def exception(world) -> AssignmentOverride:
    return OverrideFactory(assignment=given(world), label=world.label, minutes=50)


def _others(world: SimpleNamespace) -> dict[str, Any]:
    former = MembershipFactory(classroom=world.classroom, instructor=True)
    former.left_at = timezone.now() + timedelta(seconds=1)
    former.save()
    return {
        "student": world.ada,
        "stranger": UserFactory(),
        "instructor of another class": ClassroomFactory().created_by,
        "instructor without a class": InstructorFactory(),
        "former instructor": former.person,
    }


def test_strangers_find_nothing(world, exception):
    assignment = exception.assignment
    for who, person in _others(world).items():
        client = signed_in(person)
        assert client.get(new(world)).status_code == 404, who
        assert client.post(new(world), typed(world)).status_code == 404, who
        for page in ("terms/", *_changing(exception)):
            assert client.get(at(assignment, page)).status_code in {404, 405}, (who, page)
            if page != "terms/":
                assert client.post(at(assignment, page)).status_code == 404, (who, page)
    assert Assignment.objects.count() == 1
    assert AssignmentOverride.objects.count() == 1


def test_an_assistant_looks_and_changes_nothing(world, exception):
    client = signed_in(MembershipFactory(classroom=world.classroom, assistant=True).person)
    assignment = exception.assignment

    page = client.get(at(assignment, "terms/"))
    assert page.status_code == 200
    assert "Change" not in text_of(page)
    assert client.get(new(world)).status_code == 404
    for changing in _changing(exception):
        assert client.post(at(assignment, changing)).status_code == 404


def test_an_archived_class_is_read_only(world, teacher, exception):
    world.classroom.archived_at = timezone.now()
    world.classroom.save()
    assignment = exception.assignment

    page = teacher.get(at(assignment, "terms/"))
    assert page.status_code == 200
    assert "Add an exception" not in text_of(page)
    assert teacher.get(new(world)).status_code == 404
    for changing in _changing(exception):
        assert teacher.post(at(assignment, changing)).status_code == 404


def test_an_assignment_is_found_in_its_own_class_only(world, teacher, exception):
    other = ClassroomFactory(created_by=world.teacher)
    assignment = exception.assignment
    wrong = f"/teach/classes/{other.slug}/assignments/{assignment.public_id}/"

    for page in ("terms/", "edit/", "withdraw/", f"exceptions/{exception.public_id}/"):
        assert teacher.get(f"{wrong}{page}").status_code == 404


def test_an_exception_is_found_in_its_own_assignment_only(world, teacher, exception):
    other = given(world)

    assert teacher.get(at(other, f"exceptions/{exception.public_id}/")).status_code == 404


def test_an_administrator_may_everything(world, exception):
    client = signed_in(AdministratorFactory())

    assert client.get(new(world)).status_code == 200
    assert client.get(at(exception.assignment, "terms/")).status_code == 200
    assert client.post(at(exception.assignment, "withdraw/")).status_code == 302


def test_what_was_withdrawn_a_moment_ago_is_not_found(world, teacher, monkeypatch):
    """Another instructor is quicker, between the look-up and the lock."""
    assignment = given(world)
    found = "progress.views.teach_assignments.sittings_of"
    real = Assignment.objects.filter(pk=assignment.pk)

    def withdraw(_assignment: Assignment) -> Any:
        real.update(withdrawn_at=timezone.now())
        return SimpleNamespace(running=0, ended=0, has_begun=False)

    monkeypatch.setattr(found, withdraw)
    assert teacher.post(at(assignment, "edit/"), typed(world)).status_code == 404
