"""Fails while the Chinese catalogue is incomplete."""

from __future__ import annotations

import os
import shutil
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from certportal.processes.check_translations import drift, problems


class Command(BaseCommand):
    help = "Fail while a message of the code is missing, empty, fuzzy or copied in the catalogue."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        found = list(problems(settings.BASE_DIR))
        if shutil.which("xgettext"):
            found += drift(settings.BASE_DIR)
        elif os.environ.get("CI") == "true":
            raise CommandError("GNU gettext is missing: install the package gettext.")
        else:
            self.stdout.write("GNU gettext is missing: the code was not searched for messages.")
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"The translations are not complete: {len(found)} findings.")
