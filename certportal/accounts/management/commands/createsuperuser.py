"""Django's command, and an address that counts as confirmed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from certportal.accounts.models import User
from certportal.accounts.services.people import vouch_for_address


class Command(createsuperuser.Command):
    """Whoever has this shell vouches for the address; a second factor needs a confirmed one."""

    def handle(self, *args: Any, **options: Any) -> None:
        before = set(User.objects.filter(is_superuser=True).values_list("pk", flat=True))
        super().handle(*args, **options)
        for person in User.objects.filter(is_superuser=True).exclude(pk__in=before):
            vouch_for_address(person)
