"""What a student may go on with, where one sitting cannot be ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError

from quizzes.models import Attempt, QuestionRevision
from quizzes.services import continuing
from quizzes.services.continuing import sittings_to_continue
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt, shift_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def student():
    return UserFactory()


@pytest.fixture
def poisoned(student):
    """An attempt whose time is over and whose paper nobody can grade."""
    attempt = make_attempt(student=student)
    item = attempt.items.first()
    broken = QuestionRevision.objects.create(
        question=item.question, number=2, body={"kind": "gone"}, key={}
    )
    attempt.items.filter(pk=item.pk).update(revision=broken)
    shift_clock(attempt, left=timedelta(minutes=-10))
    return attempt


def test_one_that_cannot_be_ended_is_logged_and_left_out(student, poisoned, caplog):
    overdue, running = make_attempt(student=student), make_attempt(student=student)
    shift_clock(overdue, left=timedelta(minutes=-5))

    assert [sitting.attempt for sitting in sittings_to_continue(student)] == [running]

    assert set(Attempt.objects.closed()) == {overdue}
    assert f"attempt {poisoned.pk} cannot be closed" in caplog.text


@pytest.mark.parametrize("path", ["/", "/exams/", "/practice/"])
@pytest.mark.usefixtures("poisoned")
def test_it_does_not_shut_its_student_out(client, student, path):
    client.force_login(student)

    assert client.get(path).status_code == 200


def test_a_database_that_does_not_answer_is_not_taken_for_that(student, poisoned, monkeypatch):
    def fail(**_):
        raise OperationalError

    monkeypatch.setattr(continuing, "close_overdue_attempt", fail)

    with pytest.raises(OperationalError):
        sittings_to_continue(student)
