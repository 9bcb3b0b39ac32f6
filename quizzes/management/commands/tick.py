"""Does all periodic work once, for installations that bring their own timer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quizzes.services import periodic


class Command(BaseCommand):
    help = "Do all periodic work once."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        failed = [job.name for job in periodic.all_jobs() if not periodic.run(job)]
        if failed:
            raise CommandError(f"Failed, see the log: {', '.join(failed)}.")
