"""Makes the accounts of a demonstration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from certportal.accounts.services.demo import DEMO_PEOPLE, seed_demo_people
from certportal.lib.kept_secret import kept_secret


class Command(BaseCommand):
    help = "Make the demo accounts, all with DEMO_PASSWORD (or one made once under var/)."
    requires_system_checks = []

    def handle(self, *, verbosity: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo accounts have a shared password: they need DEMO=1.")
        password = settings.DEMO_PASSWORD or kept_secret(settings.VAR_DIR / "demo-password", size=9)
        made = seed_demo_people(password)
        if verbosity:
            self.stdout.write(f"accounts made: {made}; password for all: {password}")
            for person in DEMO_PEOPLE:
                self.stdout.write(f"  {person.email} ({person.role})")
