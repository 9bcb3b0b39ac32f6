"""Run by the fault tests in a process of its own: a database with students in mock exams.

Prints one JSON list: session key, address of the attempt, number of its questions.
"""

from __future__ import annotations

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402

from certportal.accounts.models import User  # noqa: E402
from quizzes.services.starting import start_mock  # noqa: E402
from tests.factories.accounts import UserFactory  # noqa: E402
from tests.factories.catalog import make_guide  # noqa: E402
from tests.factories.quizzes import ExamFactory, stock_guide  # noqa: E402


def main(students: int) -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    guide = make_guide(100)
    stock_guide(guide, each=30)
    exam = ExamFactory(guide=guide)
    seeded = []
    for _ in range(students):
        student = UserFactory(password=None)
        attempt = start_mock(student=student, exam=exam)
        seeded.append([sign_in(student), str(attempt.public_id), attempt.items.count()])
    sys.stdout.write(json.dumps(seeded))


def sign_in(student: User) -> str:
    """The key of a session; nobody signs in, as a password costs half a second."""
    session = SessionStore()
    session[SESSION_KEY] = str(student.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = student.get_session_auth_hash()
    session.create()
    return session.session_key


if __name__ == "__main__":
    main(int(sys.argv[1]))
