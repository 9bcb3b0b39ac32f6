"""The doors to practice."""

from __future__ import annotations

import pytest
from django.urls import reverse

from quizzes.models import Attempt, QuestionSet
from tests.factories.accounts import UserFactory
from tests.factories.catalog import make_guide
from tests.factories.quizzes import ExamFactory, QuestionSetFactory, stock_guide
from tests.factories.sittings import RIGHT, answer

pytestmark = pytest.mark.django_db

PAGE = "/practice/"


@pytest.fixture
def student(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def guide():
    guide = make_guide(60, 40)
    stock_guide(guide, each=6)
    return guide


def slug(guide):
    return guide.certification.slug


def test_strangers_are_sent_to_sign_in(client):
    response = client.get(PAGE)

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_only_certifications_with_questions_are_offered(client, student, guide):
    empty = make_guide(100)

    page = client.get(PAGE).content.decode()

    assert f"?certification={slug(guide)}" in page
    assert f"?certification={slug(empty)}" not in page


def test_a_portal_without_questions_says_what_to_do(client, student):
    assert "There are no questions yet" in client.get(PAGE).content.decode()


def test_domains_stand_with_their_questions_and_what_is_new(client, student, guide):
    client.post(PAGE, {"certification": slug(guide), "domain": "D1", "size": "5"})

    response = client.get(PAGE, {"certification": slug(guide)})

    first, second = response.context["door"].domains
    assert (first.stock.questions, first.stock.unseen) == (6, 1)
    assert (second.stock.questions, second.stock.unseen) == (6, 6)


def test_the_address_presets_domain_and_number(client, student, guide):
    response = client.get(PAGE, {"certification": slug(guide), "domain": "D2", "size": "20"})

    page = response.content.decode()
    assert 'value="D2" checked' in page
    assert 'value="D1" checked' not in page
    assert 'value="20" checked' in page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["no-such-thing", "' OR 1=1", "x" * 500])
def test_unknown_certifications_are_not_found(client, student, method, name):
    assert getattr(client, method)(PAGE, {"certification": name}).status_code == 404


def test_a_nul_in_the_form_is_no_certification(client, student, guide):
    assert (
        client.post(PAGE, {"certification": f"{slug(guide)}\x00", "size": "5"}).status_code == 404
    )


def test_the_form_starts_a_practice_of_the_chosen_domain(client, student, guide):
    response = client.post(PAGE, {"certification": slug(guide), "domain": "D2", "size": "5"})

    attempt = Attempt.objects.get()
    assert response.url == f"/attempts/{attempt.public_id}/q/1/"
    assert attempt.student == student
    assert set(attempt.items.values_list("domain__key", flat=True)) == {"D2"}
    assert attempt.items.count() == 5


def test_no_domain_means_all_of_them(client, student, guide):
    client.post(PAGE, {"certification": slug(guide), "size": "10"})

    keys = Attempt.objects.get().items.values_list("domain__key", flat=True)
    assert sorted(keys) == ["D1"] * 5 + ["D2"] * 5


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"size": "7"}, id="other number"),
        pytest.param({"size": ""}, id="no number"),
        pytest.param({"size": "many"}, id="no figure"),
        pytest.param({"size": "5", "domain": "D9"}, id="unknown domain"),
    ],
)
def test_a_wrong_form_starts_nothing_and_says_why(client, student, guide, fields):
    response = client.post(PAGE, {"certification": slug(guide), **fields})

    assert response.status_code == 422
    assert response.context["errors"]
    assert not Attempt.objects.exists()


def test_a_certification_without_questions_says_so(client, student):
    guide = make_guide(100)

    response = client.post(PAGE, {"certification": slug(guide), "size": "5"})

    assert response.status_code == 422
    assert "There are no questions to practise there yet" in response.content.decode()


def test_questions_of_sets_for_exams_only_are_never_practised(client, student):
    guide = make_guide(100)
    secret = QuestionSetFactory(use=QuestionSet.Use.EXAM_ONLY)
    stock_guide(guide, each=3, home_set=secret)

    assert client.get(PAGE).context["doors"] == ()
    assert client.post(PAGE, {"certification": slug(guide), "size": "5"}).status_code == 422


def test_questions_of_an_open_mock_are_left_out_and_that_is_said(client, student):
    guide = make_guide(60, 40, total=20, scored=20, unscored=0)
    stock_guide(guide, each=12)
    exam = ExamFactory(guide=guide)
    client.post(f"/exams/{exam.slug}/start/")
    mock = Attempt.objects.get()

    page = client.get(PAGE, {"certification": slug(guide)})
    client.post(PAGE, {"certification": slug(guide), "size": "20"})

    assert page.context["door"].available == 4
    assert "20 questions stand on the paper of your open mock exam" in page.content.decode()
    practice = Attempt.objects.exclude(pk=mock.pk).get()
    drawn = set(practice.items.values_list("question_id", flat=True))
    assert drawn
    assert drawn.isdisjoint(mock.items.values_list("question_id", flat=True))


def test_when_everything_is_on_an_open_mock_the_reason_is_told(client, student):
    guide = make_guide(100, total=20, scored=20, unscored=0)
    stock_guide(guide, each=20)
    exam = ExamFactory(guide=guide)
    client.post(f"/exams/{exam.slug}/start/")

    response = client.post(PAGE, {"certification": slug(guide), "size": "5"})

    assert response.status_code == 422
    assert "stand on the paper of your open mock exam" in response.context["errors"][0]


def test_an_open_practice_is_continued_where_it_stands(client, student, guide):
    client.post(PAGE, {"certification": slug(guide), "domain": "D1", "size": "5"})
    attempt = Attempt.objects.get()
    answer(attempt, [RIGHT, RIGHT])

    response = client.get(PAGE)

    (sitting,) = response.context["sittings"]
    assert (sitting.done, sitting.total, sitting.next_position) == (2, 5, 3)
    assert sitting.domain.key == "D1"
    assert f"/attempts/{attempt.public_id}/q/3/" in response.content.decode()


def test_other_peoples_practices_are_not_shown(client, student, guide):
    stranger = UserFactory()
    client.force_login(stranger)
    client.post(PAGE, {"certification": slug(guide), "size": "5"})
    client.force_login(student)

    response = client.get(PAGE)

    assert response.context["sittings"] == ()
    assert response.context["doors"][0].unseen == 12


@pytest.mark.parametrize("guides", [1, 6])
def test_the_number_of_statements_does_not_grow(
    client, student, guides, django_assert_max_num_queries
):
    for guide in [make_guide(60, 40) for _ in range(guides)]:
        stock_guide(guide, each=2)
        client.post(PAGE, {"certification": slug(guide), "domain": "D1", "size": "5"})

    with django_assert_max_num_queries(6):
        response = client.get(PAGE)

    assert len(response.context["sittings"]) == guides


@pytest.mark.parametrize("each", [2, 30])
def test_the_form_takes_the_same_statements_for_any_bank(
    client, student, each, django_assert_max_num_queries
):
    guide = make_guide(60, 40)
    stock_guide(guide, each=each)

    with django_assert_max_num_queries(7):
        client.get(PAGE, {"certification": slug(guide)})


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_both_languages(client, student, guide, language):
    client.cookies["django_language"] = language

    page = client.get(PAGE, {"certification": slug(guide)}).content.decode()

    assert ("领域 1" in page) == (language == "zh-hans")
