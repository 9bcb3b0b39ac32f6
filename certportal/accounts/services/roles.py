"""Who is an instructor, who is an administrator, and what the instructor role may do."""

from __future__ import annotations

from typing import Any

from django.apps import apps as all_apps
from django.apps.registry import Apps
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import User
from certportal.accounts.models.user import INSTRUCTOR_GROUP
from certportal.accounts.services.auditing import person_target, record

# Which rows an instructor may touch is decided by the admin of each app; this is the door.
_INSTRUCTOR_MAY = {
    ("quizzes", "questionset"): ("add", "change", "view"),
    ("quizzes", "question"): ("add", "change", "view"),
    ("quizzes", "exam"): ("add", "change", "view"),
    ("quizzes", "assignment"): ("view",),
    ("accounts", "classroom"): ("view",),
    ("accounts", "membership"): ("view",),
}
# In these the role has what the table says and nothing else.
_OUR_APPS = ("accounts", "catalog", "quizzes", "progress")


class LastAdministratorError(Exception):
    """Nobody would be left to look after the portal."""

    message = _("This is the last active administrator. Make somebody else administrator first.")

    def __str__(self) -> str:
        return str(self.message)


def is_instructor(person: User) -> bool:
    return person.groups.filter(name=INSTRUCTOR_GROUP).exists()


@transaction.atomic
def make_instructor(person: User, *, by: User | None, request: HttpRequest | None = None) -> bool:
    """Give the role; False if the person has it already."""
    if is_instructor(person):
        return False
    person.groups.add(Group.objects.get_or_create(name=INSTRUCTOR_GROUP)[0])
    _follow_roles(person)
    record("role-given", actor=by, target=person_target(person), after=_ROLE, request=request)
    return True


@transaction.atomic
def remove_instructor(person: User, *, by: User | None, request: HttpRequest | None = None) -> bool:
    """Take the role away, from the next request on; False if the person has it not."""
    if not is_instructor(person):
        return False
    person.groups.remove(Group.objects.get(name=INSTRUCTOR_GROUP))
    _follow_roles(person)
    record("role-taken", actor=by, target=person_target(person), before=_ROLE, request=request)
    return True


@transaction.atomic
def make_administrator(
    person: User, *, by: User | None, request: HttpRequest | None = None
) -> bool:
    """Give the role; False if the person has it already."""
    if person.is_superuser:
        return False
    person.is_superuser = True
    _follow_roles(person)
    record("role-given", actor=by, target=person_target(person), after=_TOP, request=request)
    return True


@transaction.atomic
def remove_administrator(
    person: User, *, by: User | None, request: HttpRequest | None = None
) -> bool:
    """Take the role away; False if the person has it not.

    Raises:
        LastAdministratorError: nobody else is an active administrator.
    """
    if not person.is_superuser:
        return False
    refuse_to_lose_last_administrator(person)
    person.is_superuser = False
    _follow_roles(person)
    record("role-taken", actor=by, target=person_target(person), before=_TOP, request=request)
    return True


def refuse_to_lose_last_administrator(person: User) -> None:
    """Check inside a transaction, before an administrator loses the role or the account.

    Locks the administrators, so that two of them cannot leave at the same moment. Comes
    before any other lock on a person: always all of them, always in the same order.

    Raises:
        LastAdministratorError: nobody else is an active administrator.
    """
    if not User.objects.filter(pk=person.pk, is_superuser=True).exists():
        return
    administrators = User.objects.filter(is_superuser=True, is_active=True)
    ids = set(administrators.order_by("pk").select_for_update().values_list("pk", flat=True))
    if ids == {person.pk}:
        raise LastAdministratorError


def sync_instructor_group(*, apps: Apps = all_apps, **_signal: Any) -> None:
    """After every migrate: the role may do what the table says, as far as the tables exist.

    Rights in the portal's own apps that are not in the table are taken away, whoever gave
    them. Rights in other apps are somebody's own decision and stay.
    """
    try:
        groups = apps.get_model("auth", "Group").objects
        permissions = apps.get_model("auth", "Permission").objects
    except LookupError:
        return
    wanted = Q(pk__in=[])
    for (app, model), verbs in _INSTRUCTOR_MAY.items():
        wanted |= Q(
            content_type__app_label=app,
            content_type__model=model,
            codename__in=[f"{verb}_{model}" for verb in verbs],
        )
    group, _created = groups.get_or_create(name=INSTRUCTOR_GROUP)
    foreign = group.permissions.exclude(content_type__app_label__in=_OUR_APPS)
    group.permissions.set([*permissions.filter(wanted), *foreign])


_ROLE = {"role": INSTRUCTOR_GROUP}
_TOP = {"role": "administrator"}


def _follow_roles(person: User) -> None:
    """Whoever has a role enters the administration; nobody else does."""
    person.is_staff = person.is_superuser or is_instructor(person)
    person.save(update_fields=["is_staff", "is_superuser"])
