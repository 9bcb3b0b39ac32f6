"""Starting: the paper is drawn by weight, frozen, and there is only one at a time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from quizzes.models import Attempt, Question, QuestionSet
from quizzes.selectors.mock_offers import mock_offer
from quizzes.services.closing import submit_attempt
from quizzes.services.errors import CannotStartError
from quizzes.services.starting import start_mock, start_practice
from tests.factories.accounts import UserFactory
from tests.factories.attempts import shift_clock
from tests.factories.catalog import make_guide
from tests.factories.quizzes import ExamFactory, QuestionFactory, stock_guide

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam():
    guide = make_guide(60, 40)
    stock_guide(guide, each=30)
    return ExamFactory(guide=guide)


def test_a_mock_follows_the_weights_and_the_official_pace(exam):
    attempt = start_mock(student=UserFactory(), exam=exam)

    by_domain = [attempt.items.filter(domain__key=key).count() for key in ("D1", "D2")]
    assert by_domain == [30, 20]
    # 90 minutes for 65 questions are 69.2 for 50.
    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=70)
    assert attempt.terms["questions"] == {"value": 50, "origin": "bank"}
    assert attempt.terms["cut_fraction"] == {"value": "0.72", "origin": "estimate"}


def test_own_extra_time_moves_the_deadline(exam):
    student = UserFactory(own_extra_time_factor=Decimal("1.5"), extra_time_factor=Decimal(3))

    attempt = start_mock(student=student, exam=exam)

    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=105)
    assert attempt.terms["extra_time"] == {"value": "1.5", "origin": "choice"}


def test_starting_again_resumes(exam):
    student = UserFactory()

    first = start_mock(student=student, exam=exam)

    assert start_mock(student=student, exam=exam) == first
    assert start_mock(student=UserFactory(), exam=exam) != first


def test_after_the_deadline_a_new_sitting_starts(exam):
    student = UserFactory()
    first = start_mock(student=student, exam=exam)
    shift_clock(first, left=timedelta(minutes=-5))

    second = start_mock(student=student, exam=exam)

    first.refresh_from_db()
    assert (first.status, second.status) == ("expired", "open")


def test_a_second_mock_prefers_unseen_questions():
    guide = make_guide(100, total=20, scored=20, unscored=0)
    stock_guide(guide, each=40)
    exam, student = ExamFactory(guide=guide), UserFactory()

    papers = []
    for _ in range(2):
        attempt = start_mock(student=student, exam=exam)
        papers.append(set(attempt.items.values_list("question_id", flat=True)))
        submit_attempt(public_id=attempt.public_id, student=student)

    assert papers[0].isdisjoint(papers[1])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "retired", "retired_on": "2026-01-01"}, "retired"),
        ({}, ""),
    ],
)
def test_a_retired_certification_starts_no_mock(exam, change, reason):
    certification = exam.guide.certification
    for name, value in change.items():
        setattr(certification, name, value)
    certification.save()

    assert mock_offer(exam.guide).reason == reason
    if reason:
        with pytest.raises(CannotStartError, match=reason):
            start_mock(student=UserFactory(), exam=exam)


def test_too_small_a_bank_offers_no_mock_and_says_what_is_missing():
    guide = make_guide(50, 50)
    stock_guide(guide, each=9)

    offer = mock_offer(guide)

    assert (offer.reason, dict(offer.missing)) == ("too_few", {"D1": 1, "D2": 1})


def test_nineteen_places_are_no_mock_and_twenty_are():
    guide = make_guide(100)
    questions = stock_guide(guide, each=20)

    assert mock_offer(guide).size == 20
    questions[0].status = Question.Status.RETIRED
    questions[0].save()
    assert mock_offer(guide).reason == "too_few"


def test_samples_exam_only_sets_and_archived_sets_are_never_drawn(settings):
    guide = make_guide(100)
    stock_guide(guide, each=20)
    domain = guide.domains.get()
    QuestionFactory(domain=domain, is_sample=True)
    QuestionFactory(domain=domain, home_set__use=QuestionSet.Use.EXAM_ONLY)
    QuestionFactory(domain=domain, home_set__use=QuestionSet.Use.PRACTICE)
    QuestionFactory(domain=domain, status=Question.Status.DRAFT)

    assert mock_offer(guide).size == 20


def test_unverified_questions_can_be_shut_out(settings):
    guide = make_guide(100)
    stock_guide(guide, each=20)
    stock_guide(guide, each=5, verification=Question.Verification.UNVERIFIED)

    assert mock_offer(guide).size == 25
    settings.MOCKS_DRAW_UNVERIFIED = False
    assert mock_offer(guide).size == 20


def test_weights_that_only_hold_a_place_offer_no_mock():
    guide = make_guide(100, weights_official=False)
    stock_guide(guide, each=30)

    assert mock_offer(guide).reason == "no_weights"


def test_practice_leaves_out_the_questions_of_a_running_exam(exam):
    student = UserFactory()
    mock = start_mock(student=student, exam=exam)
    on_paper = set(mock.items.values_list("question_id", flat=True))

    practice = start_practice(student=student, guide=exam.guide, size=50)

    drawn = set(practice.items.values_list("question_id", flat=True))
    assert drawn
    assert drawn.isdisjoint(on_paper)
    assert len(drawn) == 10


def test_practice_of_one_domain_and_of_nothing(exam):
    student = UserFactory()

    practice = start_practice(student=student, guide=exam.guide, size=5, domain_keys=["D2"])

    assert {item.domain.key for item in practice.items.select_related("domain")} == {"D2"}
    assert (practice.deadline_at, practice.exam) == (None, None)
    with pytest.raises(CannotStartError, match="no_questions"):
        start_practice(student=student, guide=exam.guide, size=5, domain_keys=["D9"])


def test_a_forgetful_database_is_refused(exam, settings):
    # The test database runs with fsync off.
    settings.EXAMS_NEED_DURABLE_DATABASE = True

    with pytest.raises(CannotStartError, match="not_durable"):
        start_mock(student=UserFactory(), exam=exam)
    assert Attempt.objects.count() == 0
