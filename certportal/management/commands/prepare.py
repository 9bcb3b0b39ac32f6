"""Makes everything ready for the web server and the worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from certportal.processes.prepare import prepare_database, prepare_files


class Command(BaseCommand):
    help = "Update tables, content, translations and static files, as far as they changed."
    # The checks that matter run in `make check` and again when the server starts.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database-only",
            action="store_true",
            help="Leave the files alone, as in an image that has them already.",
        )

    def handle(self, *, database_only: bool, **options: Any) -> None:
        try:
            if not database_only:
                prepare_files(self.stdout.write)
            prepare_database(self.stdout.write)
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(
                f"The database does not answer: {reason}. Check DATABASE_URL, or unset it to use "
                "a local PostgreSQL."
            ) from error
