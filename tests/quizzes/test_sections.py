"""Sections of a running exam: what is open, what is left for good, and the way on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from certportal.lib.clock import db_now
from quizzes.engine.saving import read_batch
from quizzes.models import Answer, AnswerEvent, Attempt, ItemMark
from quizzes.selectors.open_sittings import open_sittings
from quizzes.services import sections
from quizzes.services.answering import save_entries, save_form
from quizzes.services.closing import submit_attempt
from quizzes.services.errors import NoNextSectionError
from quizzes.services.sections import end_section
from tests.factories.accounts import UserFactory
from tests.factories.attempts import cut_into_sections, make_attempt, shift_clock

pytestmark = pytest.mark.django_db

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def attempt():
    """Questions 1 and 2 in the first section, 3 to 5 in the second, 6 in the third."""
    return cut_into_sections(make_attempt(*["single"] * 6), 2, 3, 1)


@pytest.fixture
def browser(attempt):
    client = Client()
    client.force_login(attempt.student)
    return client


def _end(attempt, section):
    end_section(public_id=attempt.public_id, student=attempt.student, section=section)
    attempt.refresh_from_db()
    return attempt


def _save(attempt, *entries):
    numbered = [{"seq": n, **entry} for n, entry in enumerate(entries, start=1)]
    body = json.dumps({"epoch": attempt.epoch, "entries": numbered}).encode()
    reply = save_entries(
        public_id=attempt.public_id, student=attempt.student, batch=read_batch(body)
    )
    return [entry.outcome for entry in reply.entries]


def _answer(position, choice="b"):
    return {"item": position, "answer": {"choice": choice}}


def _address(attempt, name, *arguments):
    return reverse(f"quizzes:attempt-{name}", args=[attempt.public_id, *arguments])


# ---- Leaving a section -----------------------------------------------------------------------


def test_sections_are_left_one_after_the_other(attempt):
    assert _end(attempt, "s1").section == "s2"
    assert _end(attempt, "s2").section == "s3"

    events = attempt.events.filter(kind="section").order_by("pk")
    assert [event.payload for event in events] == [
        {"left": "s1", "opened": "s2"},
        {"left": "s2", "opened": "s3"},
    ]


@pytest.mark.parametrize("section", ["s1", "s3", "", "no such section", "s" * 4000])
def test_only_the_open_section_can_be_left(attempt, section):
    _end(attempt, "s1")

    assert _end(attempt, section).section == "s2"
    assert attempt.events.filter(kind="section").count() == 1


def test_after_the_last_section_comes_the_end(attempt):
    _end(attempt, "s1")
    _end(attempt, "s2")

    with pytest.raises(NoNextSectionError):
        _end(attempt, "s3")
    assert Attempt.objects.get().section == "s3"


@pytest.mark.parametrize("section", ["", "s1"])
def test_a_paper_of_one_piece_has_no_section_to_leave(section):
    with pytest.raises(NoNextSectionError):
        _end(make_attempt(), section)


def test_nobody_else_leaves_it(attempt):
    with pytest.raises(Attempt.DoesNotExist):
        end_section(public_id=attempt.public_id, student=UserFactory(), section="s1")
    assert Attempt.objects.get().section == "s1"


def test_a_closed_attempt_stays_where_it_was(attempt):
    submit_attempt(public_id=attempt.public_id, student=attempt.student)

    assert _end(attempt, "s1").section == "s1"
    assert not attempt.events.filter(kind="section").exists()


@pytest.mark.parametrize(
    ("after", "section", "status"),
    [(-INSTANT, "s2", "open"), (0 * INSTANT, "s2", "open"), (INSTANT, "s1", "expired")],
)
def test_it_is_left_to_the_last_instant_of_grace(attempt, monkeypatch, after, section, status):
    at = attempt.deadline_at + attempt.grace + after
    shift_clock(attempt, left=attempt.deadline_at - db_now())
    Attempt.objects.filter(pk=attempt.pk).update(deadline_at=at - after - attempt.grace)
    monkeypatch.setattr(sections, "db_now", lambda: at)

    _end(attempt, "s1")

    assert (attempt.section, attempt.status) == (section, status)


# ---- Saving ----------------------------------------------------------------------------------


def test_only_the_open_section_takes_answers_and_marks(attempt):
    flag = {"item": 1, "mark": {"flag": True}}
    before = _save(attempt, _answer(1), _answer(3))
    _end(attempt, "s1")
    attempt.epoch += 1
    Attempt.objects.filter(pk=attempt.pk).update(epoch=attempt.epoch)

    after = _save(attempt, _answer(1, "a"), flag, _answer(3), _answer(6))

    assert before == ["accepted", "closed"]
    assert after == ["closed", "closed", "accepted", "closed"]
    stands = dict(Answer.objects.values_list("item__position", "payload__choice"))
    assert stands == {1: "b", 3: "b"}
    assert not ItemMark.objects.filter(flag=True).exists()
    assert AnswerEvent.objects.filter(outcome="closed").count() == 4


def test_an_answer_that_arrives_again_after_its_section_was_accepted_before(attempt):
    _save(attempt, _answer(1))
    _end(attempt, "s1")

    assert _save(attempt, _answer(1)) == ["accepted"]
    assert AnswerEvent.objects.filter(kind="answer").count() == 1


def test_a_form_of_a_left_section_is_kept_as_evidence_only(attempt):
    _end(attempt, "s1")

    reply = save_form(public_id=attempt.public_id, student=attempt.student, entries=[_answer(2)])

    assert [entry.outcome for entry in reply.entries] == ["closed"]
    assert not Answer.objects.exists()
    assert AnswerEvent.objects.get(kind="answer").outcome == "closed"


def test_saving_takes_no_more_statements_than_without_sections(
    attempt, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        assert _save(attempt, _answer(1)) == ["accepted"]


# ---- Pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [1, 2, 6, 9])
def test_pages_of_other_sections_lead_to_the_open_one(attempt, browser, position):
    _end(attempt, "s1")

    response = browser.get(_address(attempt, "question", position))

    assert response.status_code == 302
    assert response.url == _address(attempt, "question", 3)


def test_a_page_shows_the_places_of_its_section_and_counts_the_whole_paper(attempt, browser):
    _end(attempt, "s1")

    page = browser.get(_address(attempt, "question", 3)).context["page"]

    assert (page.first, page.last, len(page.places)) == (3, 5, 3)
    assert (page.total, page.is_first, page.is_last) == (6, True, False)
    assert browser.get(_address(attempt, "question", 5)).context["page"].is_last


@pytest.mark.parametrize(
    ("position", "go", "target"), [(3, "previous", 3), (5, "next", 5), (3, "6", 5), (4, "1", 3)]
)
def test_buttons_stay_in_the_section(attempt, browser, position, go, target):
    _end(attempt, "s1")

    response = browser.post(_address(attempt, "question", position), {"choice": "a", "go": go})

    assert response.url == _address(attempt, "question", target)


def test_a_form_of_a_left_section_is_told_that_it_does_not_count(attempt, browser):
    _end(attempt, "s1")

    address = _address(attempt, "question", 1)
    response = browser.post(address, {"choice": "a", "go": "next"}, follow=True)

    assert "The answer does not count" in response.content.decode()
    assert response.redirect_chain[-1][0] == _address(attempt, "question", 3)


def test_the_review_of_a_section_counts_it_alone_and_leads_on(attempt, browser):
    _save(attempt, _answer(1))

    text = browser.get(_address(attempt, "review"), {"end": "1"}).content.decode()

    assert "You cannot come back" in text
    assert "Section 1 of 3: 1 of 2 complete, 0 incomplete, 1 unseen." in text
    assert "End section 1 and go on" in text
    assert _address(attempt, "submit") not in text
    response = browser.post(_address(attempt, "next-section"), {"section": "s1"})
    assert response.url == _address(attempt, "question", 3)


def test_the_review_of_the_last_section_ends_the_exam(attempt, browser):
    _end(attempt, "s1")
    _end(attempt, "s2")

    text = browser.get(_address(attempt, "review"), {"end": "1"}).content.decode()

    assert _address(attempt, "submit") in text
    assert _address(attempt, "next-section") not in text
    response = browser.post(_address(attempt, "next-section"), {"section": "s3"})
    assert response.url == _address(attempt, "review")


def test_a_second_press_leads_to_the_same_place(attempt, browser):
    for _press in range(2):
        response = browser.post(_address(attempt, "next-section"), {"section": "s1"})
        assert response.url == _address(attempt, "question", 3)
    assert Attempt.objects.get().section == "s2"


def test_a_script_is_told_the_open_section(attempt, browser):
    asks_json = {"Accept": "application/json"}
    data = browser.post(
        _address(attempt, "next-section"), {"section": "s1"}, headers=asks_json
    ).json()

    section = {
        "key": "s2", "title": "Part 2", "number": 2, "of": 3, "first": 3, "last": 5, "total": 6,
    }  # fmt: skip
    assert data == {"status": "open", "section": section, "next": _address(attempt, "question", 3)}
    assert browser.get(_address(attempt, "state")).json()["section"] == section


def test_the_state_of_a_paper_of_one_piece_names_no_section(client):
    attempt = make_attempt()
    client.force_login(attempt.student)

    assert client.get(_address(attempt, "state")).json()["section"] is None


def test_going_on_later_begins_in_the_open_section(attempt):
    _end(attempt, "s1")
    _save(attempt, _answer(3))

    (sitting,) = open_sittings(attempt.student)

    assert (sitting.next_position, sitting.done, sitting.total) == (4, 1, 6)


def test_after_the_end_the_way_on_is_the_result(attempt, browser):
    submit_attempt(public_id=attempt.public_id, student=attempt.student)

    response = browser.post(_address(attempt, "next-section"), {"section": "s1"})

    assert response.url == _address(attempt, "result")
