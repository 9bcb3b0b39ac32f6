"""What a reader may ask the list of certifications for."""

from __future__ import annotations

from django.http import QueryDict

from certportal.catalog.selectors.certification_list import (
    FACETS,
    SORTS,
    CertificationFilters,
)
from certportal.catalog.selectors.certification_search import LONGEST_QUERY


def filters_from(data: QueryDict) -> CertificationFilters:
    """Never refuses: what makes no sense is left out, and the page shows what is ticked."""
    sort = data.get("sort", "")
    return CertificationFilters(
        query=data.get("q", "").strip()[:LONGEST_QUERY],
        chosen={name: frozenset(data.getlist(name)) for name in FACETS},
        sort=sort if sort in SORTS else SORTS[0],
    )
