"""What a record of the catalogue files says, as the columns of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from certportal.catalog.engine.catalog_entries import (
    CertificationEntry,
    GuideEntry,
    ObjectiveEntry,
    PathEntry,
    ResourceEntry,
    VendorEntry,
)
from certportal.catalog.engine.folding import fold
from certportal.catalog.engine.yaml_fields import ENGLISH
from certportal.catalog.models.guide import ESTIMATED_CUT

NO_LIST: dict[str, list[str]] = {ENGLISH: []}


def texts(**by_field: Mapping[str, str] | Mapping[str, list[str]]) -> dict[str, Any]:
    """English into the columns, the other languages into `translations`."""
    values: dict[str, Any] = {}
    translations: dict[str, dict[str, Any]] = {}
    for name, by_language in by_field.items():
        values[name] = by_language.get(ENGLISH, "")
        for language, words in by_language.items():
            if language != ENGLISH:
                translations.setdefault(language, {})[name] = words
    return {**values, "translations": translations}


def of_certification(entry: CertificationEntry, *, vendor: VendorEntry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "slug": entry.slug,
        "level": entry.level,
        "role": entry.role,
        "kind": entry.kind,
        "status": entry.status,
        "retired_on": entry.retired_on,
        "predecessor": entry.predecessor,
        "has_more_languages": entry.has_more_languages,
        "price_usd": entry.price_usd,
        "certification_url": entry.url,
        "unverified": list(entry.unverified),
        "checked_on": entry.checked_on,
        "search_text": _search_text(entry, vendor),
        **texts(
            name=entry.name,
            status_detail=entry.status_detail,
            validity=entry.validity,
            renewal=entry.renewal,
            prerequisites=entry.prerequisites,
            recommended_experience=entry.recommended_experience,
            notes=entry.notes,
        ),
    }


def _search_text(entry: CertificationEntry, vendor: VendorEntry) -> str:
    """Code (also without hyphens), vendor, names and domains in every language, folded."""
    guide = entry.guide("")
    names = [entry.name, *(domain.name for domain in (guide.domains if guide else ()))]
    words = [word for name in (vendor.name, *names) for word in name.values()]
    code = [entry.code, entry.code.replace("-", "")]
    return fold("\n".join([*code, *vendor.aliases, *words]))


def of_guide(entry: GuideEntry) -> dict[str, Any]:
    low, cut, high = entry.scale or (None, None, None)
    share = entry.passing_share
    return {
        "version": entry.version,
        "is_current": entry.is_current,
        "total": entry.questions.length,
        "scored": entry.questions.scored,
        "unscored": entry.questions.unscored,
        "total_min": entry.questions.minimum,
        "total_max": entry.questions.maximum,
        "duration_minutes": entry.duration_minutes,
        "scale_low": low,
        "scale_cut": cut,
        "scale_high": high,
        "cut_fraction": ESTIMATED_CUT if share is None else share,
        "cut_is_estimate": share is None,
        "official_kinds": list(entry.official_kinds),
        "weights_official": entry.weights != "placeholder",
        "guide_url": entry.url,
        "sources": [
            {"what": source.what, "url": source.url, "date": str(source.date)}
            for source in entry.sources
        ],
        "checked_on": entry.checked_on,
        **texts(
            questions_note=entry.questions_note,
            formats=entry.formats,
            weights_note=entry.weights_note,
        ),
    }


def of_resource(entry: ResourceEntry) -> dict[str, Any]:
    return {
        "slug": entry.slug,
        "kind": entry.kind,
        "publisher": entry.publisher,
        "url": entry.url,
        "is_current": True,
        **texts(name=entry.name, note=entry.note),
    }


def of_objective(entry: ObjectiveEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "number": entry.number,
        "services": list(entry.services),
        "is_verified": entry.is_verified,
        "is_current": True,
        **texts(title=entry.title, topics=entry.topics or NO_LIST),
    }


def of_path(entry: PathEntry) -> dict[str, Any]:
    return {
        "slug": entry.slug,
        "kind": entry.kind,
        "url": entry.url,
        "is_current": True,
        **texts(name=entry.name, note=entry.note),
    }
