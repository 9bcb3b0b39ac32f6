"""Run by the fault tests in a process of its own: what other people do during an exam.

Prints what the test must know of it as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
django.setup()

from django.core.cache import cache  # noqa: E402

from certportal.accounts.models import User  # noqa: E402
from certportal.lib.clock import db_now  # noqa: E402
from quizzes.models import Attempt, Exam, Question  # noqa: E402
from quizzes.services.authoring import revise, set_status  # noqa: E402
from quizzes.services.granting import grant_time  # noqa: E402
from tests.factories.accounts import InstructorFactory, UserFactory  # noqa: E402
from tests.factories.assignments import AssignmentFactory  # noqa: E402
from tests.factories.classes import MembershipFactory  # noqa: E402
from tests.faults.seed import sign_in  # noqa: E402


def edit(attempt: str) -> None:
    """Turns the key of every question on a paper, and takes half of them out of use."""
    questions = Question.objects.filter(attempt_items__attempt__public_id=attempt)
    for number, question in enumerate(questions.order_by("attempt_items__position")):
        newest = question.revisions.latest("number")
        others = [
            it["id"] for it in newest.body["options"] if it["id"] not in newest.key["correct"]
        ]
        key = {**newest.key, "correct": others[:1]}
        revise(question, body=newest.body, key=key, change="key", by=None)
        if number % 2:
            set_status(question, status=Question.Status.RETIRED)


def grant(attempt: str, minutes: str) -> None:
    """Gives more time to a sitting that runs."""
    grant_time(
        Attempt.objects.get(public_id=attempt),
        by=InstructorFactory(),
        minutes=int(minutes),
        reason="The fire alarm rang",
    )


def restore() -> None:
    """Takes into use again what was taken out."""
    for question in Question.objects.filter(status=Question.Status.RETIRED):
        set_status(question, status=Question.Status.READY)


def assign(minutes: str) -> dict[str, Any]:
    """An exam of 90 minutes for a class, closing in so many, and one of its students."""
    member = MembershipFactory()
    closes = db_now() + timedelta(minutes=int(minutes))
    assignment = AssignmentFactory(
        classroom=member.classroom, exam=Exam.objects.latest("pk"), closes_at=closes
    )
    return {
        "session": sign_in(member.person),
        "assignment": str(assignment.public_id),
        "closes_at": closes.isoformat(),
    }


def newcomers(count: str) -> dict[str, Any]:
    """Students who have started nothing yet, and the exam that they may start."""
    sessions = [sign_in(UserFactory(password=None)) for _ in range(int(count))]
    return {"exam": Exam.objects.latest("pk").slug, "sessions": sessions}


def sign_in_again(attempt: str) -> str:
    return sign_in(Attempt.objects.get(public_id=attempt).student)


def forget() -> None:
    """Empties the cache."""
    cache.clear()


ACTS = {
    act.__name__: act for act in (edit, grant, restore, assign, newcomers, sign_in_again, forget)
}

if __name__ == "__main__":
    # The names that the factory has given are there already.
    UserFactory.reset_sequence(User.objects.count())
    sys.stdout.write(json.dumps(ACTS[sys.argv[1]](*sys.argv[2:])))
