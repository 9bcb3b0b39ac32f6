"""Brings the shipped question banks up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from quizzes.services.importing import BankReport, BrokenBanksError, load_banks

BANKS = Path(apps.get_app_config("catalog").path) / "data" / "banks"


class Command(BaseCommand):
    help = (
        "Load the shipped question banks: one read-only set a certification. Loading again "
        "changes nothing. A file with a problem is refused, with everything that is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would change.")

    def handle(self, *, dry_run: bool, verbosity: int, **options: Any) -> None:
        try:
            report = load_banks(sorted(BANKS.glob("*.yaml")), dry_run=dry_run)
        except BrokenBanksError as error:
            raise CommandError(_refusal(error)) from error
        if verbosity:
            self.stdout.write(_summary(report, dry_run=dry_run))


def _refusal(error: BrokenBanksError) -> str:
    lines = [f"{it.where}: {it.message} ({it.code})" for it in error.findings]
    return "\n".join(["Nothing was written.", *lines])


def _summary(report: BankReport, *, dry_run: bool) -> str:
    return (
        f"{'Would load' if dry_run else 'Loaded'} {report.sets} sets: {report.created} questions "
        f"new, {report.updated} changed, {report.unchanged} as before, {report.kept} kept as "
        f"somebody revised them, {report.retired} retired; {report.exams} exams new or moved."
    )
