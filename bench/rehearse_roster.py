"""Run in a process of its own: rehearses a roster of many rows; prints the seconds."""

from __future__ import annotations

import os
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "certportal.settings"
django.setup()

from certportal.accounts.models import Classroom  # noqa: E402
from certportal.accounts.services.rostering import rehearse_roster  # noqa: E402


def main(rows: int) -> None:
    lines = ["email,name,labels", *(f"r{n}@example.org,Row {n},Group {n % 7}" for n in range(rows))]
    classroom = Classroom.objects.current().first()
    assert classroom is not None
    began = time.monotonic()
    roster = rehearse_roster(classroom, "\n".join(lines).encode())
    seconds = time.monotonic() - began
    assert roster is not None
    sys.stdout.write(f"{seconds:.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
