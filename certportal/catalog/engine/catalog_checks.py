"""Rules that span several records: nothing twice, every reference known, weights make 100."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from decimal import Decimal

from certportal.catalog.engine.catalog_entries import (
    Catalog,
    CertificationEntry,
    ContinuationEntry,
    GuideEntry,
    ObjectiveEntry,
    PathEntry,
    QuestionCount,
    ResourceEntry,
)
from certportal.catalog.engine.yaml_fields import Place, Problem

WHOLE = Decimal(100)
CENT = Decimal("0.01")
PER_MILLE = Decimal("0.001")
HIGHEST_PRICE = Decimal(99_999)
STEP_KINDS = ("certification",)
_LARGEST_COUNT = 1000
_HIGHEST_SCORE = 1_000_000
_LONGEST_EXAM_MINUTES = 24 * 60


def check(catalog: Catalog) -> Iterator[Problem]:
    """Every problem that only shows when records are seen together."""
    yield from _vendors_and_languages(catalog)
    yield from _certifications(catalog)
    yield from _objectives(catalog)
    yield from _continuations(catalog)
    yield from _paths(catalog)
    yield from _resources(catalog)


def _repeated(what: str, named: Iterable[tuple[Place, str]]) -> Iterator[Problem]:
    first: dict[str, Place] = {}
    for place, name in named:
        if not name:
            continue
        if name in first:
            message = f"{what} {name} stands already at {first[name]}"
            yield Problem(place, "duplicate", message)
        first.setdefault(name, place)


def _unknown(place: Place, what: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    if name and name not in set(known):
        yield Problem(place, "unknown-reference", f"there is no {what} {name}")


def _vendors_and_languages(catalog: Catalog) -> Iterator[Problem]:
    vendors = catalog.vendors
    yield from _repeated("vendor", ((entry.place, entry.slug) for entry in vendors))
    yield from _repeated("vendor", ((entry.place, entry.name.get("en", "")) for entry in vendors))
    yield from _repeated("language", ((entry.place, entry.code) for entry in catalog.languages))


# --- certifications and their guides ----------------------------------------------------------


def _certifications(catalog: Catalog) -> Iterator[Problem]:
    listed = catalog.certifications
    yield from _repeated("certification", ((entry.place, entry.code) for entry in listed))
    yield from _repeated("the address", ((entry.place, entry.slug) for entry in listed))
    vendors = {vendor.slug for vendor in catalog.vendors}
    languages = {language.code for language in catalog.languages}
    codes = set(catalog.by_code())
    for entry in listed:
        yield from _unknown(entry.place, "vendor", entry.vendor, vendors)
        for offer in entry.languages:
            yield from _unknown(offer.place, "language", offer.code, languages)
        offers = ((offer.place, offer.code) for offer in entry.languages)
        yield from _repeated("language", offers)
        yield from _succession(entry, codes)
        yield from _guides(entry)
        price = entry.price_usd
        if price is not None and not _fits(price, HIGHEST_PRICE, CENT):
            yield Problem(entry.place, "out-of-range", f"{entry.code}: {price} is no price in USD")


def _succession(entry: CertificationEntry, codes: set[str]) -> Iterator[Problem]:
    for code in entry.replaced_by:
        yield from _unknown(entry.place, "certification", code, codes)
    if entry.code in entry.replaced_by:
        yield Problem(entry.place, "replaced-by-itself", f"{entry.code} cannot replace itself")
    yield from _repeated("successor", ((entry.place, code) for code in entry.replaced_by))
    if entry.status == "retired" and entry.retired_on is None:
        yield Problem(entry.place, "retired", f"{entry.code} is retired without retired_on")
    if entry.status == "retired" and not entry.replaced_by:
        yield Problem(entry.place, "retired", f"{entry.code} is retired without replaced_by")
    if entry.status != "retired" and entry.retired_on is not None:
        yield Problem(entry.place, "retired", f"{entry.code} has retired_on but is not retired")


def _guides(entry: CertificationEntry) -> Iterator[Problem]:
    versions = ((guide.place, guide.version) for guide in entry.guides)
    yield from _repeated(f"exam guide of {entry.code}", versions)
    current = sum(guide.is_current for guide in entry.guides)
    if current != 1:
        message = f"{entry.code} has {current} current exam guides, not one"
        yield Problem(entry.place, "current-guide", message)
    for guide in entry.guides:
        name = entry.code if guide.version == entry.code else f"{entry.code} {guide.version}"
        yield from _domains(guide, name)
        yield from _counts(guide.place, name, guide.questions)
        yield from _time_and_score(guide, name)


def _domains(guide: GuideEntry, name: str) -> Iterator[Problem]:
    keys = ((domain.place, domain.key) for domain in guide.domains)
    yield from _repeated(f"{name}: domain", keys)
    weights = [domain.weight for domain in guide.domains if domain.weight is not None]
    for domain in guide.domains:
        if domain.weight is not None and not _is_weight(domain.weight):
            message = f"{name} {domain.key}: {domain.weight} is no weight (0 to 100, two decimals)"
            yield Problem(domain.place, "out-of-range", message)
    # A weight that could not be read has its own problem already.
    if guide.domains and len(weights) == len(guide.domains) and sum(weights) != WHOLE:
        message = f"{name}: the weights of its domains add up to {sum(weights)}, not 100"
        yield Problem(guide.domains[0].place, "weights", message)


def _is_weight(weight: Decimal) -> bool:
    return weight > 0 and _fits(weight, WHOLE, CENT)


def _fits(number: Decimal, highest: Decimal, step: Decimal) -> bool:
    """Whether the database keeps the number as it is."""
    return 0 <= number <= highest and number == number.quantize(step)


def _counts(place: Place, name: str, counts: QuestionCount) -> Iterator[Problem]:
    numbers = (counts.total, counts.scored, counts.unscored, counts.minimum, counts.maximum)
    if any(not 0 <= number <= _LARGEST_COUNT for number in numbers if number is not None):
        yield Problem(place, "out-of-range", f"{name}: a number of questions makes no sense")
    if (counts.minimum is None) != (counts.maximum is None):
        yield Problem(place, "counts", f"{name}: a range of questions needs min and max")
    elif counts.minimum is not None and counts.maximum is not None:
        if counts.total is not None:
            yield Problem(place, "counts", f"{name}: give either a total or a range of questions")
        if counts.minimum > counts.maximum:
            yield Problem(place, "counts", f"{name}: the range of questions is upside down")
    parts = (counts.scored, counts.unscored)
    if counts.total is not None and None not in parts:
        both = sum(part for part in parts if part is not None)
        if both != counts.total:
            message = f"{name}: {both} scored and unscored questions, but a total of {counts.total}"
            yield Problem(place, "counts", message)


def _time_and_score(guide: GuideEntry, name: str) -> Iterator[Problem]:
    minutes = guide.duration_minutes
    if minutes is not None and not 0 < minutes <= _LONGEST_EXAM_MINUTES:
        yield Problem(guide.place, "out-of-range", f"{name}: {minutes} minutes make no sense")
    if guide.scale and not _is_scale(guide.scale):
        message = f"{name}: the scale must be [lowest, to pass, highest], each above the last"
        yield Problem(guide.place, "scale", message)
    share = guide.passing_share
    if share is not None and not (0 < share < 1 and _fits(share, Decimal(1), PER_MILLE)):
        message = f"{name}: passing_share is {share}, not between 0.001 and 0.999"
        yield Problem(guide.place, "out-of-range", message)


def _is_scale(scale: tuple[int, ...]) -> bool:
    rising = all(low < high for low, high in itertools.pairwise(scale))
    whole = len(scale) == len(("low", "cut", "high"))
    return whole and rising and scale[0] >= 0 and scale[-1] <= _HIGHEST_SCORE


# --- what points at certifications --------------------------------------------------------------


def _objectives(catalog: Catalog) -> Iterator[Problem]:
    by_code = catalog.by_code()
    named = (
        (entry.place, f"{entry.certification} {entry.version} {entry.key}".replace("  ", " "))
        for entry in catalog.objectives
    )
    yield from _repeated("objective", named)
    for entry in catalog.objectives:
        yield from _objective_home(entry, by_code)


def _objective_home(
    entry: ObjectiveEntry, by_code: dict[str, CertificationEntry]
) -> Iterator[Problem]:
    certification = by_code.get(entry.certification)
    if certification is None:
        yield from _unknown(entry.place, "certification", entry.certification, ())
        return
    guide = certification.guide(entry.version)
    if guide is None:
        yield from _unknown(entry.place, "exam guide", f"{entry.certification} {entry.version}", ())
        return
    domains = {domain.key for domain in guide.domains}
    yield from _unknown(entry.place, f"{entry.certification} domain", entry.domain, domains)


def _continuations(catalog: Catalog) -> Iterator[Problem]:
    by_code = catalog.by_code()
    homes = {
        (entry.certification, entry.key): entry.domain
        for entry in catalog.objectives
        if not entry.version
    }
    named = (
        (
            entry.place,
            f"{entry.certification} {entry.objective} to {entry.into_certification} "
            f"{entry.into_domain} {entry.into_objective}".strip(),
        )
        for entry in catalog.continuations
    )
    yield from _repeated("the row", named)
    for entry in catalog.continuations:
        source = (entry.certification, entry.objective)
        if source not in homes:
            yield from _unknown(entry.place, "objective", " ".join(source), ())
        if entry.into_certification:
            yield from _continuation_target(entry, by_code, homes)


def _continuation_target(
    entry: ContinuationEntry,
    by_code: dict[str, CertificationEntry],
    homes: dict[tuple[str, str], str],
) -> Iterator[Problem]:
    target = by_code.get(entry.into_certification)
    if target is None:
        yield from _unknown(entry.place, "certification", entry.into_certification, ())
        return
    source = by_code.get(entry.certification)
    if source is not None and target.code not in source.replaced_by:
        message = f"{source.code} is not replaced by {target.code}"
        yield Problem(entry.place, "not-a-successor", message)
    guide = target.guide("")
    domains = {domain.key for domain in guide.domains} if guide else set()
    yield from _unknown(entry.place, f"{target.code} domain", entry.into_domain, domains)
    if not entry.into_objective:
        return
    home = homes.get((target.code, entry.into_objective))
    if home is None:
        yield from _unknown(entry.place, f"{target.code} objective", entry.into_objective, ())
    elif home != entry.into_domain:
        message = f"{target.code} {entry.into_objective} stands in {home}, not {entry.into_domain}"
        yield Problem(entry.place, "wrong-domain", message)


def _paths(catalog: Catalog) -> Iterator[Problem]:
    yield from _repeated("path", ((entry.place, entry.slug) for entry in catalog.paths))
    vendors = {vendor.slug for vendor in catalog.vendors}
    codes = set(catalog.by_code())
    for entry in catalog.paths:
        yield from _unknown(entry.place, "vendor", entry.vendor, vendors)
        if entry.kind == "vendor" and not entry.vendor:
            yield Problem(entry.place, "missing", f"path {entry.slug} is a vendor's, but whose?")
        yield from _steps(entry, codes)


def _steps(entry: PathEntry, codes: set[str]) -> Iterator[Problem]:
    if not entry.steps:
        yield Problem(entry.place, "missing", f"path {entry.slug} has no steps")
    yield from _repeated("step", ((entry.place, step) for step in entry.steps))
    for step in entry.steps:
        kind, colon, name = step.partition(":")
        if not colon or kind not in STEP_KINDS:
            message = f"step {step} must be written kind:name, kind one of {', '.join(STEP_KINDS)}"
            yield Problem(entry.place, "unknown-reference", message)
        else:
            yield from _unknown(entry.place, kind, name, codes)


def _resources(catalog: Catalog) -> Iterator[Problem]:
    yield from _repeated("resource", ((entry.place, entry.slug) for entry in catalog.resources))
    codes = set(catalog.by_code())
    for entry in catalog.resources:
        yield from _resource_certifications(entry, codes)


def _resource_certifications(entry: ResourceEntry, codes: set[str]) -> Iterator[Problem]:
    yield from _repeated("certification", ((entry.place, code) for code in entry.certifications))
    for code in entry.certifications:
        yield from _unknown(entry.place, "certification", code, codes)
