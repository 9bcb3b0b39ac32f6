"""Lets people into classes and out of them, and sets what they are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, ProtectedError
from django.db.models.functions import Greatest
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import (
    ClassLabel,
    Classroom,
    Invitation,
    JoinCode,
    Membership,
    User,
)
from certportal.accounts.services.auditing import person_target, record
from certportal.accounts.services.classes import (
    MayNotTeachError,
    class_target,
    lock_class,
    may_teach,
)
from certportal.lib.clock import db_now

_RANK = {Membership.Role.STUDENT: 0, Membership.Role.ASSISTANT: 1, Membership.Role.INSTRUCTOR: 2}


class LastInstructorError(Exception):
    """Nobody would be left to look after the class."""

    message = _(
        "This is the last instructor of the class. "
        "Make somebody else instructor first, or archive the class."
    )

    def __str__(self) -> str:
        return str(self.message)


class ReasonMissingError(Exception):
    """Extra time is given for a reason that can be read later."""

    message = _("Say why there is extra time, such as the document that grants it.")

    def __str__(self) -> str:
        return str(self.message)


class LabelInUseError(Exception):
    """A label that somebody or something carries cannot go."""

    message = _("This label is in use. Take it off its people, codes and assignments first.")

    def __str__(self) -> str:
        return str(self.message)


class LabelTakenError(Exception):
    """Two labels of a class have different names, also in other capitals."""

    message = _("There is a label of this name already.")

    def __str__(self) -> str:
        return str(self.message)


class NoSuchPersonError(Exception):
    """The account is shut or erased."""


@dataclass(frozen=True, slots=True)
class ExtraTime:
    """How much more time somebody has, and why; no factor is no extra time."""

    factor: Decimal | None = None
    reason: str = ""

    def checked(self) -> ExtraTime:
        """Without factor no reason is kept: it says something about somebody's health.

        Raises:
            ReasonMissingError: there is a factor and no reason.
        """
        if self.factor is None:
            return ExtraTime()
        if not self.reason.strip():
            raise ReasonMissingError
        return ExtraTime(self.factor, self.reason.strip())


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody is in a class: role, labels, extra time."""

    role: str = Membership.Role.STUDENT
    labels: tuple[ClassLabel, ...] = ()
    extra_time: ExtraTime = ExtraTime()


def enter_class(
    classroom: Classroom, place: Place, *, person: User, now: datetime
) -> tuple[Membership, bool]:
    """Make somebody a member; inside a transaction that holds the class (`lock_class`).

    Returns:
        The membership, and whether it is new; who is a member stays what they are.

    Raises:
        NoSuchPersonError: the account is shut or erased.
    """
    person = lock_person(person)
    current = classroom.memberships.current().filter(person=person).first()
    if current is not None:
        return current, False
    extra = place.extra_time.checked()
    membership = Membership.objects.create(
        classroom=classroom,
        person=person,
        role=place.role,
        extra_time_factor=extra.factor,
        extra_time_reason=extra.reason,
        joined_at=now,
    )
    membership.labels.set(place.labels)
    return membership, True


