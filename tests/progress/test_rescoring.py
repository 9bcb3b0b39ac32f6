"""What the portal learned from a sitting follows its newest score."""

from __future__ import annotations

import pytest

from progress.models import Evidence, MembershipWeek
from progress.services.recording import rebuild_evidence
from quizzes.engine.saving import Batch
from quizzes.selectors.late_answers import late_answers
from quizzes.services.answering import save_entries
from quizzes.services.deciding import decide_late
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt
from tests.factories.classes import ClassroomFactory, MembershipFactory
from tests.factories.evidence import goal_of
from tests.factories.sittings import RIGHT, WRONG, close

pytestmark = pytest.mark.django_db


def send(attempt, *entries):
    batch = Batch(1, tuple({"seq": s, "item": i, "answer": a} for s, i, a in entries))
    save_entries(public_id=attempt.public_id, student=attempt.student, batch=batch)


def decide(attempt, *, events, accept=True):
    decide_late(attempt, by=UserFactory(), event_ids=events, accept=accept, reason="Why")


def test_what_the_portal_learned_follows_the_newest_score(django_capture_on_commit_callbacks):
    attempt = make_attempt("single", "single")
    classroom = ClassroomFactory()
    goal_of(classroom, attempt.guide)
    MembershipFactory(
        classroom=classroom, person=attempt.student, joined_at=attempt.started_at.replace(year=2020)
    )
    with django_capture_on_commit_callbacks(execute=True):
        send(attempt, (1, 1, WRONG), (2, 2, RIGHT))
        close(attempt)
        send(attempt, (3, 1, RIGHT), (4, 2, WRONG), (5, 2, RIGHT))
    first = next(row for row in late_answers(attempt) if row.position == 1)

    def right():
        rows = Evidence.objects.order_by("item__position").values_list("is_right", flat=True)
        return list(rows), MembershipWeek.objects.get().first_right

    assert right() == ([False, True], 1)
    with django_capture_on_commit_callbacks(execute=True):
        decide(attempt, events=[first.event_id])
    assert right() == ([True, True], 2)
    rebuild_evidence()
    assert right() == ([True, True], 2)
    with django_capture_on_commit_callbacks(execute=True):
        decide(attempt, events=[first.event_id], accept=False)
    assert right() == ([False, True], 1)
