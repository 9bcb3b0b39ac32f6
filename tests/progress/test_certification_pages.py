"""The page of one certification."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from certportal.catalog.models import Certification, Succession
from quizzes.models import Attempt, Question
from tests.factories.accounts import UserFactory
from tests.factories.catalog import CertificationFactory, ObjectiveFactory, make_guide
from tests.factories.documents import body_and_key
from tests.factories.quizzes import (
    ExamFactory,
    PlacementFactory,
    QuestionFactory,
    stock_guide,
)
from tests.factories.sittings import RIGHT, WRONG, answer, close

pytestmark = pytest.mark.django_db


def url(guide):
    return reverse("progress:certification-detail", args=[guide.certification.slug])


@pytest.fixture
def student(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def guide():
    guide = make_guide(60, 40, total=20, scored=20, unscored=0)
    stock_guide(guide, each=12)
    ExamFactory(guide=guide)
    return guide


def practise(client, guide, size=20, **fields):
    slug = guide.certification.slug
    client.post("/practice/", {"certification": slug, "size": str(size), **fields})
    return Attempt.objects.order_by("-pk").first()


def standings(client, guide):
    return [
        (row.standing.right, row.standing.n)
        for row in client.get(url(guide)).context["side"].domains
    ]


def test_a_stranger_reads_the_facts_and_both_doors(client, guide):
    response = client.get(url(guide))

    page = response.content.decode()
    assert "700 on 100–1000" in page
    assert "90 minutes" in page
    assert f'href="/exams/{guide.certification.slug}/"' in page
    assert f"/practice/?certification={guide.certification.slug}" in page
    assert response.context["side"].is_personal is False


def test_unknown_certifications_are_not_found(client):
    assert client.get("/certifications/nothing/").status_code == 404


def test_what_is_in_the_bank_is_counted(client, student):
    guide = make_guide(100)
    domain = guide.domains.get()
    QuestionFactory(domain=domain, verification=Question.Verification.UNVERIFIED)
    QuestionFactory(domain=domain, kind="ordering")
    body, key = body_and_key()
    del body["stem"]["zh-hans"]
    QuestionFactory(domain=domain, revision__body=body, revision__key=key)
    QuestionFactory(domain=domain, status=Question.Status.DRAFT)

    stock = client.get(url(guide)).context["side"].stock

    assert (stock.questions, stock.official, stock.chinese, stock.unverified) == (3, 2, 2, 1)
    assert stock.unseen == 3


def test_a_mock_that_cannot_be_drawn_has_no_link_but_says_what_is_missing(client):
    guide = make_guide(60, 40)
    stock_guide(guide, each=3)
    ExamFactory(guide=guide)

    page = client.get(url(guide)).content.decode()

    assert "/exams/" not in page.split("<main")[1]
    assert "14 questions are missing for a mock of 20" in page
    assert "Practise with the 6 questions" in page


def test_a_retired_certification_says_so_and_names_its_successor(client, guide):
    certification = guide.certification
    certification.status = Certification.Status.RETIRED
    certification.retired_on = date(2026, 6, 30)
    certification.save()
    successor = CertificationFactory()
    Succession.objects.create(certification=certification, successor=successor)

    page = client.get(url(guide)).content.decode()

    assert f"{certification.code} was retired on 30 Jun 2026." in page
    assert f'href="/certifications/{successor.slug}/"' in page
    assert "/exams/" not in page.split("<main")[1]
    assert "/practice/?certification=" in page


def test_a_suggested_successor_is_not_called_the_vendors(client, guide):
    certification = guide.certification
    certification.status = Certification.Status.RETIRED
    certification.retired_on = date(2026, 6, 30)
    certification.save()
    Succession.objects.create(
        certification=certification, successor=CertificationFactory(), is_official=False
    )

    page = client.get(url(guide)).content.decode()

    assert "The vendor named no successor. We suggest" in page
    assert "Replaced by" not in page


def test_objectives_stand_under_their_domain(client, guide):
    ObjectiveFactory(domain=guide.domains.first(), title="Explain stones", topics=["granite"])

    page = client.get(url(guide)).content.decode()

    assert "Explain stones" in page
    assert "granite" in page


def test_a_certification_without_a_guide_still_has_a_page(client):
    certification = CertificationFactory()

    response = client.get(f"/certifications/{certification.slug}/")

    assert response.status_code == 200
    assert response.context["side"] is None


def test_a_published_range_is_shown_beside_the_weight(client):
    guide = make_guide(100)
    guide.domains.update(official_weight="25-30%")

    assert "25-30%" in client.get(url(guide)).content.decode()


# --- where the reader stands --------------------------------------------------------------


def test_first_answers_of_practice_count_at_once(client, student, guide):
    practice = practise(client, guide, domain="D1")
    answer(practice, [RIGHT, RIGHT, WRONG])

    assert standings(client, guide) == [(2, 3), (0, 0)]


def test_practice_counts_the_same_after_its_end(client, student, guide):
    practice = practise(client, guide, domain="D1")
    answer(practice, [RIGHT, RIGHT, WRONG])
    close(practice)

    assert standings(client, guide) == [(2, 3), (0, 0)]


def test_an_open_mock_does_not_count_a_closed_one_does(client, student, guide):
    client.post(f"/exams/{guide.certification.slug}/start/")
    mock = Attempt.objects.get()
    answer(mock, [RIGHT] * 15)

    before = standings(client, guide)
    close(mock)
    after = standings(client, guide)

    assert before == [(0, 0), (0, 0)]
    assert sum(right for right, _ in after) == sum(n for _, n in after) == 15


def test_a_repeated_question_counts_once_by_its_first_answer(client, student):
    guide = make_guide(100)
    stock_guide(guide, each=5)
    for given in (WRONG, RIGHT):
        practice = practise(client, guide, size=5)
        answer(practice, [given] * 5)
        close(practice)

    assert standings(client, guide) == [(0, 5)]


def test_a_question_whose_key_was_shown_without_an_answer_is_no_first_answer(client, student):
    guide = make_guide(100)
    stock_guide(guide, each=5)
    practice = practise(client, guide, size=5)
    answer(practice, [None] * 5)
    close(practice)
    practice = practise(client, guide, size=5)
    answer(practice, [RIGHT] * 5)

    assert standings(client, guide) == [(0, 0)]


def test_partly_right_is_not_right(client, student):
    guide = make_guide(100)
    QuestionFactory(kind="multiple", domain=guide.domains.get())
    practice = practise(client, guide, size=5)
    answer(practice, [{"choices": ["a", "b"]}])

    open_now = standings(client, guide)
    close(practice)

    assert open_now == standings(client, guide) == [(0, 1)]


def test_answers_count_where_this_guide_places_the_question(client, student):
    old, new = make_guide(100), make_guide(50, 50)
    question = QuestionFactory(domain=old.domains.get())
    PlacementFactory(question=question, domain=new.domains.last())
    answer(practise(client, old, size=5), [RIGHT])

    assert standings(client, new) == [(0, 0), (1, 1)]


def test_other_peoples_answers_do_not_count(client, student, guide):
    answer(practise(client, guide), [RIGHT] * 5)
    client.force_login(UserFactory())

    assert standings(client, guide) == [(0, 0), (0, 0)]


@pytest.mark.parametrize(("answers", "words"), [(9, "too few answers"), (10, "100%")])
def test_under_ten_answers_no_share_is_shown(client, student, guide, answers, words):
    answer(practise(client, guide, domain="D1"), [RIGHT] * answers)

    page = client.get(url(guide)).content.decode()

    row = page.split("Domain 1")[1].split("</tr>")[0]
    assert words in row


def test_no_question_text_stands_on_the_page(client, student, guide):
    answer(practise(client, guide), [RIGHT])

    page = client.get(url(guide)).content.decode()

    assert "Which stone is black?" not in page
    assert "Because of" not in page


@pytest.mark.parametrize("attempts", [1, 8])
@pytest.mark.parametrize("each", [12, 30])
def test_the_number_of_statements_does_not_grow(
    client, student, each, attempts, django_assert_max_num_queries
):
    guide = make_guide(60, 40, total=20, scored=20, unscored=0)
    stock_guide(guide, each=each)
    ExamFactory(guide=guide)
    for _ in range(attempts):
        practice = practise(client, guide, size=5)
        answer(practice, [RIGHT, WRONG])
        close(practice)
    answer(practise(client, guide, size=5), [RIGHT])

    with django_assert_max_num_queries(18):
        client.get(url(guide))


def test_a_stranger_costs_fewer_statements(client, guide, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        client.get(url(guide))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_both_languages(client, guide, language):
    client.cookies["django_language"] = language

    page = client.get(url(guide)).content.decode()

    assert ("领域 1" in page) == (language == "zh-hans")


def test_a_weight_in_fractions_is_not_rounded_away(client):
    page = client.get(url(make_guide("33.5", "66.5"))).content.decode()

    assert "33.5%" in page
    assert "66.5%" in page
