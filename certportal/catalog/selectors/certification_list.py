"""The list of all certifications: searched, filtered, counted and grouped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import override

from certportal.catalog.models import (
    Certification,
    CertificationLanguage,
    ExamGuide,
    ExamLanguage,
    Succession,
)
from certportal.catalog.selectors.certification_search import search
from certportal.lib.translated import reader_language

SORTS = ("vendor", "name", "level")
FACETS = ("vendor", "level", "role", "status", "language")


@dataclass(frozen=True, slots=True)
class CertificationFilters:
    """What the reader asked for. Within a facet any value will do, facets all apply."""

    query: str = ""
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sort: str = SORTS[0]

    @property
    def has_choices(self) -> bool:
        return any(self.chosen.values())

    @property
    def are_empty(self) -> bool:
        return not self.query and not self.has_choices


@dataclass(frozen=True, slots=True)
class SuccessorCode:
    code: str
    slug: str
    is_official: bool


@dataclass(frozen=True, slots=True)
class ListedCertification:
    """One row; texts in the language of the list."""

    code: str
    slug: str
    name: str
    official_name: str
    """As the vendor writes it, in English; the same as `name` where it is not translated."""
    kind: str
    vendor: str
    vendor_name: str
    level: str
    level_label: str
    role: str
    status: str
    status_label: str
    retired_on: dt.date | None
    successors: tuple[SuccessorCode, ...]
    questions: str
    """As the vendor gives it, "65" or "40–60"; empty where it gives none."""
    duration_minutes: int | None
    languages: frozenset[str]
    checked_on: dt.date

    @property
    def is_retired(self) -> bool:
        return self.status == Certification.Status.RETIRED

    @property
    def is_translated(self) -> bool:
        return self.name != self.official_name


@dataclass(frozen=True, slots=True)
class FacetOption:
    """A box to tick; `count` is how many rows it stands for beside the other filters."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    title: str
    options: tuple[FacetOption, ...]


@dataclass(frozen=True, slots=True)
class CertificationGroup:
    """Rows under a heading; without a title the list is not grouped."""

    title: str
    rows: tuple[ListedCertification, ...]


@dataclass(frozen=True, slots=True)
class CertificationList:
    groups: tuple[CertificationGroup, ...]
    facets: tuple[Facet, ...]
    found: int
    total: int
    vendors: int
    checked_on: dt.date | None
    is_guess: bool
    """Nothing holds the words of the query; these rows hold similar ones."""


@dataclass(frozen=True, slots=True)
class _FacetRule:
    name: str
    title: str
    values: Callable[[ListedCertification], Collection[str]]
    labels: Mapping[str, str]


def certification_list(
    filters: CertificationFilters, language: str | None = None
) -> CertificationList:
    """At most six statements, however many certifications there are."""
    with override(language or reader_language()):
        rows, exam_languages = _rows()
        rules = _facet_rules(rows, exam_languages)
        chosen = {rule.name: _known(rule, filters) for rule in rules}
        matching, is_guess = search(filters.query)
        searched = [row for row in rows if matching is None or row.code in matching]
        shown = [row for row in searched if _passes(row, rules, chosen)]
        return CertificationList(
            groups=_groups(shown, filters.sort),
            facets=tuple(_facet(rule, rules, searched, chosen) for rule in rules),
            found=len(shown),
            total=len(rows),
            vendors=len({row.vendor for row in rows}),
            checked_on=max((row.checked_on for row in rows), default=None),
            is_guess=is_guess,
        )


# --- rows -----------------------------------------------------------------------------------


def _rows() -> tuple[list[ListedCertification], dict[str, str]]:
    """Every certification, and the names of the languages their exams come in."""
    certifications = Certification.objects.select_related("vendor").prefetch_related(
        Prefetch("guides", ExamGuide.objects.current(), to_attr="current_guides"),
        Prefetch(
            "offered_in",
            CertificationLanguage.objects.select_related("language"),
            to_attr="offers",
        ),
        Prefetch(
            "successions",
            Succession.objects.select_related("successor"),
            to_attr="links",
        ),
    )
    languages: dict[str, ExamLanguage] = {}
    rows = []
    for certification in certifications:
        offers: list[CertificationLanguage] = certification.offers
        languages |= {offer.language.code: offer.language for offer in offers}
        rows.append(_row(certification, offers))
    in_order = sorted(languages.values(), key=lambda language: language.position)
    return rows, {language.code: language.text("name") for language in in_order}


