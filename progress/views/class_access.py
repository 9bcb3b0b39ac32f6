"""Finds a class for those who may look at it, and shows its pages in its own time zone."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from certportal.accounts.http import UserRequest
from certportal.accounts.models import Classroom
from progress.selectors.class_seen import ClassSeen


def class_to_see(request: UserRequest, slug: str) -> Classroom:
    """A class with its goal, for all who teach it; `may_manage` says whether they may change it.

    One statement; strangers find nothing.
    """
    person = request.user
    manages = Classroom.objects.managed_by(person).filter(pk=OuterRef("pk"))
    rows = (
        Classroom.objects.taught_by(person)
        .select_related("goal__guide__certification")
        .annotate(may_manage=Exists(manages))
    )
    return get_object_or_404(rows, slug=slug)


def render_in_zone(
    request: UserRequest, template: str, classroom: Classroom | ClassSeen, context: dict[str, Any]
) -> HttpResponse:
    """Draw a page whose moments are those of the class."""
    with timezone.override(classroom.zone):
        return render(request, template, {**context, "classroom": classroom})
