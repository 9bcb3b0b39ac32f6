"""A class as its busiest page needs it: one statement instead of five sets of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from certportal.accounts.models import Classroom, User
from certportal.lib.translated import reader_language

# The same people as `Classroom.objects.taught_by`, which a test holds it to.
_CLASS = """
    SELECT classroom.id, classroom.slug, classroom.name, classroom.time_zone,
           classroom.archived_at, %(all)s OR %(manages)s AND member.role = 'instructor',
           guide.id, guide.cut_fraction::float8, certification.code,
           (SELECT json_agg(json_build_array(domain.id, COALESCE(
                NULLIF(domain.translations #>> ARRAY[%(language)s, 'name'], ''), domain.name),
                trim_scale(domain.weight)::text) ORDER BY domain.position, domain.key)
            FROM catalog_examdomain AS domain
            WHERE domain.guide_id = guide.id AND domain.is_current),
           (SELECT json_agg(json_build_array(id, name) ORDER BY name)
            FROM accounts_classlabel WHERE classroom_id = classroom.id)
    FROM accounts_classroom AS classroom
    LEFT JOIN accounts_membership AS member
      ON member.classroom_id = classroom.id AND member.person_id = %(person)s
     AND member.left_at IS NULL AND member.role IN ('instructor', 'assistant')
    LEFT JOIN progress_classgoal AS goal ON goal.classroom_id = classroom.id
    LEFT JOIN catalog_examguide AS guide ON guide.id = goal.guide_id
    LEFT JOIN catalog_certification AS certification ON certification.id = guide.certification_id
    WHERE classroom.slug = %(slug)s AND (%(all)s OR member.id IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class GoalSeen:
    guide_id: int
    cut: float
    """The share that passes."""
    code: str
    """Of the certification."""


@dataclass(frozen=True, slots=True)
class DomainSeen:
    pk: int
    name: str
    """In the reader's language."""
    weight: str
    """In percent."""


@dataclass(frozen=True, slots=True)
class LabelSeen:
    pk: int
    name: str


@dataclass(frozen=True, slots=True)
class ClassSeen:
    """What templates ask of a `Classroom`, and what the class learns for."""

    pk: int
    slug: str
    name: str
    time_zone: str
    archived_at: datetime | None
    may_manage: bool
    goal: GoalSeen | None
    domains: tuple[DomainSeen, ...]
    labels: tuple[LabelSeen, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def class_seen(slug: str, person: User) -> ClassSeen:
    """The class for somebody who teaches it or assists.

    Raises:
        Classroom.DoesNotExist: there is none, or it is none of theirs.
    """
    values: dict[str, Any] = {
        "slug": slug,
        "person": person.pk,
        "all": person.is_superuser,
        # As `Classroom.objects.managed_by` has it.
        "manages": person.is_staff,
        "language": reader_language(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLASS, values)
        row = cursor.fetchone()
    if row is None:
        raise Classroom.DoesNotExist
    pk, slug, name, zone, archived_at, manages, guide_id, cut, code, domains, labels = row
    return ClassSeen(
        pk=pk,
        slug=slug,
        name=name,
        time_zone=zone,
        archived_at=archived_at,
        may_manage=bool(manages),
        goal=GoalSeen(guide_id, cut, code) if guide_id else None,
        domains=tuple(DomainSeen(*domain) for domain in domains or ()),
        labels=tuple(LabelSeen(*label) for label in labels or ()),
    )
