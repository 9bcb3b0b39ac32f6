"""The students of a class, in the order in which its pages list them."""

from __future__ import annotations

from certportal.accounts.models import Classroom, Membership
from certportal.accounts.models.classroom import MembershipQuerySet


def students_of(classroom: Classroom) -> MembershipQuerySet:
    """Those who are in the class now, by name, each with their person."""
    return (
        Membership.objects.filter(classroom=classroom)
        .current()
        .students()
        .select_related("person")
        .order_by("person__display_name", "person__email", "pk")
    )
