"""Makes everything that progress derives anew from the attempts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from progress.services.recording import rebuild_evidence


class Command(BaseCommand):
    help = "Make the evidence and the weekly sums of all classes anew from the attempts."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rebuild_evidence()} answers")
