"""Print a link with which one e-mail address may sign up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from certportal.accounts.models import User
from certportal.accounts.services.inviting import INVITATION_DAYS, invitation_link


class Command(BaseCommand):
    help = "Print a link with which one e-mail address may sign up (for SIGNUP=invite)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email!r} is not an e-mail address.") from error
        if User.objects.filter(email=email.lower()).exists():
            raise CommandError(f"{email} has an account already.")
        if settings.SIGNUP == "closed":
            raise CommandError("Nobody can sign up while SIGNUP=closed; set it to invite.")
        self.stderr.write(f"Good for {INVITATION_DAYS} days, for {email} only:")
        self.stdout.write(invitation_link(email))
