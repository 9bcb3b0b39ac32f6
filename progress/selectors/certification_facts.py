"""The facts of one certification as the catalogue has them, with where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from certportal.catalog.models import (
    Certification,
    CertificationLanguage,
    ExamDomain,
    ExamGuide,
    LearningPath,
    LearningPathStep,
    Objective,
    Resource,
    Succession,
)

_REFERENCE = "certification:"


@dataclass(frozen=True, slots=True)
class PathStep:
    certification: Certification
    is_here: bool


@dataclass(frozen=True, slots=True)
class Path:
    """A learning path that leads through this certification."""

    path: LearningPath
    steps: tuple[PathStep, ...]


@dataclass(frozen=True, slots=True)
class Source:
    what: str
    url: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Facts:
    certification: Certification
    guide: ExamGuide | None
    """The current exam guide, with domains and objectives."""
    successions: tuple[Succession, ...]
    predecessors: tuple[Certification, ...]
    languages: tuple[CertificationLanguage, ...]
    resources: tuple[Resource, ...]
    paths: tuple[Path, ...]
    sources: tuple[Source, ...]

    @property
    def ending_languages(self) -> tuple[CertificationLanguage, ...]:
        return tuple(offer for offer in self.languages if offer.until)


def certification_facts(slug: str, language: str) -> Facts:
    """Thirteen statements at most, whatever the catalogue holds.

    Raises:
        Certification.DoesNotExist: no such certification.
    """
    certification = _certification(slug)
    guide = next(iter(certification.current_guides), None)  # type: ignore[attr-defined]
    return Facts(
        certification=certification,
        guide=guide,
        successions=tuple(certification.successions.all()),
        predecessors=tuple(row.certification for row in certification.preceded_by.all()),
        languages=tuple(certification.offered_in.all()),
        resources=tuple(it for it in certification.resources.all() if it.is_current),
        paths=_paths(certification),
        sources=_sources(guide.sources, language) if guide else (),
    )


def _certification(slug: str) -> Certification:
    domains = ExamDomain.objects.filter(is_current=True).prefetch_related(
        Prefetch("objectives", Objective.objects.filter(is_current=True))
    )
    guides = (
        ExamGuide.objects.current()
        .select_related("certification")
        .prefetch_related(Prefetch("domains", domains), "exams")
    )
    return (
        Certification.objects.select_related("vendor")
        .prefetch_related(
            Prefetch("guides", guides, to_attr="current_guides"),
            Prefetch("successions", Succession.objects.select_related("successor")),
            Prefetch("preceded_by", Succession.objects.select_related("certification")),
            Prefetch("offered_in", CertificationLanguage.objects.select_related("language")),
            "resources",
        )
        .get(slug=slug)
    )


def _paths(certification: Certification) -> tuple[Path, ...]:
    paths = list(
        LearningPath.objects.filter(
            is_current=True, steps__reference=f"{_REFERENCE}{certification.code}"
        ).prefetch_related("steps")
    )
    codes = {code for path in paths for step in path.steps.all() if (code := _code_of(step))}
    known = {it.code: it for it in Certification.objects.filter(code__in=codes)}
    return tuple(Path(path, _steps(path, known, certification)) for path in paths)


def _steps(
    path: LearningPath, known: Mapping[str, Certification], here: Certification
) -> tuple[PathStep, ...]:
    found = (known.get(_code_of(step)) for step in path.steps.all())
    return tuple(PathStep(it, is_here=it.pk == here.pk) for it in found if it)


def _code_of(step: LearningPathStep) -> str:
    return step.reference.removeprefix(_REFERENCE) if step.reference.startswith(_REFERENCE) else ""


def _sources(rows: Sequence[Mapping[str, object]], language: str) -> tuple[Source, ...]:
    return tuple(_source(row, language) for row in rows)


def _source(row: Mapping[str, object], language: str) -> Source:
    what = row.get("what")
    texts = what if isinstance(what, Mapping) else {"en": what or ""}
    day = row.get("date")
    return Source(
        what=str(texts.get(language) or texts.get("en", "")),
        url=str(row.get("url") or ""),
        on=_day(str(day)) if day else None,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
