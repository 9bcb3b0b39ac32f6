"""Loads the catalogue files into the database: idempotent, all or nothing, deleting nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from certportal.catalog.engine.catalog_entries import ContinuationEntry, GuideEntry
from certportal.catalog.engine.catalog_schema import Catalog, read_catalog
from certportal.catalog.models import (
    Certification,
    CertificationLanguage,
    ExamDomain,
    ExamGuide,
    ExamLanguage,
    LearningPath,
    LearningPathStep,
    Objective,
    ObjectiveSuccession,
    Resource,
    Succession,
    Vendor,
)
from certportal.catalog.services import columns
from certportal.catalog.services.rows import Action, Difference, leave, replace_links, write

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "catalog"
# Any number that no other lock of the portal uses: two loads at once wait for each other.
_LOCK = 7_160_301


def load_catalog(folder: Path = SHIPPED, *, dry_run: bool = False) -> Difference:
    """Make the database say what the files of `folder` say.

    What the files no longer hold stays, marked as not current, because questions and
    results may point at it. A dry run writes nothing and reports the same difference.

    Raises:
        CatalogRefusedError: the files hold mistakes; nothing was written.
    """
    files = sorted(folder.glob("*.yaml"))
    catalog = read_catalog({file.name: file.read_text(encoding="utf-8") for file in files})
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        difference = _Loader(catalog).load()
        transaction.set_rollback(dry_run)
    return difference


class _Loader:
    """One load. Each step leaves its rows by natural key for the steps after it."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.entries = catalog.by_code()
        self.difference = Difference()
        self.vendors: dict[str, Vendor] = {}
        self.languages: dict[str, ExamLanguage] = {}
        self.certifications: dict[str, Certification] = {}
        self.guides: dict[tuple[str, str], ExamGuide] = {}
        self.guides_by_pk: dict[int, ExamGuide] = {}
        # Those that the files hold.
        self.held: set[int] = set()
        # By guide and key.
        self.domains: dict[tuple[int, str], ExamDomain] = {}
        self.objectives: dict[tuple[int, str], Objective] = {}

    def load(self) -> Difference:
        self._vendors()
        self._languages()
        self._certifications()
        self._offers()
        self._successions()
        self._guides()
        self._domains()
        self._objectives()
        self._continuations()
        self._resources()
        self._paths()
        return self.difference

    # --- vendors and languages -----------------------------------------------------------

    def _vendors(self) -> None:
        self.vendors = {row.slug: row for row in Vendor.objects.all()}
        seen = set()
        for position, entry in enumerate(self.catalog.vendors, start=1):
            values = {"slug": entry.slug, "position": position, **columns.texts(name=entry.name)}
            row = self.vendors.get(entry.slug, Vendor())
            self.vendors[entry.slug] = self._write(row, values, entry.slug)
            seen.add(entry.slug)
        self._leave((row, slug) for slug, row in self.vendors.items() if slug not in seen)

    def _languages(self) -> None:
        self.languages = {row.code: row for row in ExamLanguage.objects.all()}
        seen = set()
        for position, entry in enumerate(self.catalog.languages, start=1):
            values = {"code": entry.code, "position": position, **columns.texts(name=entry.name)}
            row = self.languages.get(entry.code, ExamLanguage())
            self.languages[entry.code] = self._write(row, values, entry.code)
            seen.add(entry.code)
        self._leave((row, code) for code, row in self.languages.items() if code not in seen)

    # --- certifications ---------------------------------------------------------------------

    def _certifications(self) -> None:
        self.certifications = {row.code: row for row in Certification.objects.all()}
        vendors = {vendor.slug: vendor for vendor in self.catalog.vendors}
        for position, entry in enumerate(self.catalog.certifications, start=1):
            row = self.certifications.get(entry.code, Certification())
            values = columns.of_certification(entry, vendor=vendors[entry.vendor]) | {
                "vendor_id": self.vendors[entry.vendor].pk,
                "position": position,
            }
            self.certifications[entry.code] = self._write(row, values, entry.code)
        left = self.certifications.keys() - self.entries.keys()
        self._leave((self.certifications[code], code) for code in sorted(left))

    def _offers(self) -> None:
        present = defaultdict(list)
        for offer in CertificationLanguage.objects.order_by("language__position"):
            present[offer.certification_id].append(offer)
        for entry in self.catalog.certifications:
            row = self.certifications[entry.code]
            wanted = [
                CertificationLanguage(
                    certification=row, language=self.languages[offer.code], until=offer.until
                )
                for offer in entry.languages
            ]
            wanted.sort(key=lambda offer: offer.language.position)
            if replace_links(wanted, present[row.pk], same=["language_id", "until"]):
                self.difference.note(Action.UPDATED, row, entry.code, "languages")

    def _successions(self) -> None:
        present = defaultdict(list)
        for link in Succession.objects.order_by("position"):
            present[link.certification_id].append(link)
        for entry in self.catalog.certifications:
            row = self.certifications[entry.code]
            wanted = [
                Succession(
                    certification=row,
                    successor=self.certifications[code],
                    is_official=not entry.successor_is_advice,
                    position=position,
                )
                for position, code in enumerate(entry.replaced_by, start=1)
            ]
            same = ["successor_id", "is_official", "position"]
            if replace_links(wanted, present[row.pk], same=same):
                self.difference.note(Action.UPDATED, row, entry.code, "replaced_by")

    # --- exam guides ----------------------------------------------------------------------------

    def _guides(self) -> None:
        for row in ExamGuide.objects.select_related("certification"):
            self.guides[row.certification.code, row.version] = row
        wanted = {
            (entry.code, guide.version): guide
            for entry in self.catalog.certifications
            for guide in entry.guides
        }
        # First: a certification has one current guide at any moment.
        for key, row in self.guides.items():
            if key[0] not in self.entries:
                continue
            if key not in wanted:
                leave(row, name=" ".join(key), difference=self.difference)
            elif row.is_current and not wanted[key].is_current:
                self._write(row, {"is_current": False}, " ".join(key))
        for key, guide in wanted.items():
            row = self.guides.get(key, ExamGuide(certification=self.certifications[key[0]]))
            self.guides[key] = self._write(row, columns.of_guide(guide), " ".join(key))
        self.guides_by_pk = {row.pk: row for row in self.guides.values()}
        self.held = {self.guides[key].pk for key in wanted}

    def _domains(self) -> None:
        self.domains = {(row.guide_id, row.key): row for row in ExamDomain.objects.all()}
        seen = set()
        for entry in self.catalog.certifications:
            for guide in entry.guides:
                seen |= self._domains_of(guide, self.guides[entry.code, guide.version])
        self._leave_below(self.domains, seen)

    def _domains_of(self, entry: GuideEntry, guide: ExamGuide) -> set[tuple[int, str]]:
        keys = set()
        for position, domain in enumerate(entry.domains, start=1):
            key = (guide.pk, domain.key)
            values = {
                "guide_id": guide.pk,
                "key": domain.key,
                "position": position,
                "weight": domain.weight,
                "official_weight": domain.official_weight,
                "is_current": True,
                **columns.texts(name=domain.name),
            }
            row = self.domains.get(key, ExamDomain())
            self.domains[key] = self._write(row, values, f"{guide} {domain.key}")
            keys.add(key)
        return keys

    def _objectives(self) -> None:
        rows = Objective.objects.select_related("domain").order_by("is_current")
        self.objectives = {(row.domain.guide_id, row.key): row for row in rows}
        seen = set()
        for position, entry in enumerate(self.catalog.objectives, start=1):
            guide = self._guide(entry.certification, entry.version)
            key = (guide.pk, entry.key)
            row = self.objectives.get(key, Objective())
            values = columns.of_objective(entry) | {
                "domain_id": self.domains[guide.pk, entry.domain].pk,
                "position": position,
            }
            self.objectives[key] = self._write(row, values, f"{guide} {entry.key}")
            seen.add(key)
        self._leave_below(self.objectives, seen)

    def _guide(self, code: str, version: str = "") -> ExamGuide:
        guide = self.entries[code].guide(version)
        # The checks have refused files in which this could be None.
        return self.guides[code, guide.version if guide else version]

    def _continuations(self) -> None:
        present = defaultdict(list)
        for link in ObjectiveSuccession.objects.order_by("position"):
            present[link.objective_id].append(link)
        wanted = defaultdict(list)
        for position, entry in enumerate(self.catalog.continuations, start=1):
            link = self._continuation(entry, position)
            wanted[link.objective_id].append(link)
        same = ["successor_domain_id", "successor_objective_id", "reason", "translations"]
        for (guide_pk, key), row in self.objectives.items():
            if replace_links(wanted[row.pk], present[row.pk], same=same):
                name = f"{self.guides_by_pk[guide_pk]} {key}"
                self.difference.note(Action.UPDATED, row, name, "continuations")

    def _continuation(self, entry: ContinuationEntry, position: int) -> ObjectiveSuccession:
        objective = self.objectives[self._guide(entry.certification).pk, entry.objective]
        link = ObjectiveSuccession(
            objective=objective, position=position, **columns.texts(reason=entry.reason)
        )
        if entry.into_certification:
            target = self._guide(entry.into_certification)
            link.successor_domain = self.domains[target.pk, entry.into_domain]
            link.successor_objective = self.objectives.get((target.pk, entry.into_objective))
        return link

    # --- resources and paths -------------------------------------------------------------------

    def _resources(self) -> None:
        rows = {row.slug: row for row in Resource.objects.prefetch_related("certifications")}
        present = {slug: {c.pk for c in row.certifications.all()} for slug, row in rows.items()}
        for position, entry in enumerate(self.catalog.resources, start=1):
            values = columns.of_resource(entry) | {"position": position}
            row = self._write(rows.get(entry.slug, Resource()), values, entry.slug)
            wanted = {self.certifications[code].pk for code in entry.certifications}
            if wanted != present.get(entry.slug, set()):
                row.certifications.set(wanted)
                self.difference.note(Action.UPDATED, row, entry.slug, "certifications")
        known = {entry.slug for entry in self.catalog.resources}
        self._leave((row, slug) for slug, row in rows.items() if slug not in known)

    def _paths(self) -> None:
        rows = {row.slug: row for row in LearningPath.objects.prefetch_related("steps")}
        present = {slug: list(row.steps.all()) for slug, row in rows.items()}
        for position, entry in enumerate(self.catalog.paths, start=1):
            values = columns.of_path(entry) | {
                "vendor_id": self.vendors[entry.vendor].pk if entry.vendor else None,
                "position": position,
            }
            row = self._write(rows.get(entry.slug, LearningPath()), values, entry.slug)
            wanted = [
                LearningPathStep(path=row, position=number, reference=reference)
                for number, reference in enumerate(entry.steps, start=1)
            ]
            same = ["position", "reference"]
            if replace_links(wanted, present.get(entry.slug, []), same=same):
                self.difference.note(Action.UPDATED, row, entry.slug, "steps")
        known = {entry.slug for entry in self.catalog.paths}
        self._leave((row, slug) for slug, row in rows.items() if slug not in known)

    # --- small things ---------------------------------------------------------------------------

    def _write(self, row: Any, values: dict[str, Any], name: str) -> Any:
        return write(row, values, name=name, difference=self.difference)

    def _leave(self, rows: Iterable[tuple[Any, str]]) -> None:
        for row, name in rows:
            leave(row, name=name, difference=self.difference)

    def _leave_below(self, rows: dict[tuple[int, str], Any], seen: set[tuple[int, str]]) -> None:
        """Leave what is gone from guides that the files hold; other guides keep everything."""
        gone = sorted(key for key in rows.keys() - seen if key[0] in self.held)
        self._leave((rows[key], f"{self.guides_by_pk[key[0]]} {key[1]}") for key in gone)
