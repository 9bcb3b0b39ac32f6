"""Run in a process of its own: 65 questions and students with a sitting; prints their sessions."""

from __future__ import annotations

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.bare.settings"
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402

from bench.bare.models import Attempt, Question  # noqa: E402
from bench.sessions import PASSWORD, sign_in  # noqa: E402

STEM = (
    "A company keeps thumbnails that are read rarely, must be available at once when needed and "
    "can be recreated from their originals. Which storage class is the cheapest sensible choice?"
)


def main(students: int, journeys: int) -> None:
    call_command("migrate", verbosity=0)
    # The tables of the bare project itself come without migrations, after those they point at.
    call_command("migrate", run_syncdb=True, verbosity=0)
    options = [f"An option of usual length that says something, number {n}" for n in range(5)]
    Question.objects.bulk_create(
        [Question(pk=n, text=STEM, options=options, correct=n % 5) for n in range(1, 66)]
    )
    sessions = []
    for number in range(students):
        user = User.objects.create_user(f"sitting{number}")
        attempt = Attempt.objects.create(user=user)
        sessions.append(sign_in(user, attempt=attempt.pk))
    for number in range(journeys):
        User.objects.create_user(f"student{number}", password=PASSWORD)
    sys.stdout.write(json.dumps(sessions))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
