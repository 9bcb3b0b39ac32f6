"""Everything the catalogue knows about one certification, in one language."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import override

from certportal.catalog.engine.yaml_fields import ENGLISH
from certportal.catalog.models import (
    Certification,
    CertificationLanguage,
    ExamDomain,
    ExamGuide,
    Objective,
    Succession,
)
from certportal.catalog.selectors.learning_facts import (
    CertificationLink,
    PathFacts,
    ResourceFacts,
    link_to,
    paths_through,
    resources_for,
)
from certportal.lib.translated import reader_language


@dataclass(frozen=True, slots=True)
class SuccessorFacts:
    certification: CertificationLink
    is_official: bool
    """Named by the vendor; otherwise our advice where to go on."""


@dataclass(frozen=True, slots=True)
class LanguageFacts:
    code: str
    name: str
    until: dt.date | None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    what: str
    url: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class ObjectiveFacts:
    pk: int
    key: str
    number: str
    title: str
    topics: tuple[str, ...]
    services: tuple[str, ...]
    is_verified: bool


@dataclass(frozen=True, slots=True)
class DomainFacts:
    pk: int
    key: str
    name: str
    weight: Decimal
    official_weight: str
    """As the vendor writes it; empty where it publishes none."""
    objectives: tuple[ObjectiveFacts, ...]


@dataclass(frozen=True, slots=True)
class ExamFacts:
    """What the current exam guide says."""

    guide_pk: int
    version: str
    questions: str
    """As the vendor gives it, "65" or "40–60"; empty where it gives none."""
    total: int | None
    """The exact number, or the middle of the range."""
    scored: int | None
    unscored: int | None
    questions_note: str
    duration_minutes: int | None
    scale: tuple[int, int, int] | None
    """Lowest, passing and highest score where the vendor publishes them."""
    cut_fraction: Decimal
    cut_is_estimate: bool
    formats: str
    official_kinds: tuple[str, ...]
    weights_official: bool
    weights_note: str
    url: str
    sources: tuple[SourceFacts, ...]
    checked_on: dt.date
    domains: tuple[DomainFacts, ...]


@dataclass(frozen=True, slots=True)
class CertificationFacts:
    code: str
    slug: str
    name: str
    official_name: str
    """As the vendor writes it, in English; the same as `name` where it is not translated."""
    vendor: str
    vendor_name: str
    level: str
    level_label: str
    role_label: str
    kind: str
    kind_label: str
    status: str
    status_label: str
    status_detail: str
    is_retired: bool
    retired_on: dt.date | None
    successors: tuple[SuccessorFacts, ...]
    replaces: tuple[CertificationLink, ...]
    predecessor: str
    """What it replaced, in the vendor's words; also where that is not in the catalogue."""
    price_usd: Decimal | None
    validity: str
    renewal: str
    prerequisites: str
    recommended_experience: str
    notes: str
    languages: tuple[LanguageFacts, ...]
    has_more_languages: bool
    unverified: frozenset[str]
    """Names of facts no official page confirmed: languages, renewal, experience, price,
    formats, duration, validity, pass_mark."""
    url: str
    checked_on: dt.date
    exam: ExamFacts | None
    resources: tuple[ResourceFacts, ...]
    paths: tuple[PathFacts, ...]


def certification_facts(
    certification: Certification, language: str | None = None
) -> CertificationFacts:
    """Eight statements; `certification` comes with its vendor."""
    with override(language or reader_language()):
        successors, replaces = _successions(certification)
        return CertificationFacts(
            code=certification.code,
            slug=certification.slug,
            name=certification.text("name"),
            official_name=certification.name,
            vendor=certification.vendor.slug,
            vendor_name=certification.vendor.text("name"),
            level=certification.level,
            level_label=certification.get_level_display(),
            role_label=certification.get_role_display(),
            kind=certification.kind,
            kind_label=certification.get_kind_display(),
            status=certification.status,
            status_label=certification.get_status_display(),
            status_detail=certification.text("status_detail"),
            is_retired=certification.is_retired,
            retired_on=certification.retired_on,
            successors=successors,
            replaces=replaces,
            predecessor=certification.predecessor,
            price_usd=certification.price_usd,
            validity=certification.text("validity"),
            renewal=certification.text("renewal"),
            prerequisites=certification.text("prerequisites"),
            recommended_experience=certification.text("recommended_experience"),
            notes=certification.text("notes"),
            languages=_languages(certification),
            has_more_languages=certification.has_more_languages,
            unverified=frozenset(certification.unverified),
            url=certification.certification_url,
            checked_on=certification.checked_on,
            exam=_exam(certification),
            resources=resources_for(certification),
            paths=paths_through(certification),
        )


