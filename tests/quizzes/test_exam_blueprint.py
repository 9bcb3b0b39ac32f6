"""What an exam asks for and draws from: the catalogue's, and those of instructors."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from quizzes.models import Exam, ExamWeight, QuestionSet
from quizzes.selectors.exam_blueprint import exam_blueprint
from quizzes.selectors.exam_list import exam_list
from quizzes.selectors.mock_offers import mock_offer
from quizzes.services.importing import load_banks
from tests.factories.accounts import InstructorFactory, UserFactory
from tests.factories.catalog import make_guide
from tests.factories.quizzes import (
    ExamFactory,
    QuestionFactory,
    QuestionSetFactory,
    SetEntryFactory,
    stock_guide,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def guide():
    return make_guide(60, 40)


def own_exam(guide, *, sources=(), weights=None, **fields):
    exam = ExamFactory(
        guide=guide, slug="own", title="Midterm", owner=InstructorFactory(), **fields
    )
    exam.sources.set(sources)
    for domain in guide.domains.all():
        if weights:
            ExamWeight.objects.create(exam=exam, domain=domain, weight=weights[domain.key])
    return Exam.objects.get(pk=exam.pk)


def drawable(exam):
    return set(exam_blueprint(exam).placements.values_list("question_id", flat=True))


@pytest.mark.parametrize("each", [3, 20, 60])
def test_a_mock_of_the_catalogue_is_what_is_on_offer(guide, each):
    stock_guide(guide, each=each)
    found, offer = exam_blueprint(ExamFactory(guide=guide)), mock_offer(guide)
    assert (found.size, found.minutes, found.reason) == (offer.size, offer.minutes, offer.reason)
    assert found.missing == offer.missing
    assert found.weights == {"D1": 60, "D2": 40}
    assert (found.feedback, found.origins["feedback"]) == ("after_end", "portal")
    assert found.origins["size"] == ("guide" if each == 60 else "bank")
    assert found.placements.count() == 2 * each


def test_what_an_own_exam_leaves_empty_comes_from_the_guide(guide):
    stock_guide(guide, each=40)
    found = exam_blueprint(own_exam(guide))
    assert (found.size, found.minutes, found.available) == (65, 90, True)
    assert (found.cut_fraction, found.cut_is_estimate) == (Decimal("0.720"), True)
    assert found.scale == (100, 700, 1000)
    assert found.origins == {
        "weights": "guide",
        "size": "guide",
        "minutes": "guide",
        "cut_fraction": "estimate",
        "scale": "guide",
        "feedback": "exam",
    }


def test_an_own_exam_says_what_it_wants_itself(guide):
    stock_guide(guide, each=10)
    exam = own_exam(
        guide,
        size=10,
        cut_fraction=Decimal("0.5"),
        feedback="score_only",
        weights={"D1": 10, "D2": 90},
    )
    found = exam_blueprint(exam)
    assert found.available
    assert (found.size, found.minutes) == (10, 14)
    assert found.weights == {"D1": 10, "D2": 90}
    assert (found.cut_fraction, found.cut_is_estimate, found.scale) == (Decimal("0.5"), False, None)
    assert found.feedback == "score_only"
    assert found.origins == {
        "weights": "exam",
        "size": "exam",
        "minutes": "guide",
        "cut_fraction": "exam",
        "scale": "exam",
        "feedback": "exam",
    }


def test_an_own_exam_is_never_drawn_shorter_than_it_says(guide):
    stock_guide(guide, each=10)
    found = exam_blueprint(own_exam(guide, size=25))
    assert (found.reason, found.size, found.missing) == ("too_few", 25, {"D1": 5})
    assert exam_blueprint(own_exam_of_size(16, guide)).available


def own_exam_of_size(size, guide):
    Exam.objects.filter(slug="own").update(size=size)
    return Exam.objects.get(slug="own")


def test_a_domain_of_no_weight_is_left_out(guide):
    stock_guide(guide, each=10)
    found = exam_blueprint(own_exam(guide, size=10, weights={"D1": 100, "D2": 0}))
    assert (found.available, found.weights) == (True, {"D1": 100})


def test_only_the_chosen_sets_are_drawn_from(guide):
    domain = guide.domains.first()
    shared = QuestionFactory(domain=domain)
    hidden = QuestionFactory(domain=domain, home_set__use=QuestionSet.Use.EXAM_ONLY)
    exam = own_exam(guide)
    assert drawable(exam) == {shared.pk}
    exam.sources.set([hidden.home_set])
    assert drawable(Exam.objects.get(pk=exam.pk)) == {hidden.pk}


def test_what_is_not_for_exams_is_never_drawn(guide, settings):
    domain = guide.domains.first()
    chosen = QuestionSetFactory(use=QuestionSet.Use.EXAM_ONLY)
    practice = QuestionSetFactory(use=QuestionSet.Use.PRACTICE)
    archived = QuestionSetFactory(archived_at=timezone.now())
    good = QuestionFactory(home_set=chosen, domain=domain)
    unchecked = QuestionFactory(home_set=chosen, domain=domain, verification="unverified")
    for fields in (
        {"home_set": chosen, "status": "draft"},
        {"home_set": chosen, "status": "retired"},
        {"home_set": chosen, "is_sample": True},
        {"home_set": practice},
        {"home_set": archived},
    ):
        SetEntryFactory(
            question_set=chosen, question=QuestionFactory(domain=domain, **fields, entry=False)
        )
    guest = QuestionFactory(domain=domain)
    SetEntryFactory(question_set=chosen, question=guest)
    for other in (practice, archived):
        SetEntryFactory(question_set=other, question=QuestionFactory(domain=domain))
    QuestionFactory(home_set=chosen, domain=make_guide(100).domains.get())
    exam = own_exam(guide, sources=[chosen, practice, archived])
    assert drawable(exam) == {good.pk, unchecked.pk, guest.pk}
    settings.MOCKS_DRAW_UNVERIFIED = False
    assert drawable(exam) == {good.pk, guest.pk}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"total": None, "scored": None, "unscored": None}, "no_length"),
        ({"duration_minutes": None}, "no_length"),
        ({"weights_official": False}, "no_weights"),
    ],
)
def test_what_neither_says_is_missing_and_can_be_given(fields, reason):
    guide = make_guide(60, 40, **fields)
    stock_guide(guide, each=10)
    exam = own_exam(guide)
    assert exam_blueprint(exam).reason == reason
    Exam.objects.update(size=5, minutes=5)
    for domain in guide.domains.all():
        ExamWeight.objects.create(exam=exam, domain=domain, weight=50)
    assert exam_blueprint(Exam.objects.get()).available


def test_a_guide_without_domains_offers_nothing():
    assert exam_blueprint(own_exam(make_guide())).reason == "no_domains"


def test_own_exams_are_not_among_those_for_everybody(guide, client):
    stock_guide(guide, each=40)
    own_exam(guide, published_at=timezone.now())
    assert [row.exam for row in exam_list().others] == [None]
    of_catalogue = ExamFactory(guide=guide, slug="zz-last")
    assert [row.exam for row in exam_list().offered] == [of_catalogue]
    client.force_login(UserFactory())
    assert client.get(reverse("quizzes:exam-detail", args=["own"])).status_code == 404
    assert client.post(reverse("quizzes:exam-start", args=["own"])).status_code == 404


def test_the_loader_leaves_own_exams_alone(guide):
    exam = own_exam(guide)
    Exam.objects.filter(pk=exam.pk).update(slug=guide.certification.slug)
    assert load_banks([]).exams == 1
    exam.refresh_from_db()
    assert (exam.owner is None, exam.slug) == (False, guide.certification.slug)
    made = Exam.objects.for_everybody().get()
    assert made.guide == guide
    assert made.slug.startswith(f"{guide.certification.slug}-")
    assert load_banks([]).exams == 0
