"""The files of the catalogue: read and checked whole, or refused with everything wrong in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from certportal.catalog.engine import catalog_checks, catalog_reading
from certportal.catalog.engine.catalog_entries import Catalog
from certportal.catalog.engine.yaml_fields import Place, Problem, Problems, read_mapping


class CatalogRefusedError(Exception):
    """The files hold mistakes; `problems` names every one with its file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_catalog(files: Mapping[str, str]) -> Catalog:
    """Read files, given as name and text.

    Raises:
        CatalogRefusedError: when anything at all is wrong in any of them.
    """
    catalog, problems = Catalog(), Problems()
    for name, text in files.items():
        top = read_mapping(text, file=name, problems=problems)
        if top is not None:
            catalog_reading.add_file(top, into=catalog)
    problems.found.extend(catalog_checks.check(catalog))
    if not catalog.certifications and not problems.found:
        problems.add(Place(next(iter(files), "catalogue"), 1), "missing", "no certifications")
    if problems.found:
        raise CatalogRefusedError(problems.found)
    return catalog


__all__ = ["Catalog", "CatalogRefusedError", "Place", "Problem", "read_catalog"]