def _successions(
    certification: Certification,
) -> tuple[tuple[SuccessorFacts, ...], tuple[CertificationLink, ...]]:
    """What follows it, and what it follows by the vendor's word."""
    links = list(
        Succession.objects.filter(Q(certification=certification) | Q(successor=certification))
        .select_related("certification", "successor")
        .order_by("certification__position", "position")
    )
    successors = tuple(
        SuccessorFacts(link_to(link.successor), link.is_official)
        for link in links
        if link.certification_id == certification.pk
    )
    replaces = tuple(
        link_to(link.certification)
        for link in links
        if link.successor_id == certification.pk and link.is_official
    )
    return successors, replaces


def _languages(certification: Certification) -> tuple[LanguageFacts, ...]:
    offers = CertificationLanguage.objects.filter(certification=certification)
    return tuple(
        LanguageFacts(offer.language.code, offer.language.text("name"), offer.until)
        for offer in offers.select_related("language")
    )


# --- the exam -----------------------------------------------------------------------------


def _exam(certification: Certification) -> ExamFacts | None:
    guide = ExamGuide.objects.current().filter(certification=certification).first()
    if guide is None:
        return None
    return ExamFacts(
        guide_pk=guide.pk,
        version=guide.version,
        questions=guide.question_range,
        total=guide.total,
        scored=guide.scored,
        unscored=guide.unscored,
        questions_note=guide.text("questions_note"),
        duration_minutes=guide.duration_minutes,
        scale=guide.scale,
        cut_fraction=guide.cut_fraction,
        cut_is_estimate=guide.cut_is_estimate,
        formats=guide.text("formats"),
        official_kinds=tuple(guide.official_kinds),
        weights_official=guide.weights_official,
        weights_note=guide.text("weights_note"),
        url=guide.guide_url,
        sources=tuple(_sources(guide)),
        checked_on=guide.checked_on,
        domains=_domains(guide),
    )


def _sources(guide: ExamGuide) -> Iterable[SourceFacts]:
    language = reader_language()
    for source in guide.sources:
        what: Mapping[str, str] = source["what"]
        yield SourceFacts(
            what=what.get(language) or what[ENGLISH],
            url=source["url"],
            date=dt.date.fromisoformat(source["date"]),
        )


def _domains(guide: ExamGuide) -> tuple[DomainFacts, ...]:
    objectives: dict[int, list[ObjectiveFacts]] = defaultdict(list)
    current = Objective.objects.filter(domain__guide=guide, is_current=True)
    for objective in current.order_by("position"):
        objectives[objective.domain_id].append(_objective(objective))
    domains = ExamDomain.objects.filter(guide=guide, is_current=True).order_by("position")
    return tuple(
        DomainFacts(
            pk=domain.pk,
            key=domain.key,
            name=domain.text("name"),
            weight=domain.weight,
            official_weight=domain.official_weight,
            objectives=tuple(objectives[domain.pk]),
        )
        for domain in domains
    )


def _objective(objective: Objective) -> ObjectiveFacts:
    return ObjectiveFacts(
        pk=objective.pk,
        key=objective.key,
        number=objective.number,
        title=objective.text("title"),
        topics=tuple(objective.texts("topics")),
        services=tuple(objective.services),
        is_verified=objective.is_verified,
    )
