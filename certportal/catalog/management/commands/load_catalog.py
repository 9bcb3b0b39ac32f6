"""Load the catalogue that comes with the portal. Safe to run at every start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certportal.catalog.engine.catalog_schema import CatalogRefusedError
from certportal.catalog.services.loading import SHIPPED, load_catalog
from certportal.catalog.services.rows import Action, Change


class Command(BaseCommand):
    help = "Load vendors, certifications, exam guides, resources and paths."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="show the difference, write nothing"
        )
        parser.add_argument(
            "--folder", type=Path, default=SHIPPED, help="read these files instead of ours"
        )

    def handle(
        self, *args: Any, dry_run: bool, folder: Path, verbosity: int, **options: Any
    ) -> None:
        try:
            difference = load_catalog(folder, dry_run=dry_run)
        except CatalogRefusedError as error:
            count = len(error.problems)
            raise CommandError(f"{error}\n{count} problem(s), nothing was written") from error
        for change in difference.changes:
            if verbosity and _is_news(change, in_full=dry_run or verbosity > 1):
                self.stdout.write(str(change))
        counts = difference.counts()
        summary = ", ".join(f"{counts[action]} {action}" for action in Action)
        prefix = "would be: " if dry_run else ""
        if verbosity:
            self.stdout.write(self.style.SUCCESS(f"catalogue: {prefix}{summary}"))


def _is_news(change: Change, *, in_full: bool) -> bool:
    """The first load creates hundreds of rows: their number says enough."""
    if change.action is Action.CREATED:
        return in_full
    return change.action is not Action.UNCHANGED
