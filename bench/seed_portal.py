"""Run in a process of its own: the shipped content and students in a 65-question mock.

Prints for each student the session and the address of the running mock, and the sessions
of those who wait for the start of an exam.
"""

from __future__ import annotations

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "certportal.settings"
django.setup()

from django.core.management import call_command  # noqa: E402

from bench.sessions import PASSWORD, sign_in  # noqa: E402
from certportal.accounts.models import User  # noqa: E402
from certportal.accounts.services.people import add_person  # noqa: E402
from quizzes.models import Exam  # noqa: E402
from quizzes.services.starting import start_mock  # noqa: E402


def main(students: int, journeys: int, waiting: int) -> None:
    for command in ("migrate", "createcachetable", "load_catalog", "load_banks"):
        call_command(command, verbosity=0, stdout=sys.stderr)
    exam = Exam.objects.get(slug="clf-c02")
    seeded = []
    for number in range(students):
        student = User.objects.create_user(f"bench{number}@example.com")
        attempt = start_mock(student=student, exam=exam)
        first = {
            item.position: item.revision.body for item in attempt.items.select_related("revision")
        }
        answers = {n: _some_answer(body) for n, body in first.items()}
        seeded.append([sign_in(student), str(attempt.public_id), answers])
    for number in range(journeys):
        add_person(f"journey{number}@example.com", password=PASSWORD)
    sessions = [
        sign_in(User.objects.create_user(f"waiting{number}@example.com"))
        for number in range(waiting)
    ]
    sys.stdout.write(json.dumps({"sitting": seeded, "waiting": sessions}))


def _some_answer(body: dict) -> dict:
    """A valid answer of the question's kind."""
    kind = body["kind"]
    if kind == "multiple":
        return {"choices": [option["id"] for option in body["options"][: body["choose"]]]}
    if kind == "ordering":
        return {"order": [item["id"] for item in body["items"]]}
    if kind == "matching":
        option = body["options"][0]["id"]
        return {"pairs": {prompt["id"]: option for prompt in body["prompts"]}}
    if kind == "numeric":
        return {"value": "1"}
    if kind == "short_text":
        return {"text": "something"}
    return {"choice": body["options"][0]["id"]}


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:]))
