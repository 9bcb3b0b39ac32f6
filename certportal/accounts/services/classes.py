"""Makes, changes, archives and copies classes."""

from __future__ import annotations

import secrets
from contextlib import suppress

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import ClassLabel, Classroom, Membership, User
from certportal.accounts.services.auditing import record
from certportal.accounts.services.roles import is_instructor
from certportal.lib.clock import db_now

_LONGEST_SLUG = 60
# The addresses of the teachers' pages beside which a class stands.
_TAKEN_SLUGS = frozenset({"new"})
_SLUG_TRIES = 5


class ArchivedClassError(Exception):
    """An archived class is there to be read."""

    message = _("This class is archived. Restore it under Settings first.")

    def __str__(self) -> str:
        return str(self.message)


class MayNotTeachError(Exception):
    """The person does not hold the role of an instructor in this portal."""

    message = _(
        "Only an instructor of this portal can be an instructor of a class. "
        "Ask an administrator for the role, or choose assistant."
    )

    def __str__(self) -> str:
        return str(self.message)


def may_teach(person: User) -> bool:
    """Whether somebody may have classes of their own."""
    return person.is_active and (person.is_superuser or is_instructor(person))


@transaction.atomic
def create_class(
    *,
    by: User,
    name: str,
    time_zone: str,
    description: str = "",
    request: HttpRequest | None = None,
) -> Classroom:
    """Open a class whose first instructor is its maker.

    Raises:
        MayNotTeachError: the maker is no instructor of this portal.
    """
    if not may_teach(by):
        raise MayNotTeachError
    classroom = _with_free_slug(
        Classroom(name=name, time_zone=time_zone, description=description, created_by=by)
    )
    Membership.objects.create(
        classroom=classroom, person=by, role=Membership.Role.INSTRUCTOR, joined_at=db_now()
    )
    record("class-created", actor=by, target=class_target(classroom), request=request)
    return classroom


@transaction.atomic
def change_class(
    classroom: Classroom,
    *,
    by: User,
    name: str,
    time_zone: str,
    description: str,
    request: HttpRequest | None = None,
) -> Classroom:
    """Give a class another name, zone or description; its address stays.

    Raises:
        ArchivedClassError: it is archived.
    """
    locked = lock_class(classroom)
    before = _facts(locked)
    locked.name, locked.time_zone, locked.description = name, time_zone, description
    locked.save(update_fields=["name", "time_zone", "description"])
    if (after := _facts(locked)) != before:
        target = class_target(locked)
        record(
            "class-changed", actor=by, target=target, before=before, after=after, request=request
        )
    return locked


@transaction.atomic
def archive_class(classroom: Classroom, *, by: User, request: HttpRequest | None = None) -> None:
    """Close a class for all but its readers; twice does nothing the second time."""
    with suppress(ArchivedClassError):
        locked = lock_class(classroom)
        locked.archived_at = db_now()
        locked.save(update_fields=["archived_at"])
        record("class-archived", actor=by, target=class_target(locked), request=request)


@transaction.atomic
def restore_class(classroom: Classroom, *, by: User, request: HttpRequest | None = None) -> None:
    """Open an archived class again; its codes and invitations are what they were."""
    locked = Classroom.objects.select_for_update(no_key=True).get(pk=classroom.pk)
    if locked.archived_at is None:
        return
    locked.archived_at = None
    locked.save(update_fields=["archived_at"])
    record("class-restored", actor=by, target=class_target(locked), request=request)


@transaction.atomic
def copy_class(
    classroom: Classroom, *, by: User, name: str, request: HttpRequest | None = None
) -> Classroom:
    """Open a class with the zone, description and labels of another, and none of its people.

    Raises:
        MayNotTeachError: whoever copies is no instructor of this portal.
    """
    copy = create_class(
        by=by,
        name=name,
        time_zone=classroom.time_zone,
        description=classroom.description,
        request=request,
    )
    ClassLabel.objects.bulk_create(
        ClassLabel(
            classroom=copy,
            name=label.name,
            extra_time_factor=label.extra_time_factor,
            extra_time_reason=label.extra_time_reason,
        )
        for label in classroom.labels.all()
    )
    return copy


def lock_class(classroom: Classroom) -> Classroom:
    """Take the class before anything that belongs to it is written; inside a transaction.

    Who joins, leaves and changes roles waits in this one line, so that a limit, the last
    instructor and the archive are looked at by one of them at a time.

    Raises:
        ArchivedClassError: it is archived.
    """
    locked = Classroom.objects.select_for_update(no_key=True).get(pk=classroom.pk)
    if locked.archived_at is not None:
        raise ArchivedClassError
    return locked


def class_target(classroom: Classroom) -> str:
    """Name a class in an audit row."""
    return f"class:{classroom.public_id}"


def _facts(classroom: Classroom) -> dict[str, str]:
    return {
        "name": classroom.name,
        "time_zone": classroom.time_zone,
        "description": classroom.description,
    }


def _with_free_slug(classroom: Classroom) -> Classroom:
    """Save under an address made of the name, or the name and a few signs if it is taken."""
    base = slugify(classroom.name)[:_LONGEST_SLUG].strip("-") or "class"
    classroom.slug = base
    if base in _TAKEN_SLUGS or Classroom.objects.filter(slug=base).exists():
        classroom.slug = f"{base}-{secrets.token_hex(3)}"
    for _try in range(_SLUG_TRIES):
        with suppress(IntegrityError), transaction.atomic():
            classroom.save(force_insert=True)
            return classroom
        # Somebody took the address since we looked.
        classroom.slug = f"{base}-{secrets.token_hex(3)}"
    raise RuntimeError("no free address for a class after several tries")
