"""Join codes let in whom they should, once, and say nothing to anybody else."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import timezone

from certportal.accounts.models import AuditEvent, Classroom, JoinCode, Membership, User
from certportal.accounts.services import joining
from certportal.accounts.services.classes import ArchivedClassError, archive_class
from certportal.accounts.services.joining import (
    TooManyCodesError,
    UnknownCodeError,
    join_by_code,
    join_by_typed_code,
    look_up_code,
    make_join_code,
    revoke_join_code,
    typed_code,
)
from certportal.accounts.services.people import deactivate
from tests.factories.accounts import UserFactory
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def classroom() -> Classroom:
    return ClassroomFactory()


def make(classroom: Classroom, **fields) -> tuple[JoinCode, str]:
    fields = {"expires_at": timezone.now() + timedelta(days=7), "max_uses": 30, **fields}
    return make_join_code(classroom, by=classroom.created_by, **fields)


def from_(person: User, address: str = "203.0.113.9"):
    request = RequestFactory(REMOTE_ADDR=address).post("/classes/join/")
    request.user = person
    return request


def test_at_least_50_bits_stay_secret_beside_the_hint(classroom):
    code, text = make(classroom)
    signs = text.replace("-", "")
    assert [len(group) for group in text.split("-")] == [4, 4, 4]
    assert set(signs) <= set(joining.ALPHABET)
    assert len(set(joining.ALPHABET)) == 32
    assert (len(signs) - len(code.hint)) * math.log2(32) >= 50
    assert signs.startswith(code.hint)


def test_the_code_is_stored_nowhere(classroom):
    _code, text = make(classroom)
    plain = text.replace("-", "")
    row = JoinCode.objects.values().get()
    assert not any(plain in str(value).upper() for value in row.values())
    assert not any(plain in str(event.after) for event in AuditEvent.objects.all())


@pytest.mark.parametrize(
    "typed",
    [
        "{0}",
        " {0}\n",
        "{1}",
        "{2}",
        "{3}",
        "{4}",
    ],
    ids=["as shown", "space around", "lower case", "spaces", "en dashes", "full width"],
)
def test_a_code_may_be_typed_in_many_ways(classroom, typed):
    code, text = make(classroom)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in text)
    ways = (text, text.lower(), text.replace("-", " "), text.replace("-", "–"), wide)
    assert look_up_code(typed.format(*ways), now=timezone.now()) == code


def test_letters_that_look_like_digits_are_read_as_digits(classroom, monkeypatch):
    signs = iter("0011AAAA2222")
    monkeypatch.setattr(joining.secrets, "choice", lambda _alphabet: next(signs))
    code, _text = make(classroom)
    assert look_up_code("oOiL-aaaa-2222", now=timezone.now()) == code


def test_a_code_outlives_a_change_of_the_secret_key(classroom, settings):
    code, text = make(classroom)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another " * 10
    assert look_up_code(text, now=timezone.now()) == code
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(UnknownCodeError):
        look_up_code(text, now=timezone.now())


def test_a_code_ends_at_its_time(classroom):
    end = datetime(2027, 1, 1, 12, tzinfo=timezone.get_default_timezone())
    code, text = make(classroom, expires_at=end)
    assert look_up_code(text, now=end - timedelta(microseconds=1)) == code
    with pytest.raises(UnknownCodeError):
        look_up_code(text, now=end)


def _spoil_revoked(code: JoinCode) -> None:
    revoke_join_code(code, by=code.created_by)


def _spoil_expired(code: JoinCode) -> None:
    JoinCode.objects.update(expires_at=timezone.now())


def _spoil_used_up(code: JoinCode) -> None:
    JoinCode.objects.update(uses=code.max_uses)


def _spoil_archived(code: JoinCode) -> None:
    archive_class(code.classroom, by=code.created_by)


@pytest.mark.parametrize(
    "spoil",
    [_spoil_revoked, _spoil_expired, _spoil_used_up, _spoil_archived],
    ids=lambda f: f.__name__,
)
def test_a_code_that_lets_nobody_in_is_like_a_wrong_one(classroom, spoil):
    code, text = make(classroom)
    spoil(code)
    answers = set()
    for typed in (text, "0000-0000-0000", "", "x" * 5000):
        with pytest.raises(UnknownCodeError) as caught:
            join_by_code(typed, person=UserFactory())
        answers.add((type(caught.value), str(caught.value)))
    assert len(answers) == 1
    assert not Membership.objects.students().exists()


def test_joining_makes_a_student_with_the_label_of_the_code(classroom):
    label = ClassLabelFactory(classroom=classroom)
    code, text = make(classroom, label=label)
    person = UserFactory()
    membership = join_by_code(text, person=person)
    code.refresh_from_db()
    assert (membership.classroom, membership.person) == (classroom, person)
    assert membership.role == Membership.Role.STUDENT
    assert list(membership.labels.all()) == [label]
    assert code.uses == 1
    event = AuditEvent.objects.get(action="class-joined")
    assert event.actor == person
    assert event.target == f"class:{classroom.public_id}"


def test_joining_twice_is_joining_once_also_on_the_last_use(classroom):
    code, text = make(classroom, max_uses=1)
    person = UserFactory()
    first = join_by_code(text, person=person)
    assert join_by_code(text, person=person) == first
    code.refresh_from_db()
    assert code.uses == 1
    assert AuditEvent.objects.filter(action="class-joined").count() == 1
    with pytest.raises(UnknownCodeError):
        join_by_code(text, person=UserFactory())


def test_staff_who_type_the_code_stay_staff(classroom):
    assistant = MembershipFactory(classroom=classroom, assistant=True)
    code, text = make(classroom, label=ClassLabelFactory(classroom=classroom))
    assert join_by_code(text, person=assistant.person) == assistant
    assistant.refresh_from_db()
    code.refresh_from_db()
    assert assistant.role == Membership.Role.ASSISTANT
    assert not assistant.labels.exists()
    assert code.uses == 0


def test_joining_again_after_leaving_is_another_stay(classroom):
    _code, text = make(classroom)
    person = UserFactory()
    first = join_by_code(text, person=person)
    Membership.objects.filter(pk=first.pk).update(left_at=timezone.now())
    second = join_by_code(text, person=person)
    assert second != first
    assert second.is_current


def test_a_shut_account_joins_nothing(classroom):
    _code, text = make(classroom)
    person = UserFactory()
    deactivate(person, by=None)
    with pytest.raises(UnknownCodeError):
        join_by_code(text, person=person)
    assert JoinCode.objects.get().uses == 0


def test_no_code_is_made_for_an_archived_class(classroom):
    archive_class(classroom, by=classroom.created_by)
    with pytest.raises(ArchivedClassError):
        make(classroom)


def test_revoking_twice_keeps_the_first_moment(classroom):
    code, _text = make(classroom)
    revoke_join_code(code, by=classroom.created_by)
    first = JoinCode.objects.get().revoked_at
    revoke_join_code(code, by=classroom.created_by)
    assert JoinCode.objects.get().revoked_at == first
    assert AuditEvent.objects.filter(action="join-code-revoked").count() == 1


def test_the_eleventh_wrong_code_of_a_person_is_not_looked_at(classroom):
    _code, text = make(classroom)
    person = UserFactory()
    for _try in range(10):
        with pytest.raises(UnknownCodeError):
            typed_code(from_(person), "0000-0000-0000")
    with pytest.raises(TooManyCodesError):
        join_by_typed_code(from_(person), text)
    with pytest.raises(TooManyCodesError):
        typed_code(from_(person, "198.51.100.7"), text)
    assert typed_code(from_(UserFactory()), text)


def test_wrong_codes_from_one_address_count_together(classroom):
    _code, text = make(classroom)
    people = [UserFactory() for _person in range(10)]
    for person in people:
        for _try in range(10):
            with pytest.raises(UnknownCodeError):
                typed_code(from_(person), "0000-0000-0000")
    newcomer = UserFactory()
    with pytest.raises(TooManyCodesError):
        typed_code(from_(newcomer), text)
    assert typed_code(from_(newcomer, "198.51.100.7"), text)


def test_right_codes_are_not_counted(classroom):
    _code, text = make(classroom)
    person = UserFactory()
    for _try in range(12):
        typed_code(from_(person), text)
    assert join_by_typed_code(from_(person), text).person == person


def test_nobody_types_codes_without_being_signed_in(classroom):
    request = from_(AnonymousUser())
    with pytest.raises(Exception, match="anonymously"):
        typed_code(request, "0000-0000-0000")