def _row(
    certification: Certification, offers: Sequence[CertificationLanguage]
) -> ListedCertification:
    guides: list[ExamGuide] = certification.current_guides  # type: ignore[attr-defined]
    links: list[Succession] = certification.links  # type: ignore[attr-defined]
    return ListedCertification(
        code=certification.code,
        slug=certification.slug,
        name=certification.text("name"),
        official_name=certification.name,
        kind=certification.kind,
        vendor=certification.vendor.slug,
        vendor_name=certification.vendor.text("name"),
        level=certification.level,
        level_label=certification.get_level_display(),
        role=certification.role,
        status=certification.status,
        status_label=certification.get_status_display(),
        retired_on=certification.retired_on,
        successors=tuple(
            SuccessorCode(link.successor.code, link.successor.slug, link.is_official)
            for link in links
        ),
        questions=guides[0].question_range if guides else "",
        duration_minutes=guides[0].duration_minutes if guides else None,
        languages=frozenset(offer.language.code for offer in offers),
        checked_on=certification.checked_on,
    )


# --- filters -----------------------------------------------------------------------------------


def _facet_rules(
    rows: Sequence[ListedCertification], exam_languages: Mapping[str, str]
) -> tuple[_FacetRule, ...]:
    vendors = {row.vendor: row.vendor_name for row in rows}
    return (
        _FacetRule("vendor", _("Vendor"), lambda row: (row.vendor,), vendors),
        _FacetRule("level", _("Level"), lambda row: (row.level,), _labels(Certification.Level)),
        _FacetRule("role", _("Role"), lambda row: (row.role,), _labels(Certification.Role)),
        _FacetRule("status", _("Status"), lambda row: (row.status,), _labels(Certification.Status)),
        _FacetRule("language", _("Exam language"), lambda row: row.languages, exam_languages),
    )


def _labels(
    choices: type[Certification.Level | Certification.Role | Certification.Status],
) -> dict[str, str]:
    return {str(choice.value): str(choice.label) for choice in choices}


def _known(rule: _FacetRule, filters: CertificationFilters) -> frozenset[str]:
    """Values that no box stands for would hide everything for no visible reason."""
    return filters.chosen.get(rule.name, frozenset()) & rule.labels.keys()


def _passes(
    row: ListedCertification,
    rules: Iterable[_FacetRule],
    chosen: Mapping[str, frozenset[str]],
    *,
    but: str = "",
) -> bool:
    return all(
        not chosen[rule.name] or not chosen[rule.name].isdisjoint(rule.values(row))
        for rule in rules
        if rule.name != but
    )


def _facet(
    rule: _FacetRule,
    rules: Sequence[_FacetRule],
    rows: Sequence[ListedCertification],
    chosen: Mapping[str, frozenset[str]],
) -> Facet:
    beside = [row for row in rows if _passes(row, rules, chosen, but=rule.name)]
    options = (
        FacetOption(
            value=value,
            label=label,
            count=sum(value in rule.values(row) for row in beside),
            is_chosen=value in chosen[rule.name],
        )
        for value, label in rule.labels.items()
    )
    return Facet(rule.name, rule.title, tuple(options))


def _groups(rows: Sequence[ListedCertification], sort: str) -> tuple[CertificationGroup, ...]:
    if not rows:
        return ()
    if sort == "name":
        by_name = sorted(rows, key=lambda row: row.name.casefold())
        return (CertificationGroup("", tuple(by_name)),)
    if sort == "level":
        order = {level: rank for rank, level in enumerate(Certification.Level.values)}
        by_level = sorted(rows, key=lambda row: order[row.level])
        return _under(by_level, lambda row: row.level_label)
    return _under(rows, lambda row: row.vendor_name)


def _under(
    rows: Sequence[ListedCertification], title: Callable[[ListedCertification], str]
) -> tuple[CertificationGroup, ...]:
    return tuple(CertificationGroup(name, tuple(some)) for name, some in groupby(rows, key=title))
