"""What the files of the catalogue say, as typed records with the line they came from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from certportal.catalog.engine.yaml_fields import Place, Text

LEVELS = ("foundational", "associate", "professional", "specialty")
ROLES = ("beginner", "architect", "ml-engineer", "ai-developer", "data")
CERTIFICATION_KINDS = ("proctored", "hands-on", "course")
STATUSES = ("active", "beta", "retired")
RESOURCE_KINDS = ("practice", "site", "course", "book", "programme", "community")
PATH_KINDS = ("portal", "vendor")
# Names of facts that may be marked as not verified.
FACTS = (
    "languages", "renewal", "experience", "price", "formats", "duration", "validity", "pass_mark",
)  # fmt: skip
# The question kinds of the portal; a test holds them against the registry of quizzes.
QUESTION_KINDS = (
    "single", "multiple", "true_false", "ordering", "matching", "numeric", "short_text",
)  # fmt: skip
# Whose weights: the vendor's, ours because it publishes none, or only held open for a while.
WEIGHTS = ("official", "assumed", "placeholder")


@dataclass(frozen=True, slots=True)
class VendorEntry:
    place: Place
    slug: str
    name: Text
    # What people call it besides; for the search only.
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LanguageEntry:
    place: Place
    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class OfferedLanguage:
    """A language of an exam and the last day on which it is offered, if announced."""

    place: Place
    code: str
    until: dt.date | None


@dataclass(frozen=True, slots=True)
class SourceEntry:
    what: Text
    url: str
    date: dt.date | None


@dataclass(frozen=True, slots=True)
class QuestionCount:
    """Numbers of questions; a range where the vendor gives no exact one."""

    total: int | None = None
    scored: int | None = None
    unscored: int | None = None
    minimum: int | None = None
    maximum: int | None = None

    @property
    def length(self) -> int | None:
        """The exact number, or the middle of the range."""
        if self.minimum is not None and self.maximum is not None:
            return (self.minimum + self.maximum) // 2
        return self.total


@dataclass(frozen=True, slots=True)
class DomainEntry:
    place: Place
    key: str
    name: Text
    weight: Decimal | None
    official_weight: str


@dataclass(frozen=True, slots=True)
class GuideEntry:
    place: Place
    version: str
    is_current: bool
    questions: QuestionCount
    questions_note: Text
    duration_minutes: int | None
    # Lowest, passing and highest score.
    scale: tuple[int, ...]
    # None: no share is published.
    passing_share: Decimal | None
    formats: Text
    official_kinds: tuple[str, ...]
    weights: str
    weights_note: Text
    url: str
    sources: tuple[SourceEntry, ...]
    checked_on: dt.date | None
    domains: tuple[DomainEntry, ...]


@dataclass(frozen=True, slots=True)
class CertificationEntry:
    place: Place
    code: str
    slug: str
    vendor: str
    name: Text
    level: str
    role: str
    kind: str
    status: str
    status_detail: Text
    retired_on: dt.date | None
    predecessor: str
    replaced_by: tuple[str, ...]
    successor_is_advice: bool
    languages: tuple[OfferedLanguage, ...]
    has_more_languages: bool
    price_usd: Decimal | None
    validity: Text
    renewal: Text
    prerequisites: Text
    recommended_experience: Text
    notes: Text
    url: str
    unverified: tuple[str, ...]
    checked_on: dt.date | None
    guides: tuple[GuideEntry, ...]

    def guide(self, version: str) -> GuideEntry | None:
        """The guide of that version; the current one for an empty version."""
        for guide in self.guides:
            if guide.version == version or (not version and guide.is_current):
                return guide
        return None


@dataclass(frozen=True, slots=True)
class ObjectiveEntry:
    place: Place
    certification: str
    # Empty: the current guide.
    version: str
    domain: str
    key: str
    number: str
    title: Text
    topics: dict[str, list[str]]
    services: tuple[str, ...]
    is_verified: bool


@dataclass(frozen=True, slots=True)
class ContinuationEntry:
    """Where an objective lives on; with no certification: nowhere."""

    place: Place
    certification: str
    objective: str
    into_certification: str
    into_domain: str
    into_objective: str
    reason: Text


@dataclass(frozen=True, slots=True)
class PathEntry:
    place: Place
    slug: str
    kind: str
    vendor: str
    name: Text
    note: Text
    url: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResourceEntry:
    place: Place
    slug: str
    kind: str
    name: Text
    publisher: str
    url: str
    note: Text
    certifications: tuple[str, ...]


@dataclass(slots=True)
class Catalog:
    """Everything the files say, in their order."""

    vendors: list[VendorEntry] = field(default_factory=list)
    languages: list[LanguageEntry] = field(default_factory=list)
    certifications: list[CertificationEntry] = field(default_factory=list)
    objectives: list[ObjectiveEntry] = field(default_factory=list)
    continuations: list[ContinuationEntry] = field(default_factory=list)
    paths: list[PathEntry] = field(default_factory=list)
    resources: list[ResourceEntry] = field(default_factory=list)

    def by_code(self) -> dict[str, CertificationEntry]:
        return {entry.code: entry for entry in self.certifications}
