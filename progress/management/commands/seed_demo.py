"""Makes the accounts of a demonstration and a class with weeks of history."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from certportal.accounts.services.demo import DEMO_PEOPLE, seed_demo_people
from certportal.lib.clock import db_now
from certportal.lib.kept_secret import kept_secret
from progress.demo.seeding import NoCatalogueError, Size, is_seeded, seed_class

SMALLEST_CLASS = 8


class Command(BaseCommand):
    help = (
        "Make the demo accounts, all with DEMO_PASSWORD (or one made once under var/), and a class."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        usual = Size()
        parser.add_argument("--students", type=int, default=usual.students, help="simulated ones")
        parser.add_argument("--answers", type=int, default=usual.answers, help="about so many")
        parser.add_argument("--seed", type=int, default=usual.seed)

    def handle(self, *, verbosity: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo accounts have a shared password: they need DEMO=1.")
        password = settings.DEMO_PASSWORD or kept_secret(settings.VAR_DIR / "demo-password", size=9)
        made = seed_demo_people(password)
        if verbosity:
            self.stdout.write(f"accounts made: {made}; password for all: {password}")
            for person in DEMO_PEOPLE:
                self.stdout.write(f"  {person.email} ({person.role})")
        self._seed_class(Size(options["students"], options["answers"], options["seed"]))

    def _seed_class(self, size: Size) -> None:
        if is_seeded():
            return
        if not settings.MOCKS_DRAW_UNVERIFIED:
            self.stdout.write("No demo class: its exams need MOCKS_DRAW_UNVERIFIED=1.")
            return
        if size.students < SMALLEST_CLASS or size.answers < 0:
            raise CommandError(f"A class has at least {SMALLEST_CLASS} simulated students.")
        self.stdout.write("Making the demo class")
        try:
            with _quiet_audit_log():
                seeded = seed_class(size, self.stdout.write, now=db_now())
        except NoCatalogueError as error:
            raise CommandError(
                f"{error} is not there: run load_catalog and load_banks first."
            ) from error
        self.stdout.write(
            f"Made a class of {seeded.students} students with {seeded.sittings} sittings and "
            f"{seeded.answers} answers; its join code: {seeded.join_code}"
        )


@contextmanager
def _quiet_audit_log() -> Iterator[None]:
    """The rows are written as ever; as lines they would fill the screen of a first start."""
    logger = logging.getLogger("certportal.audit")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
