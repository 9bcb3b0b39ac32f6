"""Give a person the instructor role."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certportal.accounts.models import User
from certportal.accounts.services.roles import make_instructor


class Command(BaseCommand):
    help = "Give a person the instructor role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None:
            raise CommandError(f"Nobody has signed up as {email}.")
        if make_instructor(person, by=None):
            self.stdout.write(f"{person} is an instructor now.")
        else:
            self.stdout.write(f"{person} is an instructor already.")