def lock_person(person: User) -> User:
    """Take somebody before what is theirs, in the order of an erasure.

    Raises:
        NoSuchPersonError: the account is shut or erased.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not locked.is_active or locked.erased_at is not None:
        raise NoSuchPersonError
    return locked


@transaction.atomic
def leave_class(membership: Membership, *, request: HttpRequest | None = None) -> None:
    """End one's own membership, of an archived class too; running exams go on.

    Raises:
        LastInstructorError: nobody else is an instructor of the class.
    """
    Classroom.objects.select_for_update(no_key=True).get(pk=membership.classroom_id)
    _end(membership, action="class-left", by=membership.person, request=request)


@transaction.atomic
def remove_member(membership: Membership, *, by: User, request: HttpRequest | None = None) -> None:
    """End somebody's membership with a date; running exams go on.

    Raises:
        ArchivedClassError: the class is archived.
        LastInstructorError: nobody else is an instructor of the class.
    """
    lock_class(membership.classroom)
    _end(membership, action="class-member-removed", by=by, request=request)


@transaction.atomic
def change_member(
    membership: Membership, place: Place, *, by: User, request: HttpRequest | None = None
) -> Membership:
    """Set somebody's role, labels and extra time in a class.

    Raises:
        ArchivedClassError: the class is archived.
        LastInstructorError: nobody else is an instructor of the class.
        MayNotTeachError: the person is no instructor of this portal.
        ReasonMissingError: there is extra time without a reason.
    """
    classroom = lock_class(membership.classroom)
    locked = _current(membership)
    if place.role != locked.role:
        _check_role(locked, place.role)
    before = facts(locked)
    extra = place.extra_time.checked()
    locked.role = place.role
    locked.extra_time_factor, locked.extra_time_reason = extra.factor, extra.reason
    locked.save(update_fields=["role", "extra_time_factor", "extra_time_reason"])
    locked.labels.set(classroom.labels.filter(pk__in=[label.pk for label in place.labels]))
    if (after := facts(locked)) != before:
        target = person_target(locked.person)
        record(
            "class-member-changed",
            actor=by,
            target=target,
            before=before,
            after=after,
            request=request,
        )
    return locked


@transaction.atomic
def save_label(
    label: ClassLabel, *, by: User, name: str, extra_time: ExtraTime, request: HttpRequest | None
) -> ClassLabel:
    """Create a label, or rename one and set its extra time.

    Raises:
        ArchivedClassError: the class is archived.
        LabelTakenError: another label of the class has this name.
        ReasonMissingError: there is extra time without a reason.
    """
    classroom = lock_class(label.classroom)
    if classroom.labels.exclude(pk=label.pk).filter(name__iexact=name).exists():
        raise LabelTakenError
    before = _label_facts(ClassLabel.objects.get(pk=label.pk)) if label.pk else {}
    extra = extra_time.checked()
    label.name = name
    label.extra_time_factor, label.extra_time_reason = extra.factor, extra.reason
    label.save()
    if (after := _label_facts(label)) != before:
        record(
            "class-label-changed",
            actor=by,
            target=class_target(classroom),
            before=before,
            after=after,
            request=request,
        )
    return label


@transaction.atomic
def delete_label(label: ClassLabel, *, by: User, request: HttpRequest | None = None) -> None:
    """Delete a label that nobody and nothing carries.

    Raises:
        ArchivedClassError: the class is archived.
        LabelInUseError: somebody or something carries it.
    """
    classroom = lock_class(label.classroom)
    if _is_carried(label):
        raise LabelInUseError
    before = _label_facts(label)
    # What is over need not keep it: a code that lets nobody in, a stay that has ended.
    unusable = JoinCode.objects.exclude(pk__in=JoinCode.objects.usable(db_now()).values("pk"))
    unusable.filter(label=label).update(label=None)
    try:
        label.delete()
    except ProtectedError as error:
        raise LabelInUseError from error
    target = class_target(classroom)
    record("class-label-deleted", actor=by, target=target, before=before, request=request)


def _is_carried(label: ClassLabel) -> bool:
    """Assignments and usable codes protect a label by themselves; these two do not."""
    invitations = Invitation.objects.waiting(db_now())
    return label.memberships.current().exists() or invitations.filter(labels__in=[label]).exists()


def forget_memberships(person: User) -> None:
    """End all memberships of somebody who is being erased, and what says something about them.

    The rows stay: the sums of their class point at them.
    """
    mine = Membership.objects.filter(person=person)
    # The rows first: whoever is writing one, and its labels, has to be done.
    mine.update(extra_time_factor=None, extra_time_reason="")
    mine.current().update(left_at=Greatest(F("joined_at"), db_now()))
    Membership.labels.through.objects.filter(membership__in=mine).delete()


def facts(membership: Membership) -> dict[str, Any]:
    """What an audit row says of a member."""
    return place_facts(
        membership,
        labels=membership.labels.values_list("name", flat=True),
        class_id=str(membership.classroom.public_id),
    )


def place_facts(member: Membership, *, labels: Iterable[str], class_id: str) -> dict[str, Any]:
    """The same without a statement, for those who have the labels already."""
    factor = member.extra_time_factor
    return {
        "class": class_id,
        "role": str(member.role),
        "labels": sorted(labels),
        "extra_time": float(factor) if factor is not None else None,
        "reason": member.extra_time_reason,
    }


def higher_role(one: str, other: str) -> str:
    """An invitation never takes a role away."""
    return max(one, other, key=lambda role: _RANK[Membership.Role(role)])


def _label_facts(label: ClassLabel) -> dict[str, Any]:
    factor = label.extra_time_factor
    return {
        "label": label.name,
        "extra_time": float(factor) if factor is not None else None,
        "reason": label.extra_time_reason,
    }


def _current(membership: Membership) -> Membership:
    return (
        Membership.objects.current()
        .select_for_update(of=("self",))
        .select_related("person", "classroom")
        .get(pk=membership.pk)
    )


def _check_role(membership: Membership, role: str) -> None:
    if role == Membership.Role.INSTRUCTOR and not may_teach(membership.person):
        raise MayNotTeachError
    _refuse_to_lose_last_instructor(membership)


def _refuse_to_lose_last_instructor(membership: Membership) -> None:
    if membership.role != Membership.Role.INSTRUCTOR:
        return
    # Who lost the role in the portal may change nothing here, so they do not count.
    others = membership.classroom.memberships.current().filter(
        role=Membership.Role.INSTRUCTOR, person__is_active=True, person__is_staff=True
    )
    if not others.exclude(pk=membership.pk).exists():
        raise LastInstructorError


def _end(membership: Membership, *, action: str, by: User, request: HttpRequest | None) -> None:
    try:
        locked = _current(membership)
    except Membership.DoesNotExist:
        # It has ended already; the date stays.
        return
    _refuse_to_lose_last_instructor(locked)
    locked.left_at = max(db_now(), locked.joined_at)
    locked.save(update_fields=["left_at"])
    after = {"class": str(locked.classroom.public_id)}
    record(action, actor=by, target=person_target(locked.person), after=after, request=request)
