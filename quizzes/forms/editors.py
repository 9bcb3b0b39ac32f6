"""Who else may be asked to edit what somebody owns."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from certportal.accounts.models import User
from certportal.accounts.models.user import INSTRUCTOR_GROUP


def possible_editors(*, owner_id: int | None, now: Iterable[User]) -> QuerySet[User]:
    """Active instructors and administrators but the owner, and whoever is an editor now."""
    instructors = Q(groups__name=INSTRUCTOR_GROUP) | Q(is_superuser=True)
    active = User.objects.filter(instructors, is_active=True, is_staff=True)
    if owner_id is not None:
        active = active.exclude(pk=owner_id)
    current = [person.pk for person in now]
    return User.objects.filter(Q(pk__in=active) | Q(pk__in=current)).order_by("display_name", "pk")
