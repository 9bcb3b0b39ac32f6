"""Closes and grades attempts whose time is over."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from quizzes.services import periodic


class Command(BaseCommand):
    help = "Close and grade every attempt whose time is over, once."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        closed = periodic.sweep_attempts()
        self.stdout.write(f"closed: {closed}")
