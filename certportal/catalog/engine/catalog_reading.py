"""Reads one file of the catalogue into records; looks at nothing outside each record."""

from __future__ import annotations

from collections.abc import Iterable

from certportal.catalog.engine import catalog_entries as entries
from certportal.catalog.engine.catalog_entries import Catalog
from certportal.catalog.engine.yaml_fields import Fields


def add_file(top: Fields, *, into: Catalog) -> None:
    """Append what this file holds; any part of the catalogue may stand in any file."""
    into.vendors += [_vendor(record) for record in top.records("vendors")]
    into.languages += [_language(record) for record in top.records("languages")]
    into.certifications += [_certification(record) for record in top.records("certifications")]
    into.objectives += [_objective(record) for record in top.records("objectives")]
    into.continuations += [_continuation(record) for record in top.records("successors")]
    into.paths += [_path(record) for record in top.records("paths")]
    into.resources += [_resource(record) for record in top.records("resources")]
    for record in top.records("objective_provenance"):
        record.string("certification")
        record.strings("where")
        record.string("note", default="")
        record.done()
    top.done()


def _vendor(record: Fields) -> entries.VendorEntry:
    vendor = entries.VendorEntry(
        place=record.place,
        slug=record.slug("slug", longest=40),
        name=record.text("name", needed=True, translated=False, longest=80),
        aliases=tuple(record.strings("aliases")),
    )
    record.done()
    return vendor


def _language(record: Fields) -> entries.LanguageEntry:
    language = entries.LanguageEntry(
        place=record.place,
        code=record.slug("code", longest=12),
        name=record.text("name", needed=True, longest=60),
    )
    record.done()
    return language


def _certification(record: Fields) -> entries.CertificationEntry:
    certification = entries.CertificationEntry(
        place=record.place,
        code=record.identifier("code", longest=40),
        slug=record.slug("slug", longest=60),
        vendor=record.string("vendor"),
        name=record.text("name", needed=True, translated=False, longest=160),
        level=record.choice("level", entries.LEVELS),
        role=record.choice("role", entries.ROLES),
        kind=record.choice("kind", entries.CERTIFICATION_KINDS),
        status=record.choice("status", entries.STATUSES),
        status_detail=record.text("status_detail"),
        retired_on=record.date("retired_on"),
        predecessor=record.string("predecessor", default="", longest=120),
        replaced_by=tuple(record.strings("replaced_by")),
        successor_is_advice=record.flag("successor_is_advice", default=False),
        languages=tuple(_offers(record)),
        has_more_languages=record.flag("more_languages", default=False),
        price_usd=record.decimal("price_usd"),
        validity=record.text("validity"),
        renewal=record.text("renewal"),
        prerequisites=record.text("prerequisites"),
        recommended_experience=record.text("recommended_experience"),
        notes=record.text("notes"),
        url=record.url("url", default=""),
        unverified=_known("unverified", entries.FACTS, record),
        checked_on=record.date("checked_on", needed=True),
        guides=tuple(_guide(guide) for guide in record.records("guides")),
    )
    record.done()
    return certification


def _offers(record: Fields) -> Iterable[entries.OfferedLanguage]:
    for offer in record.records_or_strings("languages", named="code"):
        yield entries.OfferedLanguage(offer.place, offer.string("code"), offer.date("until"))
        offer.done()


def _known(key: str, allowed: tuple[str, ...], record: Fields) -> tuple[str, ...]:
    names = tuple(record.strings(key))
    for name in names:
        if name not in allowed:
            record.note(key, "unknown-value", f"{name} is not one of {', '.join(allowed)}")
    return names


def _guide(record: Fields) -> entries.GuideEntry:
    guide = entries.GuideEntry(
        place=record.place,
        version=record.string("version", longest=40),
        is_current=record.flag("current", default=False),
        questions=_questions(record),
        questions_note=record.text("questions_note"),
        duration_minutes=record.integer("duration_minutes"),
        scale=tuple(record.integers("scale")),
        passing_share=record.decimal("passing_share"),
        formats=record.text("formats", needed=True),
        official_kinds=_known("official_kinds", entries.QUESTION_KINDS, record),
        weights=record.choice("weights", entries.WEIGHTS),
        weights_note=record.text("weights_note"),
        url=record.url("url", default=""),
        sources=tuple(_source(source) for source in record.records("sources")),
        checked_on=record.date("checked_on", needed=True),
        domains=tuple(_domain(domain) for domain in record.records("domains")),
    )
    for origin in record.records("provenance"):
        for name in ("what", "where", "date"):
            origin.string(name)
        origin.done()
    record.done()
    return guide


def _questions(record: Fields) -> entries.QuestionCount:
    counts = record.record("questions")
    if counts is None:
        return entries.QuestionCount()
    questions = entries.QuestionCount(
        total=counts.integer("total"),
        scored=counts.integer("scored"),
        unscored=counts.integer("unscored"),
        minimum=counts.integer("min"),
        maximum=counts.integer("max"),
    )
    counts.done()
    return questions


def _source(record: Fields) -> entries.SourceEntry:
    source = entries.SourceEntry(
        what=record.text("what", needed=True),
        url=record.url("url"),
        date=record.date("date", needed=True),
    )
    record.done()
    return source


def _domain(record: Fields) -> entries.DomainEntry:
    domain = entries.DomainEntry(
        place=record.place,
        key=record.identifier("key", longest=8),
        name=record.text("name", needed=True, longest=200),
        weight=record.decimal("weight", needed=True),
        official_weight=record.string("official_weight", default="", longest=20),
    )
    record.done()
    return domain


def _objective(record: Fields) -> entries.ObjectiveEntry:
    objective = entries.ObjectiveEntry(
        place=record.place,
        certification=record.string("certification"),
        version=record.string("version", default=""),
        domain=record.string("domain"),
        key=record.slug("key", longest=60),
        number=record.string("number", longest=12),
        title=record.text("title", needed=True, longest=200),
        topics=record.text_lists("topics"),
        services=tuple(record.strings("services")),
        is_verified=record.flag("verified", default=True),
    )
    record.done()
    return objective


def _continuation(record: Fields) -> entries.ContinuationEntry:
    into = record.record("into")
    continuation = entries.ContinuationEntry(
        place=record.place,
        certification=record.string("certification"),
        objective=record.string("objective"),
        into_certification=into.string("certification") if into else "",
        into_domain=into.string("domain") if into else "",
        into_objective=into.string("objective", default="") if into else "",
        reason=record.text("reason", needed=True),
    )
    if into:
        into.done()
    record.done()
    return continuation


def _path(record: Fields) -> entries.PathEntry:
    path = entries.PathEntry(
        place=record.place,
        slug=record.slug("slug", longest=80),
        kind=record.choice("kind", entries.PATH_KINDS),
        vendor=record.string("vendor", default=""),
        name=record.text("name", needed=True, translated=False, longest=160),
        note=record.text("note"),
        url=record.url("url", default=""),
        steps=tuple(record.strings("steps")),
    )
    record.done()
    return path


def _resource(record: Fields) -> entries.ResourceEntry:
    resource = entries.ResourceEntry(
        place=record.place,
        slug=record.slug("slug", longest=80),
        kind=record.choice("kind", entries.RESOURCE_KINDS),
        name=record.text("name", needed=True, translated=False, longest=160),
        publisher=record.string("publisher", default="", longest=80),
        url=record.url("url", default=""),
        note=record.text("note"),
        certifications=tuple(record.strings("certifications")),
    )
    record.done()
    return resource
