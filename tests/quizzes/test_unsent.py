"""A file of unsent answers is taken in by the rules of every other answer, or refused whole."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from quizzes.engine.saving import Batch
from quizzes.formats.unsent_file import MOST_BYTES, MOST_ENTRIES, UnsentFileError, read_unsent
from quizzes.models import Answer, AnswerEvent
from quizzes.services import answering
from quizzes.services.answering import save_entries
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt
from tests.factories.sittings import RIGHT, WRONG, close

ME = "6b7c1c1e-6b32-4a3e-9d43-000000000001"


def file_of(attempt, *entries, epoch=1):
    told = [{"epoch": epoch, "device_time": "2026-11-18T12:00:00Z", **it} for it in entries]
    return json.dumps({"attempt": str(attempt), "epoch": epoch, "entries": told}).encode()


def entry(seq, *, item=1, answer=RIGHT, **more):
    return {"seq": seq, "item": item, "answer": answer, **more}


def code_of(data):
    with pytest.raises(UnsentFileError) as refused:
        read_unsent(data, attempt=ME)
    return refused.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"entries": [NaN]}', "not_json"),
        (b"[]", "not_answers"),
        (b'{"entries": {}}', "not_answers"),
        (json.dumps({"attempt": ME, "entries": []}).encode(), "empty"),
        (json.dumps({"attempt": "x", "entries": [1]}).encode(), "other_sitting"),
        (json.dumps({"entries": [1]}).encode(), "other_sitting"),
        (file_of(ME, {"seq": 0}), "not_answers"),
        (file_of(ME, {"seq": True}), "not_answers"),
        (file_of(ME, entry(1), epoch=0), "not_answers"),
        (file_of(ME, entry(1), epoch=2**31), "not_answers"),
        (file_of(ME, entry(1, more="x" * 70_000)), "not_answers"),
        (json.dumps({"attempt": ME, "entries": [entry(1)]}).encode(), "not_answers"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(data, code):
    assert code_of(data) == code


def test_a_file_has_its_bounds():
    fits = file_of(ME, entry(1))
    assert read_unsent(fits.ljust(MOST_BYTES), attempt=ME)
    assert code_of(fits.ljust(MOST_BYTES + 1)) == "too_big"
    many = [{"seq": n} for n in range(1, MOST_ENTRIES + 2)]
    assert len(read_unsent(file_of(ME, *many[:-1]), attempt=ME)) == MOST_ENTRIES
    assert code_of(file_of(ME, *many)) == "too_many"


def test_entries_come_in_their_own_order():
    found = read_unsent(
        file_of(ME, {"seq": 2}, {"seq": 1}, {"seq": 5, "epoch": 1}, epoch=2), attempt=ME
    )

    assert [(it.epoch, it.raw["seq"]) for it in found] == [(1, 5), (2, 1), (2, 2)]


@pytest.fixture
def student(db):
    return UserFactory()


def send(client, attempt, data):
    client.force_login(attempt.student)
    file = SimpleUploadedFile("answers.json", data, content_type="application/json")
    return client.post(reverse("quizzes:attempt-unsent", args=[attempt.public_id]), {"file": file})


def outcomes(response):
    return [(it.position, str(it.outcome), it.is_repeated) for it in response.context["replies"]]


def test_what_a_running_sitting_missed_counts(client, student):
    attempt = make_attempt("single", "single", student=student)

    shown = send(client, attempt, file_of(attempt.public_id, entry(1), entry(2, item=2)))

    assert outcomes(shown) == [(1, "accepted", False), (2, "accepted", False)]
    assert Answer.objects.filter(attempt=attempt, payload=RIGHT).count() == 2


def test_after_the_end_it_is_kept_and_counts_nothing(client, student):
    attempt = close(make_attempt("single", student=student))

    shown = send(client, attempt, file_of(attempt.public_id, entry(1)))

    assert outcomes(shown) == [(1, "closed", False)]
    event = attempt.events.get(kind="answer")
    assert event.payload == {
        "item": 1,
        "answer": RIGHT,
        "device_time": "2026-11-18T12:00:00Z",
    }
    assert not Answer.objects.filter(attempt=attempt).exists()


def test_a_forged_time_of_the_device_brings_nothing(client, student):
    attempt = make_attempt("single", student=student, left=timedelta(minutes=-5))

    forged = entry(1, device_time="2020-01-01T00:00:00Z")
    shown = send(client, attempt, file_of(attempt.public_id, forged))

    assert outcomes(shown) == [(1, "late", False)]


def test_what_had_arrived_is_recognised_and_written_once(client, student):
    attempt = make_attempt("single", student=student)
    sent = {**entry(1), "device_time": "2026-11-18T12:00:00Z"}
    save_entries(public_id=attempt.public_id, student=student, batch=Batch(1, (sent,)))
    data = file_of(attempt.public_id, entry(1), entry(2, answer=WRONG), entry(3, item=9))

    first = send(client, attempt, data)
    again = send(client, attempt, data)

    assert outcomes(first) == [(1, "accepted", True), (1, "accepted", False), (9, "refused", False)]
    assert outcomes(again) == [(1, "accepted", True), (1, "accepted", True), (9, "refused", False)]
    assert AnswerEvent.objects.count() == 2


def test_another_answer_under_the_same_number_is_a_conflict(client, student):
    attempt = make_attempt("single", student=student)
    save_entries(public_id=attempt.public_id, student=student, batch=Batch(1, (entry(1),)))

    shown = send(client, attempt, file_of(attempt.public_id, entry(1, answer=WRONG)))

    assert outcomes(shown) == [(1, "conflict", False)]
    assert Answer.objects.get(attempt=attempt).payload == RIGHT


def test_too_much_is_refused_whole(client, student, monkeypatch):
    monkeypatch.setattr(answering, "MAX_REJECTED_EVENTS", 1)
    attempt = close(make_attempt("single", student=student))
    data = file_of(attempt.public_id, entry(1, epoch=1), entry(1, epoch=2))

    shown = send(client, attempt, data)

    assert shown.status_code == 422
    assert not attempt.events.filter(kind="answer").exists()


@pytest.mark.parametrize("data", [b"no answers", b"{}"])
def test_an_unusable_file_says_what_to_do_and_writes_nothing(client, student, data):
    attempt = make_attempt("single", student=student)

    shown = send(client, attempt, data)

    assert shown.status_code == 422
    assert "Choose the file that the exam saved" in shown.content.decode()
    assert not AnswerEvent.objects.exists()


def test_nobody_sends_answers_of_somebody_else(client, student):
    attempt = make_attempt("single")
    client.force_login(student)
    file = SimpleUploadedFile("answers.json", file_of(attempt.public_id, entry(1)))

    address = reverse("quizzes:attempt-unsent", args=[attempt.public_id])
    assert client.post(address, {"file": file}).status_code == 404
    assert client.get(address).status_code == 404
