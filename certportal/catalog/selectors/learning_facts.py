"""Where to learn for one certification: resources, and the paths it stands on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from certportal.catalog.models import Certification, LearningPath, LearningPathStep, Resource

_STEP_PREFIX = "certification:"


@dataclass(frozen=True, slots=True)
class CertificationLink:
    """Another certification, named so that a page can point at it."""

    code: str
    slug: str
    name: str
    status: str
    status_label: str

    @property
    def is_retired(self) -> bool:
        return self.status == Certification.Status.RETIRED


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    slug: str
    kind: str
    kind_label: str
    name: str
    publisher: str
    url: str
    note: str
    is_general: bool
    """For everybody who studies for this vendor's exams, not for this one alone."""


@dataclass(frozen=True, slots=True)
class StepFacts:
    certification: CertificationLink
    is_here: bool


@dataclass(frozen=True, slots=True)
class PathFacts:
    slug: str
    kind: str
    name: str
    note: str
    url: str
    steps: tuple[StepFacts, ...]

    @property
    def is_of_vendor(self) -> bool:
        return self.kind == LearningPath.Kind.VENDOR


def link_to(certification: Certification) -> CertificationLink:
    return CertificationLink(
        code=certification.code,
        slug=certification.slug,
        name=certification.text("name"),
        status=certification.status,
        status_label=certification.get_status_display(),
    )


def resources_for(certification: Certification) -> tuple[ResourceFacts, ...]:
    """Its own first, then what its vendor offers to everybody."""
    links = Resource.certifications.through.objects.filter(resource=OuterRef("pk"))
    rows = Resource.objects.annotate(
        is_own=Exists(links.filter(certification=certification)), is_general=~Exists(links)
    )
    general = Q(is_general=True, publisher=certification.vendor.name)
    wanted = rows.filter(Q(is_own=True) | general, is_current=True)
    return tuple(
        _resource(row, is_general=row.is_general)
        for row in wanted.order_by("is_general", "position")
    )


def _resource(row: Resource, *, is_general: bool) -> ResourceFacts:
    return ResourceFacts(
        slug=row.slug,
        kind=row.kind,
        kind_label=row.get_kind_display(),
        name=row.text("name"),
        publisher=row.publisher,
        url=row.url,
        note=row.text("note"),
        is_general=is_general,
    )


def paths_through(certification: Certification) -> tuple[PathFacts, ...]:
    """Paths on which it is a step, ours first."""
    here = LearningPathStep.objects.filter(reference=f"{_STEP_PREFIX}{certification.code}")
    steps = (
        LearningPathStep.objects.filter(path__in=here.values("path"), path__is_current=True)
        .select_related("path")
        .order_by("path__position", "position")
    )
    paths: dict[int, LearningPath] = {}
    codes: dict[int, list[str]] = defaultdict(list)
    for step in steps:
        paths[step.path_id] = step.path
        codes[step.path_id].append(step.reference.removeprefix(_STEP_PREFIX))
    names = {code for some in codes.values() for code in some}
    links = {row.code: link_to(row) for row in Certification.objects.filter(code__in=names)}
    return tuple(
        PathFacts(
            slug=path.slug,
            kind=path.kind,
            name=path.text("name"),
            note=path.text("note"),
            url=path.url,
            steps=tuple(
                StepFacts(links[code], is_here=code == certification.code)
                for code in codes[path.pk]
                if code in links
            ),
        )
        for path in paths.values()
    )
