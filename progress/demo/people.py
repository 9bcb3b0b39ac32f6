"""The classes of the demo instructor and the people in them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from certportal.accounts.models import ClassLabel, Classroom, JoinCode, Membership, User
from certportal.accounts.services.class_invitations import Guest, invite
from certportal.accounts.services.classes import archive_class, create_class
from certportal.accounts.services.joining import make_join_code
from certportal.catalog.models import ExamGuide
from progress.demo.names import name_and_zone
from progress.demo.simulating import Character, Habit
from progress.services.class_goals import set_class_goal

MAIN_CLASS = "Cloud Foundations, autumn 2026"
QUIET_CLASS = "Solutions Architect, evening course"
OLD_CLASS = "Cloud Foundations, spring 2026"
ZONE = "Europe/Berlin"
_QUIET_SIZE = 5
_OLD_SIZE = 6
_LATE_JOINERS = 7
"""Every seventh joins in the second week."""


@dataclass(frozen=True, slots=True)
class Labels:
    evening: ClassLabel
    extra_time: ClassLabel


@dataclass(frozen=True, slots=True)
class DemoClass:
    """The large class, with its students in the order of their characters."""

    classroom: Classroom
    labels: Labels
    students: Sequence[Membership]
    join_code: str


def add_simulated_people(count: int) -> list[User]:
    """People whom nobody can sign in as, with confirmed addresses."""
    taken = set(User.objects.filter(email__startswith="sim").values_list("email", flat=True))
    width = max(len(str(count)), 2)
    every = (f"sim{number:0{width}}@example.com" for number in itertools.count(1))
    addresses = itertools.islice((it for it in every if it not in taken), count)
    people = []
    for number, address in enumerate(addresses):
        name, zone = name_and_zone(number)
        person = User(
            email=address,
            display_name=name,
            time_zone=zone,
            password=make_password(None),
            # Nobody reads their mail.
            reminders_by_mail=False,
        )
        people.append(person)
    made = User.objects.bulk_create(people, batch_size=500)
    EmailAddress.objects.bulk_create(
        (
            EmailAddress(user=person, email=person.email, primary=True, verified=True)
            for person in made
        ),
        batch_size=500,
    )
    return made


def make_main_class(
    instructor: User,
    people: Sequence[User],
    characters: Sequence[Character],
    *,
    guide: ExamGuide,
    begin: datetime,
    now: datetime,
) -> DemoClass:
    """The class that the demonstration is about; of `people` the last one helps to teach."""
    *people, assistant = people
    classroom = _class(instructor, MAIN_CLASS, guide, since=begin - timedelta(days=5), now=now)
    labels = _labels(classroom)
    joined = _join(classroom, people, since=begin)
    _let_one_leave(joined, characters, begin=begin)
    _put_on_labels(joined, characters, labels)
    _give_extra_time(joined)
    Membership.objects.create(
        classroom=classroom,
        person=assistant,
        role=Membership.Role.ASSISTANT,
        joined_at=begin - timedelta(days=3),
    )
    code, text = make_join_code(
        classroom, by=instructor, expires_at=now + timedelta(days=60), max_uses=len(people) + 30
    )
    JoinCode.objects.filter(pk=code.pk).update(uses=len(people))
    guest = Guest("guest@example.com", name="Greta Guest")
    invitation = invite(classroom, guest, by=instructor)
    # Nobody reads there: it counts as mailed.
    invitation.created_at = invitation.mailed_at = now - timedelta(days=2)
    invitation.save(update_fields=["created_at", "mailed_at"])
    return DemoClass(classroom, labels, joined, text)


def make_quiet_class(
    instructor: User, people: Sequence[User], *, guide: ExamGuide, now: datetime
) -> Classroom:
    """A small class in which little happens."""
    since = now - timedelta(days=30)
    classroom = _class(instructor, QUIET_CLASS, guide, since=since, now=now)
    _join(classroom, people[-_QUIET_SIZE:], since=since)
    return classroom


def make_old_class(
    instructor: User, people: Sequence[User], *, guide: ExamGuide, now: datetime
) -> Classroom:
    """The class of last term: over and archived."""
    since, until = now - timedelta(days=230), now - timedelta(days=120)
    classroom = _class(instructor, OLD_CLASS, guide, since=since, now=now)
    _join(classroom, people[:_OLD_SIZE], since=since)
    classroom.memberships.students().update(left_at=until)
    archive_class(classroom, by=instructor)
    Classroom.objects.filter(pk=classroom.pk).update(archived_at=until)
    return classroom


def _class(
    instructor: User, name: str, guide: ExamGuide, *, since: datetime, now: datetime
) -> Classroom:
    classroom = create_class(by=instructor, name=name, time_zone=ZONE)
    classroom.created_at = since
    classroom.save(update_fields=["created_at"])
    classroom.memberships.update(joined_at=since)
    exam_on = (now + timedelta(days=24)).date() if name == MAIN_CLASS else None
    set_class_goal(classroom, guide=guide, exam_on=exam_on, by=instructor)
    return classroom


def _labels(classroom: Classroom) -> Labels:
    return Labels(
        evening=ClassLabel.objects.create(classroom=classroom, name="Evening group"),
        extra_time=ClassLabel.objects.create(
            classroom=classroom,
            name="Extra time",
            extra_time_factor=Decimal("1.5"),
            extra_time_reason="Agreed with the disability office for this term",
        ),
    )


def _join(classroom: Classroom, people: Sequence[User], *, since: datetime) -> list[Membership]:
    return Membership.objects.bulk_create(
        (
            Membership(classroom=classroom, person=person, joined_at=since + _waited(place))
            for place, person in enumerate(people)
        ),
        batch_size=500,
    )


def _waited(place: int) -> timedelta:
    """How long after its beginning the n-th student joins a class."""
    if place and place % _LATE_JOINERS == 0:
        return timedelta(days=8, minutes=place)
    return timedelta(minutes=7 * (place % 40))


def _let_one_leave(
    joined: Sequence[Membership], characters: Sequence[Character], *, begin: datetime
) -> None:
    """The first who stopped studying also left; everybody else is still there."""
    for member, character in zip(joined, characters, strict=True):
        if character.habit is Habit.STOPPED:
            member.left_at = begin + timedelta(days=31)
            member.save(update_fields=["left_at"])
            return


def _put_on_labels(
    joined: Sequence[Membership], characters: Sequence[Character], labels: Labels
) -> None:
    evening = [
        member
        for member, character in zip(joined, characters, strict=True)
        if character.habit is Habit.EVENINGS
    ]
    pairs = [(member, labels.evening) for member in evening]
    # The second of the demo students, and somebody nobody signs in as.
    pairs += [(member, labels.extra_time) for member in joined[1:10:8]]
    through = Membership.labels.through
    through.objects.bulk_create(
        (through(membership=member, classlabel=label) for member, label in pairs), batch_size=500
    )


def _give_extra_time(joined: Sequence[Membership]) -> None:
    for member in joined[4:5]:
        member.extra_time_factor = Decimal("1.25")
        member.extra_time_reason = "German is a third language; confirmed by the faculty"
        member.save(update_fields=["extra_time_factor", "extra_time_reason"])
