"""Many starts of one assigned exam at once make one sitting."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from quizzes.models import Attempt, AttemptItem
from quizzes.services.assigning import create_assignment
from quizzes.services.assignment_checks import AssignmentDetails
from quizzes.services.closing import submit_attempt
from quizzes.services.errors import CannotStartError
from quizzes.services.starting import start_assigned
from tests.factories.assignments import AssignmentFactory, OwnExamFactory
from tests.factories.catalog import make_guide
from tests.factories.classes import MembershipFactory
from tests.factories.quizzes import stock_guide

pytestmark = pytest.mark.django_db(transaction=True)

STARTS = 50


@pytest.fixture
def assignment():
    guide = make_guide(100)
    stock_guide(guide, each=15)
    return AssignmentFactory(exam=OwnExamFactory(guide=guide), attempts_allowed=1)


def _together(work, *, workers=8):
    def run(_number):
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, range(STARTS)))


def test_fifty_starts_make_one_sitting(assignment):
    student = MembershipFactory(classroom=assignment.classroom).person

    started = _together(lambda: start_assigned(student=student, assignment=assignment))

    assert {attempt.pk for attempt in started} == {Attempt.objects.get().pk}
    assert AttemptItem.objects.count() == 10


def test_whoever_ends_at_once_gets_no_second_last_attempt(assignment):
    student = MembershipFactory(classroom=assignment.classroom).person

    def start_and_end():
        try:
            attempt = start_assigned(student=student, assignment=assignment)
        except CannotStartError as error:
            return error.code
        submit_attempt(public_id=attempt.public_id, student=student)
        return "ended"

    outcomes = _together(start_and_end)

    assert set(outcomes) <= {"ended", "none_left"}
    assert Attempt.objects.count() == 1


def test_a_form_sent_many_times_at_once_gives_one_assignment(assignment):
    classroom, key = assignment.classroom, uuid4()
    details = AssignmentDetails(kind="mock", title="Weekly mock", exam=assignment.exam)

    made = _together(
        lambda: create_assignment(classroom, by=assignment.exam.owner, details=details, key=key)
    )

    assert {it.public_id for it in made} == {key}
    assert classroom.assignments.count() == 2
