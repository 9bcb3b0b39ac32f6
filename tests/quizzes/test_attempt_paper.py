"""The paper of a sitting for its script: every card of the open section, and nothing of a key."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest

from certportal.catalog.services.loading import load_catalog
from quizzes.management.commands.load_banks import BANKS
from quizzes.models import Attempt, Exam, QuestionRevision
from quizzes.services.importing import load_banks
from quizzes.services.starting import start_mock
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt, shift_clock
from tests.factories.documents import KINDS, body_and_key
from tests.factories.sittings import RIGHT, close

pytestmark = pytest.mark.django_db


@pytest.fixture
def student(client):
    user = UserFactory()
    client.force_login(user)
    return user


def ask(client, attempt):
    return client.get(f"/attempts/{attempt.public_id}/paper/")


def test_every_card_comes_in_both_languages_without_its_key(client, student):
    attempt = make_attempt(*KINDS, student=student)

    response = ask(client, attempt)

    items = response.json()["items"]
    assert [item["n"] for item in items] == list(range(1, len(KINDS) + 1))
    assert [item["kind"] for item in items] == list(KINDS)
    for kind, item in zip(KINDS, items, strict=True):
        body, key = body_and_key(kind)
        for language, html in item["html"].items():
            assert body["stem"][language] in html
            assert all(option["text"][language] in html for option in body.get("options", ()))
        secrets = [key["explanation"], *key.get("option_rationales", {}).values()]
        whole = response.content.decode()
        assert all(text not in whole for secret in secrets for text in secret.values())
        assert key["reference"] not in whole
    assert {frozenset(item["html"]) for item in items} == {frozenset({"en", "zh-hans"})}


def test_no_word_of_any_key_and_no_number_of_a_version_is_in_it(client, student):
    attempt = make_attempt(*KINDS, student=student)
    for revision in QuestionRevision.objects.filter(question__attempt_items__attempt=attempt):
        key = {
            **revision.key,
            "explanation": {"en": f"Zqwhy{revision.pk}", "zh-hans": f"Zqwhy{revision.pk}"},
            "reference": f"https://docs.example.org/Zqref{revision.pk}",
        }
        copy = revision.question.revisions.create(number=2, body=revision.body, key=key)
        attempt.items.filter(revision=revision).update(revision=copy)

    text = ask(client, attempt).content.decode()

    assert "Zq" not in text
    for name in ("correct", "accepted", "tolerance", "rationale", "revision", "version"):
        assert name not in text


def test_the_cards_hold_no_answer_but_what_stands_is_told_beside_them(client, student):
    attempt = make_attempt("single", "multiple", "single", student=student)
    entries = [
        {"seq": 1, "item": 1, "answer": RIGHT},
        {"seq": 2, "item": 2, "answer": {"choices": ["a"]}},
        {"seq": 3, "item": 3, "mark": {"flag": True, "struck": ["d"]}},
    ]
    body = {"epoch": 1, "entries": entries}
    client.post(f"/attempts/{attempt.public_id}/answers/", body, "application/json")

    reply = ask(client, attempt).json()

    told = [
        (item["answer"], item["complete"], item["flag"], item["struck"]) for item in reply["items"]
    ]
    assert told == [
        (RIGHT, True, False, []),
        ({"choices": ["a"]}, False, False, []),
        (None, False, True, ["d"]),
    ]
    assert not any(" checked" in html for item in reply["items"] for html in item["html"].values())
    assert reply["epoch"] == 1
    assert 0 < reply["remaining_ms"] <= timedelta(hours=1) / timedelta(milliseconds=1)


def test_asking_for_the_paper_is_no_sight_of_a_question(client, student):
    attempt = make_attempt("single", student=student)

    replies = [ask(client, attempt).json() for _ in range(2)]

    assert [reply["items"][0]["seen"] for reply in replies] == [False, False]


def test_only_the_open_section_is_in_it(client, student):
    attempt = make_attempt("single", "single", "multiple", student=student)
    attempt.items.filter(position__lte=2).update(section="one")
    attempt.items.filter(position=3).update(section="two")
    sections = [{"key": "one", "title": "Basics"}, {"key": "two", "title": "More"}]
    Attempt.objects.update(sections=sections, section="two")

    reply = ask(client, attempt).json()

    assert reply["section"] == "two"
    assert [item["n"] for item in reply["items"]] == [3]


def test_a_missing_translation_is_there_in_english_and_marked(client, student):
    attempt = make_attempt("single", student=student)
    revision = attempt.items.get().revision
    body = {**revision.body, "stem": {"en": "Only English."}}
    copy = revision.question.revisions.create(number=2, body=body, key=revision.key)
    attempt.items.update(revision=copy)

    (item,) = ask(client, attempt).json()["items"]

    assert 'lang="en"><p>Only English.</p>' in item["html"]["zh-hans"]
    assert "Only English." in item["html"]["en"]
    assert 'lang="en"' not in item["html"]["en"]


@pytest.mark.parametrize("left", [timedelta(seconds=-1), timedelta(minutes=-5)])
def test_when_the_time_is_up_there_are_no_cards(client, student, left):
    attempt = make_attempt("single", student=student)
    shift_clock(attempt, left=left)

    assert ask(client, attempt).json() == {"status": "open", "remaining_ms": 0}


def test_a_closed_sitting_gives_its_status_only(client, student):
    attempt = close(make_attempt("single", student=student))

    reply = ask(client, attempt).json()

    assert reply["status"] == "submitted"
    assert "items" not in reply


def test_others_and_practices_have_no_paper(client, student):
    assert ask(client, make_attempt("single")).status_code == 404
    assert ask(client, make_attempt("single", mode="practice", student=student)).status_code == 404


@pytest.mark.parametrize("length", [1, 65])
def test_the_paper_needs_four_statements_whatever_its_length(
    client, student, django_assert_num_queries, length
):
    attempt = make_attempt(*["single"] * length, student=student)

    with django_assert_num_queries(4):
        response = ask(client, attempt)

    assert response["Cache-Control"] == "no-store"


def test_a_shipped_mock_of_65_questions_fits(client, student):
    load_catalog()
    load_banks([Path(BANKS) / "clf-c02.yaml"])
    attempt = start_mock(student=student, exam=Exam.objects.get(slug="clf-c02"))

    content = ask(client, attempt).content

    assert len(json.loads(content)["items"]) == 65
    assert len(content) <= 250 * 1024
    assert len(gzip.compress(content, 6)) <= 60 * 1024
