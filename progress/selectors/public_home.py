"""What a stranger sees first: certifications with their questions, and one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Prefetch

from certportal.catalog.models import Certification, ExamGuide, Vendor
from quizzes.models import Question
from quizzes.selectors.practice_doors import practice_counts
from quizzes.selectors.samples import Sample, sample, sample_questions

_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class CertificationRow:
    certification: Certification
    questions: int


@dataclass(frozen=True, slots=True)
class VendorTable:
    """The certifications of one or more vendors, in one column of the page."""

    vendors: tuple[Vendor, ...]
    rows: tuple[CertificationRow, ...]


@dataclass(frozen=True, slots=True)
class PublicHome:
    """`total` counts every certification, the retired ones included."""

    total: int
    tables: tuple[VendorTable, ...]
    samples: int
    sample: Sample | None


def public_home() -> PublicHome:
    """Seven statements, whatever the size of the catalogue and the bank."""
    current = Prefetch("guides", ExamGuide.objects.current(), to_attr="current_guides")
    certifications: list[Any] = list(
        Certification.objects.select_related("vendor")
        .prefetch_related(current)
        .order_by("vendor__position", "vendor__name", "position")
    )
    counts = practice_counts()
    rows = [
        CertificationRow(it, sum(counts.get(guide.pk, 0) for guide in it.current_guides))
        for it in certifications
        if not it.is_retired
    ]
    samples = list(sample_questions().values_list("kind", flat=True))
    return PublicHome(
        total=len(certifications),
        tables=_tables(rows),
        samples=len(samples),
        sample=_shown_sample(samples),
    )


def _shown_sample(kinds: Sequence[str]) -> Sample | None:
    """The first sample with one right option: its feedback reads best in a narrow column."""
    if not kinds:
        return None
    single = Question.KindName.SINGLE.value
    return sample(kinds.index(single) + 1 if single in kinds else 1, with_key=True)


def _tables(rows: Sequence[CertificationRow]) -> tuple[VendorTable, ...]:
    """A table for each vendor; where there are many, the smaller ones share the last."""
    groups = [
        VendorTable((vendor,), tuple(group))
        for vendor, group in groupby(rows, key=lambda row: row.certification.vendor)
    ]
    if len(groups) <= _COLUMNS:
        return tuple(groups)
    rest = groups[_COLUMNS - 1 :]
    merged = VendorTable(
        tuple(vendor for table in rest for vendor in table.vendors),
        tuple(row for table in rest for row in table.rows),
    )
    return (*groups[: _COLUMNS - 1], merged)
