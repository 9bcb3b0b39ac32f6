"""The JSON endpoints of an attempt, as outside scripts rely on them."""

from __future__ import annotations

import json
from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client

from quizzes.models import Attempt
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt, shift_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt():
    return make_attempt("single", "multiple")


@pytest.fixture
def browser(client, attempt):
    client.force_login(attempt.student)
    return client


def url(attempt, name):
    return f"/attempts/{attempt.public_id}/{name}/"


def post(browser, attempt, body, **extra):
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return browser.post(url(attempt, "answers"), data, content_type="application/json", **extra)


ENTRY = {"seq": 1, "item": 1, "answer": {"choice": "a"}}


def test_a_save_replies_with_exactly_these_fields(browser, attempt):
    response = post(browser, attempt, {"epoch": 1, "entries": [ENTRY]})

    reply = response.json()
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert set(reply) == {"entries", "acknowledged", "remaining_ms", "epoch", "status"}
    assert set(reply["entries"][0]) == {"seq", "outcome", "duplicate", "saved_at"}
    assert (reply["acknowledged"], reply["epoch"], reply["status"]) == (1, 1, "open")
    assert reply["entries"][0]["saved_at"].endswith("Z")


def test_state_tells_what_the_server_holds(browser, attempt):
    mark = {"seq": 2, "item": 2, "mark": {"flag": True, "struck": ["c"], "seen": True}}
    post(browser, attempt, {"epoch": 1, "entries": [ENTRY, mark]})

    state = browser.get(url(attempt, "state")).json()

    assert 0 < state.pop("remaining_ms") <= 3_600_000
    assert state == {
        "user": str(attempt.student.public_id),
        "epoch": 1,
        "opened_by": "start",
        "acknowledged": 2,
        "status": "open",
        "section": None,
        "answers": {"1": {"choice": "a"}},
        "marks": {"2": {"flag": True, "struck": ["c"], "seen": True}},
    }


def test_take_over_opens_the_next_epoch(browser, attempt):
    assert browser.post(url(attempt, "take-over")).json() == {"epoch": 2}
    state = browser.get(url(attempt, "state")).json()
    assert (state["epoch"], state["opened_by"], state["acknowledged"]) == (2, "take-over", 0)


@pytest.mark.parametrize("body", ["", "[]", '{"epoch": 1}', '{"epoch": 1, "entries": 3}', "\x00"])
def test_a_body_that_is_no_batch_is_400_and_changes_nothing(browser, attempt, body):
    response = post(browser, attempt, body)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert attempt.events.count() == 0


def test_a_body_over_64_kib_is_413(browser, attempt):
    response = post(browser, attempt, {"epoch": 1, "entries": [], "pad": "x" * 65536})

    assert response.status_code == 413


def test_signed_out_is_401_and_a_stranger_gets_404(client, attempt):
    body = {"epoch": 1, "entries": [ENTRY]}
    assert post(client, attempt, body).status_code == 401
    assert post(client, attempt, body).json() == {"code": "signed-out"}

    client.force_login(UserFactory())
    assert post(client, attempt, body).status_code == 404
    assert attempt.events.count() == 0


def test_without_a_token_it_is_403_in_json(attempt):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(attempt.student)

    response = post(browser, attempt, {"epoch": 1, "entries": [ENTRY]})

    assert (response.status_code, response.json()) == (403, {"code": "csrf"})


def test_a_database_that_cannot_answer_is_503_with_a_time_to_try_again(browser, attempt):
    browser.raise_request_exception = False
    gone = OperationalError("gone")
    with mock.patch("quizzes.views.attempt_scripts.save_entries", side_effect=gone):
        response = post(browser, attempt, {"epoch": 1, "entries": [ENTRY]})

    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert response.json() == {"code": "unavailable"}


def test_after_the_time_the_reply_says_expired(browser, attempt):
    shift_clock(attempt, left=timedelta(minutes=-5))

    reply = post(browser, attempt, {"epoch": 1, "entries": [ENTRY]}).json()

    assert reply["entries"][0]["outcome"] == "late"
    assert (reply["status"], reply["remaining_ms"]) == ("expired", 0)


def test_submit_answers_in_json_when_asked_and_is_idempotent(browser, attempt):
    result = f"/attempts/{attempt.public_id}/result/"

    for _ in range(2):
        response = browser.post(url(attempt, "submit"), headers={"accept": "application/json"})
        assert response.json() == {"status": "submitted", "result": result}
    assert browser.post(url(attempt, "submit")).url == result
    attempt.refresh_from_db()
    assert attempt.scores.count() == 1


@pytest.mark.parametrize("name", ["answers", "state", "take-over", "submit"])
def test_unknown_attempts_are_404(browser, name):
    path = f"/attempts/11111111-1111-4111-8111-111111111111/{name}/"
    call = browser.get if name == "state" else browser.post
    kwargs = (
        {}
        if name == "state"
        else {"data": '{"epoch": 1, "entries": []}', "content_type": "application/json"}
    )

    assert call(path, **kwargs).status_code == 404


def test_reading_the_state_of_an_overdue_attempt_closes_it(browser, attempt):
    shift_clock(attempt, left=timedelta(minutes=-5))

    state = browser.get(url(attempt, "state")).json()

    assert (state["status"], state["remaining_ms"]) == ("expired", 0)
    assert Attempt.objects.get(pk=attempt.pk).scores.count() == 1


@pytest.mark.parametrize("name", ["answers", "state", "take-over"])
def test_scripts_get_json_whatever_they_say_they_accept(attempt, name):
    browser = Client(enforce_csrf_checks=True)
    call = browser.get if name == "state" else browser.post

    signed_out = call(url(attempt, name))
    browser.force_login(attempt.student)
    without_token = call(url(attempt, name))

    if name == "state":
        assert (signed_out.status_code, without_token.status_code) == (401, 200)
    else:
        # The token is asked for first.
        assert (signed_out.status_code, without_token.status_code) == (403, 403)
        assert without_token.json() == {"code": "csrf"}
    assert signed_out["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", ["answers", "take-over"])
def test_signed_out_with_a_token_is_401_in_json(client, attempt, name):
    response = client.post(url(attempt, name))

    assert (response.status_code, response.json()) == (401, {"code": "signed-out"})
