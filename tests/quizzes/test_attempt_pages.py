"""The pages of a sitting: what they show, that plain forms are enough, and what they cost."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings as portal_settings

from quizzes.models import Answer, Attempt, AttemptItem, ItemMark
from quizzes.services import answering
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt, shift_clock
from tests.factories.documents import KINDS, body_and_key
from tests.factories.sittings import RIGHT, WRONG, answer, close

pytestmark = pytest.mark.django_db

LONG_STEM = (
    "A company runs a web application on a group of virtual machines behind a load balancer and "
    "keeps session data in a database. During sales the database becomes slow. Which change "
    "removes that load with the least effort, without losing a session when a machine fails?"
)
LONG_OPTION = "Move the sessions into a managed in-memory store that all of the machines share"


@pytest.fixture
def student(client):
    user = UserFactory()
    client.force_login(user)
    return user


def page(attempt, where="q/1/"):
    return f"/attempts/{attempt.public_id}/{where}"


def text_of(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return unescape(re.sub(r"\s+", " ", words))


def typical(attempt):
    """Give the first question the length of the ones in the bank."""
    revision = attempt.items.get(position=1).revision
    for option in revision.body["options"]:
        option["text"] = {"en": LONG_OPTION, "zh-hans": LONG_OPTION}
    revision.body["stem"] = {"en": LONG_STEM, "zh-hans": LONG_STEM}
    AttemptItem.objects.filter(attempt=attempt, position=1).update(revision=_copy(revision))


def _copy(revision):
    question = revision.question
    return question.revisions.create(number=2, body=revision.body, key=revision.key)


# --- The question page of an exam -----------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_is_shown_without_its_key(client, student, kind, language):
    attempt = make_attempt(kind, student=student)
    client.cookies[portal_settings.LANGUAGE_COOKIE_NAME] = language

    response = client.get(page(attempt))

    body, key = body_and_key(kind)
    shown = text_of(response)
    assert response.status_code == 200
    assert body["stem"][language] in shown
    assert all(option["text"][language] in shown for option in body.get("options", ()))
    for secret in (key["explanation"], *key.get("option_rationales", {}).values()):
        assert all(text not in shown for text in secret.values())
    assert key["reference"] not in response.content.decode()


def test_a_question_page_stays_small_in_a_long_exam(client, student):
    attempt = make_attempt(*["single"] * 65, student=student)
    typical(attempt)
    answer(attempt, [RIGHT] * 40)

    content = client.get(page(attempt)).content

    assert LONG_OPTION.encode() in content
    assert len(content) <= 18 * 1024
    assert len(gzip.compress(content, 6)) <= 4 * 1024


@pytest.mark.parametrize("length", [1, 65])
def test_a_question_page_needs_six_statements_at_most(
    client, student, django_assert_max_num_queries, length
):
    attempt = make_attempt(*["single"] * length, student=student)

    with django_assert_max_num_queries(6):
        response = client.get(page(attempt))

    assert response.status_code == 200


def test_the_page_tells_its_script_where_the_answers_stand(client, student):
    attempt = make_attempt("single", student=student)
    entries = [{"seq": 4, "item": 1, "answer": {"choice": "b"}}]
    client.post(page(attempt, "answers/"), {"epoch": 1, "entries": entries}, "application/json")

    html = client.get(page(attempt)).content.decode()

    assert 'data-epoch="1" data-opened-by="start" data-acknowledged="4"' in html
    assert f'data-cookie="{portal_settings.CSRF_COOKIE_NAME}"' in html
    remaining = int(re.search(r'data-remaining-ms="(\d+)"', html)[1])
    assert 0 < remaining <= timedelta(minutes=60) / timedelta(milliseconds=1)
    assert re.search(r"Saved \d\d:\d\d:\d\d", text_of(client.get(page(attempt))))


def test_a_missing_translation_is_shown_in_english_and_marked(client, student):
    attempt = make_attempt("single", student=student)
    revision = attempt.items.get().revision
    del revision.body["stem"]["zh-hans"]
    attempt.items.update(revision=_copy(revision))
    client.cookies[portal_settings.LANGUAGE_COOKIE_NAME] = "zh-hans"

    html = client.get(page(attempt)).content.decode()

    assert re.search(r'id="stem"[^>]* lang="en"', html)
    assert 'class="hint q-lang"' in html


def test_no_page_of_a_sitting_carries_inline_code(client, student):
    attempt = make_attempt("single", student=student)
    for where in ("q/1/", "review/", "review/?end=1"):
        html = client.get(page(attempt, where)).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", html)


# --- The plain form -------------------------------------------------------------------------

FORMS = {
    "single": ({"choice": "b"}, {"choice": "b"}),
    "multiple": ({"choices": ["c", "a"]}, {"choices": ["a", "c"]}),
    "true_false": ({"choice": "a"}, {"choice": "a"}),
    "ordering": ({"order-a": "2", "order-b": "3", "order-c": "1"}, {"order": ["c", "a", "b"]}),
    "matching": ({"pair-p1": "a", "pair-p2": "b"}, {"pairs": {"p1": "a", "p2": "b"}}),
    "numeric": ({"value": "90"}, {"value": "90"}),
    "short_text": ({"text": "median"}, {"text": "median"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_form_saves_and_moves_on(client, student, kind):
    attempt = make_attempt(kind, "single", student=student)
    fields, expected = FORMS[kind]

    response = client.post(page(attempt), {**fields, "go": "next"})

    assert response.url == page(attempt, "q/2/")
    assert Answer.objects.get(item__position=1).payload == expected
    # The answer is there again when one comes back.
    html = client.get(page(attempt)).content.decode()
    assert re.search(r' checked>| selected>|value="90"|value="median"', html)


@pytest.mark.parametrize(
    ("go", "where"),
    [
        ("previous", "q/1/"),
        ("next", "q/3/"),
        ("review", "review/"),
        ("3", "q/3/"),
        ("99", "q/3/"),
        ("nonsense", "q/3/"),
        ("zh-hans", "q/2/"),
    ],
)
def test_every_button_saves_first(client, student, go, where):
    attempt = make_attempt("single", "single", "single", student=student)

    response = client.post(page(attempt, "q/2/"), {"choice": "c", "go": go})

    assert response.url == page(attempt, where)
    assert Answer.objects.get(item__position=2).payload == {"choice": "c"}


def test_the_language_changes_without_losing_the_answer(client, student):
    attempt = make_attempt("single", student=student)

    response = client.post(page(attempt), {"choice": "c", "go": "zh-hans"}, follow=True)

    assert 'lang="zh-Hans"' in response.content.decode()
    assert re.search(r'value="c" checked', response.content.decode())


def test_flag_and_struck_options_are_saved_by_the_form(client, student):
    attempt = make_attempt("single", student=student)

    client.post(page(attempt), {"flag": "1", "struck": ["a", "d"], "go": "next"})

    mark = ItemMark.objects.get()
    assert (mark.flag, mark.struck) == (True, ["a", "d"])
    html = client.get(page(attempt)).content.decode()
    assert re.search(r'name="flag"[^>]* checked', html)
    assert re.findall(r'name="struck" value="(.)"[^>]* checked', html) == ["a", "d"]


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("multiple", {"choices": ["a", "b", "c"]}, "too many options"),
        ("ordering", {"order-a": "1", "order-b": "1"}, "the same place"),
        ("single", {"choice": "zzz"}, "could not be read"),
    ],
)
def test_what_cannot_be_saved_is_said_and_changes_nothing(client, student, kind, fields, words):
    attempt = make_attempt(kind, student=student)

    response = client.post(page(attempt), {**fields, "go": "next"}, follow=True)

    assert words in text_of(response)
    assert not Answer.objects.exists()


# --- Review, the end, the time ----------------------------------------------------------------


def test_review_counts_filters_and_leads_to_the_next_open_question(client, student):
    attempt = make_attempt("single", "multiple", "single", "single", student=student)
    answer(attempt, [RIGHT, {"choices": ["a"]}])
    client.post(page(attempt, "q/3/"), {"flag": "1", "go": "review"})

    shown = {
        show: client.get(page(attempt, f"review/?show={show}")).context["page"].shown
        for show in ("all", "open", "incomplete", "unseen", "flagged", "nonsense")
    }
    response = client.get(page(attempt, "review/"))

    assert {show: [p.position for p in places] for show, places in shown.items()} == {
        "all": [1, 2, 3, 4],
        "open": [2, 3, 4],
        "incomplete": [2],
        "unseen": [3, 4],
        "flagged": [3],
        "nonsense": [1, 2, 3, 4],
    }
    assert "Go to question 2" in text_of(response)
    assert "1 of 4 complete. 1 incomplete and 2 unseen" in text_of(response)


def test_the_exam_ends_only_after_a_second_look(client, student):
    attempt = make_attempt("single", student=student)
    first = client.get(page(attempt, "review/")).content.decode()
    second = client.get(page(attempt, "review/?end=1")).content.decode()

    assert page(attempt, "submit/") not in first
    assert 'href="?end=1' in first
    assert f'action="{page(attempt, "submit/")}"' in second


def test_between_deadline_and_grace_the_page_only_closes(client, student):
    attempt = make_attempt("single", student=student, left=timedelta(seconds=-1))

    for where in ("q/1/", "review/"):
        response = client.get(page(attempt, where))
        assert "The time is up" in text_of(response)
        assert 'name="choice"' not in response.content.decode()

    assert client.post(page(attempt, "submit/")).url == page(attempt, "result/")


def test_after_the_grace_a_question_leads_to_the_result(client, student):
    attempt = make_attempt("single", student=student)
    shift_clock(attempt, left=timedelta(minutes=-5))

    assert client.get(page(attempt)).url == page(attempt, "result/")
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.EXPIRED


def test_submitting_a_long_exam_needs_twelve_statements_at_most(
    client, student, django_assert_max_num_queries
):
    attempt = make_attempt(*["single"] * 65, student=student)
    answer(attempt, [RIGHT] * 50)

    with django_assert_max_num_queries(12):
        client.post(page(attempt, "submit/"))

    assert attempt.scores.get().points == 50


def test_saving_needs_seven_statements_at_most(client, student, django_assert_max_num_queries):
    attempt = make_attempt("single", student=student)
    body = {"epoch": 1, "entries": [{"seq": 1, "item": 1, "answer": {"choice": "b"}}]}

    with django_assert_max_num_queries(9) as captured:
        client.post(page(attempt, "answers/"), json.dumps(body), "application/json")

    own = [q for q in captured if "SAVEPOINT" not in q["sql"]]
    assert len(own) <= 7, [q["sql"][:80] for q in own]


# --- Practice ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_practice_tells_at_once_and_why(client, student, kind):
    attempt = make_attempt(kind, "single", mode="practice", student=student)
    _, key = body_and_key(kind)

    before = text_of(client.get(page(attempt)))
    response = client.post(page(attempt), {**FORMS[kind][0], "go": "check"}, follow=True)

    shown = text_of(response)
    assert key["explanation"]["en"] not in before
    assert "Right." in shown
    assert key["explanation"]["en"] in shown
    for rationale in key.get("option_rationales", {}).values():
        assert rationale["en"] in shown
    assert page(attempt, "q/2/") in response.content.decode()


def test_a_wrong_answer_names_the_right_one(client, student):
    attempt = make_attempt("single", mode="practice", student=student)

    response = client.post(page(attempt), {**WRONG, "go": "check"}, follow=True)

    shown = text_of(response)
    assert "Not right. The answer is B." in shown
    assert "Your answer" in shown
    assert "Finish and see the result" in shown


def test_an_unverified_question_says_so_after_the_answer(client, student):
    attempt = make_attempt("single", mode="practice", student=student)
    question = attempt.items.get().question
    question.verification = question.Verification.UNVERIFIED
    question.save()

    before = text_of(client.get(page(attempt)))
    after = text_of(client.post(page(attempt), {**RIGHT, "go": "check"}, follow=True))

    assert "not yet checked against a source" not in before
    assert "not yet checked against a source" in after


def test_an_answered_question_is_withheld_while_it_stands_on_an_open_exam(client, student):
    practice = make_attempt("single", mode="practice", student=student)
    client.post(page(practice), {**RIGHT, "go": "check"})
    exam = make_attempt("single", student=student)
    exam.items.update(question=practice.items.get().question)

    shown = text_of(client.get(page(practice)))

    assert "open mock exam" in shown
    assert "Stones differ." not in shown


def test_the_result_of_a_practice_counts_what_was_answered(client, student):
    attempt = make_attempt("single", "single", "single", mode="practice", student=student)
    answer(attempt, [RIGHT, WRONG])
    close(attempt)

    shown = text_of(client.get(page(attempt, "result/")))

    assert "Practice: 1 of 2 right" in shown
    assert "You answered 2 of 3 questions" in shown


# --- Forms that come too late ------------------------------------------------------------------


def test_a_second_check_of_a_practice_question_keeps_the_first_answer(client, student):
    practice = make_attempt("single", "single", mode="practice", student=student)
    client.post(page(practice), {**WRONG, "go": "check"})

    shown = text_of(client.post(page(practice), {**RIGHT, "go": "check"}, follow=True))

    assert Answer.objects.get(attempt=practice).payload == WRONG
    assert "Your first answer counts." in shown
    assert "The time was up" not in shown


def test_an_answer_after_the_time_is_not_counted_and_says_so(client, student):
    attempt = make_attempt(student=student)
    shift_clock(attempt, left=timedelta(minutes=-5))

    shown = text_of(client.post(page(attempt), {**RIGHT, "go": "next"}, follow=True))

    assert not Answer.objects.filter(attempt=attempt).exists()
    assert "The time was up. This answer was not counted." in shown


def test_an_answer_after_the_end_is_not_counted_and_says_so(client, student):
    attempt = close(make_attempt(student=student))

    shown = text_of(client.post(page(attempt), {**RIGHT, "go": "next"}, follow=True))

    assert not Answer.objects.filter(attempt=attempt).exists()
    assert "This was over already. This answer was not counted." in shown
    assert "The time was up" not in shown


def test_endless_forms_to_a_closed_attempt_lead_to_its_result(client, student, monkeypatch):
    monkeypatch.setattr(answering, "MAX_REJECTED_EVENTS", 0)
    attempt = close(make_attempt(student=student))

    response = client.post(page(attempt), {**RIGHT, "go": "next"})

    assert response.url == page(attempt, "result/")


@pytest.mark.parametrize("where", ["review/", "result/"])
def test_an_open_practice_has_no_pages_of_a_mock(client, student, where):
    practice = make_attempt("single", mode="practice", student=student)

    response = client.get(page(practice, where), follow=True)

    assert response.redirect_chain[-1][0] == page(practice, "q/1/")


@pytest.mark.parametrize("where", ["q/1/", "review/", "result/", "state/"])
def test_nobody_else_sees_a_sitting(client, student, where):
    attempt = make_attempt("single")

    assert client.get(page(attempt, where)).status_code == 404


def test_a_place_outside_the_paper_is_not_found(client, student):
    attempt = make_attempt("single", student=student)

    assert client.get(page(attempt, "q/2/")).status_code == 404
    assert client.post(page(attempt, "q/2/"), {"go": "next"}).status_code == 404
