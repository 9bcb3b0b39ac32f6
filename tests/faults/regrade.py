"""Run by the fault tests in a process of its own: grades every closed attempt again.

Prints a JSON list of the attempts whose stored score or fingerprint differs.
"""

from __future__ import annotations

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
django.setup()

from quizzes.models import Attempt  # noqa: E402
from quizzes.services import closing  # noqa: E402


def main() -> None:
    wrong = []
    for attempt in Attempt.objects.closed():
        again, stored = closing._grade(attempt), attempt.scores.get()
        if (again.points, again.answers_hash) != (stored.points, stored.answers_hash):
            wrong.append(str(attempt.public_id))
    sys.stdout.write(json.dumps(wrong))


if __name__ == "__main__":
    main()
