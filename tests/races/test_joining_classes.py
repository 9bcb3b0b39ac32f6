"""People press Join, leave and erase their account at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from certportal.accounts.models import ClassLabel, JoinCode, Membership
from certportal.accounts.services.class_invitations import (
    UnknownInvitationError,
    accept_invitation,
    decline_invitation,
)
from certportal.accounts.services.erasing import erase_person
from certportal.accounts.services.joining import UnknownCodeError, join_by_code, make_join_code
from certportal.accounts.services.memberships import (
    ExtraTime,
    LastInstructorError,
    leave_class,
    save_label,
)
from tests.factories.accounts import UserFactory
from tests.factories.classes import ClassroomFactory, InvitationFactory, MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: list) -> list:
    """Run each callable in a thread of its own, all released together; what each came to."""
    gate = threading.Barrier(len(work))
    results: list = [None] * len(work)

    def run(number: int) -> None:
        try:
            gate.wait(30)
            results[number] = work[number]()
        except Exception as error:  # noqa: BLE001 - the test looks at each
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_the_last_use_lets_exactly_one_in():
    classroom = ClassroomFactory()
    _code, text = make_join_code(
        classroom,
        by=classroom.created_by,
        expires_at=timezone.now() + timedelta(days=1),
        max_uses=1,
    )
    people = [UserFactory() for _person in range(20)]
    results = at_once([lambda p=person: join_by_code(text, person=p) for person in people])
    assert [type(result) for result in results].count(Membership) == 1
    assert [type(result) for result in results].count(UnknownCodeError) == 19
    assert JoinCode.objects.get().uses == 1
    assert Membership.objects.current().students().count() == 1


def test_one_person_who_presses_twenty_times_joins_once():
    classroom = ClassroomFactory()
    _code, text = make_join_code(
        classroom,
        by=classroom.created_by,
        expires_at=timezone.now() + timedelta(days=1),
        max_uses=5,
    )
    person = UserFactory()
    results = at_once([lambda: join_by_code(text, person=person)] * 20)
    assert {result.pk for result in results} == {Membership.objects.students().get().pk}
    assert JoinCode.objects.get().uses == 1


def test_two_instructors_cannot_both_leave():
    classroom = ClassroomFactory()
    first = classroom.memberships.get()
    second = MembershipFactory(classroom=classroom, instructor=True)
    results = at_once([lambda m=each: leave_class(m) for each in (first, second)])
    assert sorted(type(result) for result in results if result is not None) == [LastInstructorError]
    assert classroom.memberships.current().count() == 1


def test_an_erasure_and_an_acceptance_leave_nobody_in_the_class():
    for _round in range(5):
        classroom = ClassroomFactory()
        person = UserFactory()
        invitation = InvitationFactory(classroom=classroom, email=person.email)
        results = at_once(
            [
                lambda i=invitation, p=person: accept_invitation(i, person=p),
                lambda p=person: erase_person(p, by=None),
            ]
        )
        assert isinstance(results[0], Membership | UnknownInvitationError)
        assert results[1] is None
        assert not classroom.memberships.current().students().exists()
        invitation.refresh_from_db()
        assert invitation.email == ""


def test_a_decline_and_an_acceptance_agree_on_what_happened():
    for _round in range(8):
        classroom, person = ClassroomFactory(), UserFactory()
        invitation = InvitationFactory(classroom=classroom, email=person.email)
        results = at_once(
            [
                lambda i=invitation, p=person: accept_invitation(i, person=p),
                lambda i=invitation, p=person: decline_invitation(i, person=p),
            ]
        )
        is_in = classroom.memberships.current().students().exists()
        invitation.refresh_from_db()
        assert is_in == isinstance(results[0], Membership)
        assert (invitation.accepted_at is not None, invitation.revoked_at is not None) \
            == (is_in, not is_in)  # fmt: skip
        assert isinstance(results[1 if is_in else 0], UnknownInvitationError)


def test_two_labels_of_one_name_are_made_once():
    classroom = ClassroomFactory()
    results = at_once(
        [
            lambda name=name: save_label(
                ClassLabel(classroom=classroom),
                by=classroom.created_by,
                name=name,
                extra_time=ExtraTime(),
                request=None,
            )
            for name in ("Evening", "evening")
        ]
    )
    assert sorted(type(it).__name__ for it in results) == ["ClassLabel", "LabelTakenError"]
