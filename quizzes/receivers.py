"""What this app does when something happens on a floor below."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from certportal.accounts.models import User
from certportal.accounts.signals import person_erased
from quizzes.services.erasing import blank_typed_answers


@receiver(person_erased)
def erase_typed_answers(person: User, **_kwargs: Any) -> None:
    blank_typed_answers(person.pk)
