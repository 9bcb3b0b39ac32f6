"""Sample questions for everybody."""

from __future__ import annotations

import pytest

from quizzes.models import Answer, AnswerEvent, Attempt
from tests.factories.catalog import make_guide
from tests.factories.documents import KINDS, body_and_key
from tests.factories.quizzes import QuestionFactory

pytestmark = pytest.mark.django_db

CANARIES = ("Because of", "Stones differ", "docs.example.org", "Correct answer")
COMPLETE = {
    "single": {"choice": "a"},
    "multiple": {"choices": ["a", "b"]},
    "true_false": {"choice": "b"},
    "ordering": {"order-a": "1", "order-b": "2", "order-c": "3"},
    "matching": {"pair-p1": "b", "pair-p2": "b"},
    "numeric": {"value": "12"},
    "short_text": {"text": "mean"},
}
RIGHT = {
    "single": {"choice": "b"},
    "multiple": {"choices": ["a", "c"]},
    "true_false": {"choice": "a"},
    "ordering": {"order-c": "1", "order-a": "2", "order-b": "3"},
    "matching": {"pair-p1": "a", "pair-p2": "b"},
    "numeric": {"value": "90.5"},
    "short_text": {"text": "Median"},
}


def make_samples(*kinds):
    domain = make_guide(100).domains.get()
    return [
        QuestionFactory(kind=kind, domain=domain, is_sample=True, external_id=f"sample-{number}")
        for number, kind in enumerate(kinds, start=1)
    ]


def test_the_list_shows_every_sample_to_a_stranger(client):
    make_samples("single", "multiple")
    QuestionFactory(domain=make_guide(100).domains.get())

    response = client.get("/samples/")

    page = response.content.decode()
    assert len(response.context["rows"]) == 2
    assert "/samples/2/" in page
    assert not any(canary in page for canary in CANARIES)


def test_without_samples_the_list_says_what_to_do(client):
    assert "There are no sample questions yet" in client.get("/samples/").content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_is_shown_without_its_key(client, kind):
    make_samples(kind)

    page = client.get("/samples/1/").content.decode()

    assert "Which stone is black?" in page
    assert not any(canary in page for canary in CANARIES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("answers", "verdict"),
    [pytest.param(COMPLETE, "Not right", id="wrong"), pytest.param(RIGHT, "Right.", id="right")],
)
def test_an_answer_gets_its_verdict_and_reasons_and_is_not_kept(client, kind, answers, verdict):
    make_samples(kind)

    response = client.post("/samples/1/", answers[kind])

    page = response.content.decode()
    assert response.status_code == 200
    assert verdict in page or ("Partly right" in page and answers is COMPLETE)
    assert "Stones differ." in page
    assert not Attempt.objects.exists()
    assert not Answer.objects.exists()
    assert not AnswerEvent.objects.exists()


def test_every_option_has_its_reason(client):
    make_samples("single")

    page = client.post("/samples/1/", {"choice": "a"}).content.decode()

    assert all(f"Because of {name}." in page for name in "abcd")


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        pytest.param("single", {}, "Answer every part", id="nothing"),
        pytest.param("single", {"choice": "zz"}, "could not be read", id="unknown option"),
        pytest.param("single", {"choice": "a\x00"}, "could not be read", id="nul"),
        pytest.param("multiple", {"choices": ["a"]}, "Choose exactly 2", id="too few"),
        pytest.param("multiple", {"choices": ["a", "b", "c"]}, "Choose exactly 2", id="too many"),
        pytest.param("matching", {"pair-p1": "a"}, "Answer every part", id="half a matching"),
        pytest.param("ordering", {"order-a": "1"}, "Answer every part", id="half an order"),
    ],
)
def test_what_is_no_answer_is_asked_again_without_the_key(client, kind, fields, words):
    make_samples(kind)

    response = client.post("/samples/1/", fields)

    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert not any(canary in page for canary in CANARIES)


@pytest.mark.parametrize("number", [0, 2, 99999999999])
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_numbers_are_not_found(client, number, method):
    make_samples("single")

    assert getattr(client, method)(f"/samples/{number}/").status_code == 404


def test_letters_keep_their_meaning_between_question_and_feedback(client):
    make_samples("single")

    before = client.get("/samples/1/").context["card"].options
    after = client.post("/samples/1/", {"choice": "a"}).context["feedback"].options

    assert [(it.letter, it.id) for it in before] == [(it.letter, it.id) for it in after]


def test_the_last_sample_invites_to_sign_up(client):
    make_samples("single", "single")

    first = client.post("/samples/1/", {"choice": "a"}).content.decode()
    last = client.post("/samples/2/", {"choice": "a"}).content.decode()

    assert "/accounts/signup/" not in first.split("<main")[1].split("</main")[0]
    assert "/accounts/signup/" in last.split("<main")[1].split("</main")[0]


def test_an_unverified_sample_says_so_after_the_answer(client):
    question = make_samples("single")[0]
    question.verification = "unverified"
    question.save()

    assert "not yet checked" not in client.get("/samples/1/").content.decode()
    feedback = client.post("/samples/1/", {"choice": "a"}).content.decode()
    assert "not yet checked against a source" in feedback


def test_a_sample_that_is_not_ready_is_not_shown(client):
    question = make_samples("single")[0]
    question.status = "draft"
    question.save()

    assert client.get("/samples/1/").status_code == 404


def test_a_missing_translation_falls_back_and_says_which_language_it_is(client):
    domain = make_guide(100).domains.get()
    body, key = body_and_key()
    del body["stem"]["zh-hans"]
    QuestionFactory(domain=domain, is_sample=True, revision__body=body, revision__key=key)
    client.cookies["django_language"] = "zh-hans"

    response = client.get("/samples/1/")

    page = response.content.decode()
    assert "Which stone is black?" in page
    assert response.context["card"].stem.lang == "en"
    assert "琥珀" in page


@pytest.mark.parametrize("count", [1, 8])
def test_the_number_of_statements_does_not_grow(client, count, django_assert_num_queries):
    make_samples(*["single"] * count)

    with django_assert_num_queries(3):
        client.get("/samples/")
    with django_assert_num_queries(3):
        client.get(f"/samples/{count}/")
    with django_assert_num_queries(3):
        client.post(f"/samples/{count}/", {"choice": "a"})
