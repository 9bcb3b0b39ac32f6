"""Who is in a class, as what, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from certportal.accounts.models import AuditEvent, CalendarAddress, Classroom, Membership
from certportal.accounts.services.classes import (
    ArchivedClassError,
    MayNotTeachError,
    archive_class,
    change_class,
    copy_class,
    create_class,
    restore_class,
)
from certportal.accounts.services.erasing import erase_person
from certportal.accounts.services.joining import make_join_code, revoke_join_code
from certportal.accounts.services.memberships import (
    ExtraTime,
    LabelInUseError,
    LastInstructorError,
    Place,
    ReasonMissingError,
    change_member,
    delete_label,
    leave_class,
    remove_member,
    save_label,
)
from certportal.accounts.services.people import deactivate
from tests.factories.accounts import AdministratorFactory, InstructorFactory, UserFactory
from tests.factories.classes import (
    ClassLabelFactory,
    ClassroomFactory,
    InvitationFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db

ROLE = Membership.Role


@pytest.fixture
def classroom() -> Classroom:
    return ClassroomFactory()


# --- Classes ----------------------------------------------------------------------------


def test_the_maker_of_a_class_is_its_instructor():
    teacher = InstructorFactory()
    classroom = create_class(by=teacher, name="Cloud, evening", time_zone="Asia/Kolkata")
    assert classroom.slug == "cloud-evening"
    assert classroom.memberships.get().person == teacher
    assert classroom.memberships.get().role == ROLE.INSTRUCTOR
    assert AuditEvent.objects.get(action="class-created").target == f"class:{classroom.public_id}"


@pytest.mark.parametrize("name", ["云计算晚班", "new", "!!!", "x" * 120])
def test_any_name_makes_an_address_that_is_free(name):
    teacher = AdministratorFactory()
    slugs = {create_class(by=teacher, name=name, time_zone="UTC").slug for _class in range(3)}
    assert len(slugs) == 3
    assert "new" not in slugs
    assert all(0 < len(slug) <= 80 for slug in slugs)


def test_a_student_opens_no_class():
    with pytest.raises(MayNotTeachError):
        create_class(by=UserFactory(), name="Mine", time_zone="UTC")
    assert not Classroom.objects.exists()


def test_changing_a_class_keeps_its_address_and_is_written_down(classroom):
    slug = classroom.slug
    change_class(
        classroom, by=classroom.created_by, name="Other", time_zone="UTC", description="Mondays"
    )
    classroom.refresh_from_db()
    assert (classroom.slug, classroom.name, classroom.time_zone) == (slug, "Other", "UTC")
    event = AuditEvent.objects.get(action="class-changed")
    assert (event.before["time_zone"], event.after["time_zone"]) == ("Europe/Berlin", "UTC")


def test_an_archived_class_changes_only_by_restoring(classroom):
    teacher = classroom.created_by
    membership = MembershipFactory(classroom=classroom)
    label = ClassLabelFactory(classroom=classroom)
    archive_class(classroom, by=teacher)
    first = Classroom.objects.get().archived_at
    archive_class(classroom, by=teacher)
    assert Classroom.objects.get().archived_at == first
    changes = [
        lambda: change_class(classroom, by=teacher, name="x", time_zone="UTC", description=""),
        lambda: change_member(membership, Place(role=ROLE.ASSISTANT), by=teacher),
        lambda: remove_member(membership, by=teacher),
        lambda: save_label(label, by=teacher, name="x", extra_time=ExtraTime(), request=None),
        lambda: delete_label(label, by=teacher),
    ]
    for change in changes:
        with pytest.raises(ArchivedClassError):
            change()
    restore_class(classroom, by=teacher)
    remove_member(membership, by=teacher)
    assert Classroom.objects.get().archived_at is None


def test_a_copy_has_labels_and_none_of_the_people(classroom):
    MembershipFactory(classroom=classroom)
    ClassLabelFactory(
        classroom=classroom, name="Evening", extra_time_factor=Decimal("1.5"), extra_time_reason="x"
    )
    teacher = InstructorFactory()
    copy = copy_class(classroom, by=teacher, name="Next year")
    assert copy.time_zone == classroom.time_zone
    assert [member.person for member in copy.memberships.all()] == [teacher]
    label = copy.labels.get()
    assert (label.name, label.extra_time_factor) == ("Evening", Decimal("1.5"))


# --- Members ----------------------------------------------------------------------------


def test_leaving_ends_with_a_date_and_keeps_the_row(classroom):
    membership = MembershipFactory(classroom=classroom)
    leave_class(membership)
    membership.refresh_from_db()
    first = membership.left_at
    assert first is not None
    leave_class(membership)
    membership.refresh_from_db()
    assert membership.left_at == first
    assert AuditEvent.objects.filter(action="class-left").count() == 1


def test_one_may_leave_an_archived_class(classroom):
    membership = MembershipFactory(classroom=classroom)
    archive_class(classroom, by=classroom.created_by)
    leave_class(membership)
    assert not Membership.objects.current().filter(pk=membership.pk).exists()


def test_removing_names_who_did_it(classroom):
    membership = MembershipFactory(classroom=classroom)
    remove_member(membership, by=classroom.created_by)
    event = AuditEvent.objects.get(action="class-member-removed")
    assert event.actor == classroom.created_by
    assert event.target == f"user:{membership.person_id}"
    assert event.after == {"class": str(classroom.public_id)}


def test_a_class_keeps_one_instructor(classroom):
    only = classroom.memberships.get()
    for end in (
        lambda: leave_class(only),
        lambda: remove_member(only, by=only.person),
        lambda: change_member(only, Place(role=ROLE.STUDENT), by=only.person),
    ):
        with pytest.raises(LastInstructorError, match="Make somebody else instructor first"):
            end()
    MembershipFactory(classroom=classroom, assistant=True)
    with pytest.raises(LastInstructorError):
        leave_class(only)
    MembershipFactory(classroom=classroom, instructor=True)
    leave_class(only)


def test_somebody_who_is_shut_out_is_no_instructor_to_rely_on(classroom):
    only = classroom.memberships.get()
    other = MembershipFactory(classroom=classroom, instructor=True)
    deactivate(other.person, by=None)
    with pytest.raises(LastInstructorError):
        leave_class(only)


def test_only_a_teacher_of_the_portal_becomes_instructor(classroom):
    membership = MembershipFactory(classroom=classroom)
    with pytest.raises(MayNotTeachError):
        change_member(membership, Place(role=ROLE.INSTRUCTOR), by=classroom.created_by)
    teacher = MembershipFactory(classroom=classroom, person=InstructorFactory())
    change_member(teacher, Place(role=ROLE.INSTRUCTOR), by=classroom.created_by)
    assert classroom.memberships.filter(role=ROLE.INSTRUCTOR).count() == 2


def test_labels_and_extra_time_are_written_down_before_and_after(classroom):
    label = ClassLabelFactory(classroom=classroom, name="Evening")
    membership = MembershipFactory(classroom=classroom)
    place = Place(labels=(label,), extra_time=ExtraTime(Decimal("1.25"), " letter "))
    change_member(membership, place, by=classroom.created_by)
    membership.refresh_from_db()
    assert membership.extra_time_reason == "letter"
    event = AuditEvent.objects.get(action="class-member-changed")
    assert event.target == f"user:{membership.person_id}"
    assert (event.before["labels"], event.before["extra_time"]) == ([], None)
    assert (event.after["labels"], event.after["extra_time"]) == (["Evening"], 1.25)
    change_member(membership, place, by=classroom.created_by)
    assert AuditEvent.objects.filter(action="class-member-changed").count() == 1


def test_extra_time_needs_a_reason_and_goes_with_it(classroom):
    membership = MembershipFactory(
        classroom=classroom, extra_time_factor=Decimal(2), extra_time_reason="letter"
    )
    with pytest.raises(ReasonMissingError):
        change_member(
            membership, Place(extra_time=ExtraTime(Decimal(2), " ")), by=classroom.created_by
        )
    change_member(membership, Place(extra_time=ExtraTime(None, "letter")), by=classroom.created_by)
    membership.refresh_from_db()
    assert (membership.extra_time_factor, membership.extra_time_reason) == (None, "")


def test_labels_of_another_class_are_not_given(classroom):
    membership = MembershipFactory(classroom=classroom)
    place = Place(labels=(ClassLabelFactory(),))
    change_member(membership, place, by=classroom.created_by)
    assert not membership.labels.exists()


# --- Labels -----------------------------------------------------------------------------


def test_a_label_goes_when_nobody_and_nothing_carries_it(classroom):
    teacher = classroom.created_by
    on_member, on_invitation, on_code, free = ClassLabelFactory.create_batch(4, classroom=classroom)
    membership = MembershipFactory(classroom=classroom, labels=[on_member])
    invitation = InvitationFactory(classroom=classroom)
    invitation.labels.add(on_invitation)
    soon = timezone.now() + timedelta(days=1)
    code, _text = make_join_code(classroom, by=teacher, expires_at=soon, max_uses=3, label=on_code)
    for label in (on_member, on_invitation, on_code):
        with pytest.raises(LabelInUseError):
            delete_label(label, by=teacher)
    delete_label(free, by=teacher)
    leave_class(membership)
    revoke_join_code(code, by=teacher)
    delete_label(on_member, by=teacher)
    delete_label(on_code, by=teacher)
    assert list(classroom.labels.all()) == [on_invitation]


def test_a_label_with_extra_time_says_why(classroom):
    label = ClassLabelFactory(classroom=classroom)
    with pytest.raises(ReasonMissingError):
        save_label(
            label,
            by=classroom.created_by,
            name="Slow",
            extra_time=ExtraTime(Decimal("1.5")),
            request=None,
        )
    save_label(
        label,
        by=classroom.created_by,
        name="Slow",
        extra_time=ExtraTime(Decimal("1.5"), "agreed"),
        request=None,
    )
    label.refresh_from_db()
    assert (label.name, label.extra_time_factor) == ("Slow", Decimal("1.5"))
    assert AuditEvent.objects.get(action="class-label-changed").after["extra_time"] == 1.5


# --- Erasing ----------------------------------------------------------------------------


def test_erasing_ends_memberships_and_forgets_what_they_say(classroom):
    label = ClassLabelFactory(classroom=classroom, name="Illness group")
    person = UserFactory()
    membership = MembershipFactory(classroom=classroom, person=person)
    change_member(
        membership,
        Place(labels=(label,), extra_time=ExtraTime(Decimal(2), "illness")),
        by=classroom.created_by,
    )
    CalendarAddress.objects.create(person=person, digest="x" * 64)
    other = MembershipFactory(
        classroom=classroom, extra_time_factor=Decimal(2), extra_time_reason="stays"
    )
    erase_person(person, by=None)
    membership.refresh_from_db()
    other.refresh_from_db()
    assert membership.left_at is not None
    assert (membership.extra_time_factor, membership.extra_time_reason) == (None, "")
    assert not membership.labels.exists()
    assert not CalendarAddress.objects.exists()
    assert (other.left_at, other.extra_time_reason) == (None, "stays")
    assert "illness" not in str(list(AuditEvent.objects.values("before", "after"))).lower()


def test_the_last_instructor_may_still_be_forgotten(classroom):
    erase_person(classroom.created_by, by=None)
    assert not classroom.memberships.current().exists()
