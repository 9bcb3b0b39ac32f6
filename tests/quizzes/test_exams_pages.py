"""The list of mock exams, the rules of one, and its start."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings as portal_settings

from certportal.catalog.models import Certification, Succession
from quizzes.models import Attempt
from quizzes.services.errors import CannotStartError
from quizzes.views import exams
from tests.factories.accounts import UserFactory
from tests.factories.attempts import shift_clock
from tests.factories.catalog import CertificationFactory, make_guide
from tests.factories.quizzes import ExamFactory, stock_guide
from tests.factories.sittings import RIGHT, WRONG, answer, close

pytestmark = pytest.mark.django_db

PAGE = "/exams/"


@pytest.fixture
def student(client):
    user = UserFactory()
    client.force_login(user)
    return user


def make_exam(each=12, **fields):
    """A guide of two domains with enough questions for a mock of 20 by default."""
    guide = make_guide(60, 40, **{"total": 20, "scored": 20, "unscored": 0, **fields})
    stock_guide(guide, each=each)
    return ExamFactory(guide=guide)


def start(client, exam):
    client.post(f"/exams/{exam.slug}/start/")
    return Attempt.objects.order_by("-pk").first()


def practise(client, exam):
    client.post("/practice/", {"certification": exam.slug, "size": "5"})
    return Attempt.objects.order_by("-pk").first()


@pytest.mark.parametrize("path", ["", "some-exam/"])
def test_strangers_are_sent_to_sign_in(client, path):
    assert client.get(PAGE + path).status_code == 302


def test_mocks_on_offer_and_the_others_with_their_reason(client, student):
    offered = make_exam()
    poor = make_exam(each=4)

    response = client.get(PAGE)

    page = response.content.decode()
    assert [row.exam for row in response.context["exams"].offered] == [offered]
    assert f"/exams/{offered.slug}/" in page
    assert f"/exams/{poor.slug}/" not in page
    assert "12 questions are missing for a mock of 20" in page


def test_attempts_stand_with_score_and_verdict(client, student):
    exam = make_exam()
    mock = start(client, exam)
    answer(mock, [RIGHT] * 15 + [WRONG] * 5)
    close(mock)

    (row,) = client.get(PAGE).context["history"].object_list

    assert (row.points, row.out_of, row.passed) == (15, 20, True)
    assert row.portal_score == 732


def test_a_practice_counts_what_was_answered(client, student):
    practice = practise(client, make_exam())
    answer(practice, [RIGHT, WRONG])
    close(practice)

    (row,) = client.get(PAGE).context["history"].object_list

    assert (row.points, row.out_of, row.passed, row.portal_score) == (1, 2, None, None)


def test_a_practice_without_any_answer_leaves_no_trace_in_the_history(client, student):
    close(practise(client, make_exam()))

    assert not client.get(PAGE).context["history"].object_list


def test_other_peoples_attempts_are_not_shown(client, student):
    exam = make_exam()
    start(client, exam)
    client.force_login(UserFactory())

    response = client.get(PAGE)

    assert response.context["sittings"] == ()
    assert not response.context["history"].object_list


def test_the_history_is_paged(client, student):
    exam = make_exam()
    for _ in range(23):
        practice = practise(client, exam)
        answer(practice, [RIGHT])
        close(practice)

    first = client.get(PAGE).context["history"]
    last = client.get(PAGE, {"page": "2"}).context["history"]

    assert (len(first.object_list), len(last.object_list)) == (20, 3)
    assert client.get(PAGE, {"page": "x"}).context["history"].number == 1


def test_a_mock_whose_time_is_over_is_ended_by_looking(client, student):
    mock = start(client, make_exam())
    shift_clock(mock, left=timedelta(minutes=-5))

    response = client.get(PAGE)

    assert response.context["sittings"] == ()
    assert response.context["history"].object_list[0].attempt == mock
    mock.refresh_from_db()
    assert mock.status == Attempt.Status.EXPIRED


def test_the_rules_say_what_holds_and_where_it_comes_from(client, student):
    exam = make_exam(duration_minutes=30)

    page = client.get(f"/exams/{exam.slug}/").content.decode()

    assert "30 minutes" in page
    assert "15 of 20 right (72%)" in page
    assert "an estimate of this portal" in page
    assert "there is no penalty for guessing" in page
    assert f'action="/exams/{exam.slug}/start/"' in page


def test_a_published_pass_mark_is_no_estimate(client, student):
    exam = make_exam(cut_fraction=Decimal("0.7"), cut_is_estimate=False)

    page = client.get(f"/exams/{exam.slug}/").content.decode()

    assert "14 of 20 right (70%)" in page
    assert "an estimate of this portal" not in page


def test_a_shorter_mock_says_so(client, student):
    exam = make_exam(total=65, scored=65, duration_minutes=90)

    page = client.get(f"/exams/{exam.slug}/").content.decode()

    assert "the real exam has 65" in page
    assert "the pace of the real exam: 90 minutes for 65 questions" in page


def test_extra_time_is_counted_and_linked_to_the_settings(client, student):
    student.own_extra_time_factor = Decimal("1.25")
    student.save()
    exam = make_exam(duration_minutes=30)

    page = client.get(f"/exams/{exam.slug}/").content.decode()

    assert "25% more, 37.5 minutes in all" in page
    assert 'href="/settings/"' in page


def test_starting_leads_to_the_first_question_and_twice_to_the_same(client, student):
    exam = make_exam()

    first = client.post(f"/exams/{exam.slug}/start/")
    again = client.post(f"/exams/{exam.slug}/start/")

    attempt = Attempt.objects.get()
    assert first.url == again.url == f"/attempts/{attempt.public_id}/q/1/"


def test_an_open_mock_is_continued_not_started(client, student):
    exam = make_exam()
    mock = start(client, exam)
    answer(mock, [RIGHT, WRONG])

    page = client.get(f"/exams/{exam.slug}/").content.decode()

    assert f"/attempts/{mock.public_id}/q/3/" in page
    assert "2 of 20 questions answered" in page
    assert "/start/" not in page


def retire(exam):
    certification = exam.guide.certification
    certification.status = Certification.Status.RETIRED
    certification.retired_on = certification.checked_on
    certification.save()
    successor = CertificationFactory()
    Succession.objects.create(certification=certification, successor=successor)
    return successor


def test_a_retired_certification_names_its_successor_and_starts_nothing(client, student):
    exam = make_exam()
    successor = retire(exam)

    page = client.get(f"/exams/{exam.slug}/").content.decode()
    response = client.post(f"/exams/{exam.slug}/start/", follow=True)

    assert f"/certifications/{successor.slug}/" in page
    assert "/start/" not in page
    assert response.redirect_chain == [(f"/exams/{exam.slug}/", 302)]
    assert "This certification is retired." in response.content.decode()
    assert not Attempt.objects.exists()


def test_too_few_questions_are_told_by_domain_with_practice_instead(client, student):
    exam = make_exam(each=4)

    page = client.get(f"/exams/{exam.slug}/").content.decode()
    client.post(f"/exams/{exam.slug}/start/")

    assert "Domain 1&nbsp;(8)" in page
    assert f"/practice/?certification={exam.slug}" in page
    assert "/start/" not in page
    assert not Attempt.objects.exists()


REASONS = ["retired", "no_domains", "no_weights", "no_length", "too_few", "not_durable"]


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_has_its_message(client, student, monkeypatch, code):
    exam = make_exam()

    def refuse(**_fields):
        raise CannotStartError(code)

    monkeypatch.setattr(exams, "start_mock", refuse)

    response = client.post(f"/exams/{exam.slug}/start/", follow=True)

    (message,) = response.context["messages"]
    assert message.level_tag == "error"
    assert str(message)


@pytest.mark.parametrize("path", ["nothing/", "nothing/start/"])
def test_unknown_exams_are_not_found(client, student, path):
    method = client.post if path.endswith("start/") else client.get

    assert method(PAGE + path).status_code == 404


def test_a_start_needs_a_post(client, student):
    exam = make_exam()

    assert client.get(f"/exams/{exam.slug}/start/").status_code == 405


def test_no_key_stands_on_any_of_the_pages(client, student):
    exam = make_exam()
    start(client, exam)

    pages = [client.get(PAGE), client.get(f"/exams/{exam.slug}/"), client.get("/practice/")]

    for page in pages:
        assert "Because of" not in page.content.decode()
        assert "Stones differ" not in page.content.decode()


@pytest.mark.parametrize("certifications", [1, 5])
def test_the_list_takes_the_same_statements_for_any_number(
    client, student, certifications, django_assert_max_num_queries
):
    for exam in [make_exam() for _ in range(certifications)]:
        start(client, exam)
        practice = practise(client, exam)
        answer(practice, [RIGHT])
        close(practice)

    with django_assert_max_num_queries(11):
        response = client.get(PAGE)

    assert len(response.context["exams"].offered) == certifications


@pytest.mark.parametrize("each", [12, 40])
def test_the_rules_take_the_same_statements_for_any_bank(
    client, student, each, django_assert_max_num_queries
):
    exam = make_exam(each=each)

    with django_assert_max_num_queries(8):
        client.get(f"/exams/{exam.slug}/")


@pytest.mark.parametrize("language", [code for code, _ in portal_settings.LANGUAGES])
def test_both_languages(client, student, language):
    exam = make_exam(each=4)
    client.cookies["django_language"] = language

    page = client.get(f"/exams/{exam.slug}/").content.decode()

    assert ("领域 1" in page) == (language == "zh-hans")
