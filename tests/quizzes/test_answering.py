"""Saving an answer: every outcome, in the order in which they are checked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from quizzes.engine.saving import MAX_ENTRIES, MalformedBodyError, read_batch
from quizzes.models import Answer, AnswerEvent, Attempt, ItemMark
from quizzes.services import answering
from quizzes.services.answering import save_entries, save_form, take_over
from quizzes.services.closing import submit_attempt
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt, shift_clock

pytestmark = pytest.mark.django_db


def batch(*entries, epoch=1):
    return read_batch(json.dumps({"epoch": epoch, "entries": entries}).encode())


def answer(seq, choice, item=1, **more):
    return {"seq": seq, "item": item, "answer": choice and {"choice": choice}, **more}


def save(attempt, *entries, epoch=1):
    return save_entries(
        public_id=attempt.public_id, student=attempt.student, batch=batch(*entries, epoch=epoch)
    )


def outcomes(reply):
    return [(entry.seq, str(entry.outcome), entry.duplicate) for entry in reply.entries]


def stored(attempt):
    return {a.item.position: a.payload for a in attempt.answers.select_related("item")}


def test_the_latest_answer_of_each_question_stands():
    attempt = make_attempt("single", "multiple")

    reply = save(
        attempt,
        answer(1, "a"),
        {"seq": 2, "item": 2, "answer": {"choices": ["c", "a"]}},
        answer(3, "b"),
    )

    assert outcomes(reply) == [(n, "accepted", False) for n in (1, 2, 3)]
    assert stored(attempt) == {1: {"choice": "b"}, 2: {"choices": ["a", "c"]}}
    assert (reply.acknowledged, reply.epoch, reply.status) == (3, 1, "open")
    assert all(entry.saved_at is not None for entry in reply.entries)


def test_null_clears_an_answer_and_keeps_the_history():
    attempt = make_attempt()

    save(attempt, answer(1, "a"))
    save(attempt, answer(2, None))

    assert stored(attempt) == {1: None}
    assert attempt.events.count() == 2


def test_a_repeated_entry_repeats_its_first_outcome_and_writes_nothing():
    attempt = make_attempt()
    first = save(attempt, answer(1, "a"))
    save(attempt, answer(2, "b"))

    again = save(attempt, answer(1, "a"))

    assert outcomes(again) == [(1, "accepted", True)]
    assert again.entries[0].saved_at == first.entries[0].saved_at
    assert again.acknowledged == 2
    assert (stored(attempt), attempt.events.count()) == ({1: {"choice": "b"}}, 2)


def test_the_same_entry_twice_in_one_batch_is_one_event():
    attempt = make_attempt()

    reply = save(attempt, answer(1, "a"), answer(1, "a"), answer(1, "b"))

    assert outcomes(reply) == [
        (1, "accepted", False),
        (1, "accepted", True),
        (1, "conflict", False),
    ]
    assert (stored(attempt), attempt.events.count()) == ({1: {"choice": "a"}}, 1)


def test_an_older_key_never_overwrites_a_newer_answer():
    attempt = make_attempt()
    save(attempt, answer(5, "b"))

    reply = save(attempt, answer(4, "a"))

    assert outcomes(reply) == [(4, "stale", False)]
    assert reply.acknowledged == 5
    assert stored(attempt) == {1: {"choice": "b"}}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (2, 1, 3)])
def test_any_order_of_delivery_ends_in_the_same_answers_and_marks(order):
    attempt = make_attempt()
    messages = {
        1: {"seq": 1, "item": 1, "mark": {"flag": True, "struck": ["a"]}},
        2: {"seq": 2, "item": 1, "mark": {"struck": ["b"]}},
        3: answer(3, "c"),
    }

    for seq in order:
        save(attempt, messages[seq])
        save(attempt, messages[seq])

    mark = ItemMark.objects.get(item__attempt=attempt, item__position=1)
    assert (mark.flag, mark.struck, stored(attempt)) == (True, ["b"], {1: {"choice": "c"}})
    assert attempt.events.count() == 3


REFUSED = [
    pytest.param("a string", None, id="no object"),
    pytest.param({"item": 1, "answer": {"choice": "a"}}, None, id="no seq"),
    pytest.param(answer(0, "a"), 0, id="seq 0"),
    pytest.param(answer(-1, "a"), -1, id="negative seq"),
    pytest.param(answer(2**31, "a"), 2**31, id="seq too large"),
    pytest.param(answer("7", "a"), None, id="seq is a string"),
    pytest.param(answer(True, "a"), None, id="seq is a boolean"),
    pytest.param(answer(1.5, "a"), 1.5, id="seq is a fraction"),
    pytest.param(answer(9, "a", item=0), 9, id="item 0"),
    pytest.param(answer(9, "a", item=4), 9, id="item beyond the paper"),
    pytest.param(answer(9, "a", item="1"), 9, id="item is a string"),
    pytest.param(answer(9, "z"), 9, id="unknown option"),
    pytest.param(
        {"seq": 9, "item": 1, "answer": {"choices": ["a"]}}, 9, id="shape of another kind"
    ),
    pytest.param({"seq": 9, "item": 1, "answer": [1]}, 9, id="answer is a list"),
    pytest.param({"seq": 9, "item": 1}, 9, id="neither answer nor mark"),
    pytest.param(answer(9, "a", mark={"flag": True}), 9, id="answer and mark"),
    pytest.param({"seq": 9, "item": 1, "mark": {"flag": 1}}, 9, id="flag is a number"),
    pytest.param({"seq": 9, "item": 1, "mark": {"struck": ["z"]}}, 9, id="struck unknown option"),
    pytest.param({"seq": 9, "item": 1, "mark": {"seen": False}}, 9, id="unseen"),
    pytest.param({"seq": 9, "item": 1, "mark": {}}, 9, id="empty mark"),
    pytest.param(answer(9, "a", final=True), 9, id="final in an exam"),
    pytest.param(answer(9, "a", note="\u0000"), 9, id="NUL"),
    pytest.param(answer(9, "a", note="\ud800"), 9, id="half a surrogate pair"),
]


@pytest.mark.parametrize(("bad", "echo"), REFUSED)
def test_one_refused_entry_never_fails_the_others(bad, echo):
    attempt = make_attempt()

    reply = save(attempt, answer(1, "a"), bad, answer(2, "b", item=2))

    assert [str(e.outcome) for e in reply.entries] == ["accepted", "refused", "accepted"]
    assert reply.entries[1].seq == echo
    assert stored(attempt) == {1: {"choice": "a"}, 2: {"choice": "b"}}
    assert set(attempt.events.values_list("seq", flat=True)) == {1, 2}


def test_an_entry_is_refused_alike_after_the_end():
    attempt = make_attempt()
    submit_attempt(public_id=attempt.public_id, student=attempt.student)

    assert outcomes(save(attempt, answer(1, "z"), answer(2, "a"))) == [
        (1, "refused", False),
        (2, "closed", False),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"epoch": 1}',
        b'{"epoch": 1, "entries": {}}',
        b'{"epoch": "1", "entries": []}',
        b'{"epoch": 0, "entries": []}',
        b'{"epoch": true, "entries": []}',
        b'{"epoch": 1, "entries": [NaN]}',
        b'{"epoch": 1, "entries": ' + b"[" * 100_000,
        json.dumps({"epoch": 1, "entries": [{}] * (MAX_ENTRIES + 1)}).encode(),
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_no_batch_is_refused_whole(body):
    with pytest.raises(MalformedBodyError):
        read_batch(body)


@pytest.mark.parametrize(
    ("left", "outcome"),
    [
        pytest.param(timedelta(minutes=1), "accepted", id="in time"),
        pytest.param(timedelta(seconds=-20), "accepted", id="within grace"),
        pytest.param(timedelta(seconds=-31), "late", id="after grace"),
    ],
)
def test_answers_count_until_deadline_and_grace(left, outcome):
    attempt = make_attempt()
    shift_clock(attempt, left=left)

    reply = save(attempt, answer(1, "a"))

    assert outcomes(reply) == [(1, outcome, False)]
    assert stored(attempt) == ({1: {"choice": "a"}} if outcome == "accepted" else {})
    assert AnswerEvent.objects.get(kind="answer").payload == {"item": 1, "answer": {"choice": "a"}}


@pytest.mark.parametrize(
    ("microseconds", "outcome"), [(-1, "accepted"), (0, "accepted"), (1, "late")]
)
def test_the_last_instant_of_grace_counts(monkeypatch, microseconds, outcome):
    attempt = make_attempt()
    last = attempt.deadline_at + attempt.grace
    monkeypatch.setattr(answering, "db_now", lambda: last + timedelta(microseconds=microseconds))

    assert outcomes(save(attempt, answer(1, "a"))) == [(1, outcome, False)]


def test_a_late_entry_closes_the_attempt_and_says_so():
    attempt = make_attempt()
    save(attempt, answer(1, "b"))
    shift_clock(attempt, left=timedelta(minutes=-5))

    reply = save(attempt, answer(2, "a"))

    attempt.refresh_from_db()
    assert (reply.status, reply.remaining_ms, attempt.status) == ("expired", 0, "expired")
    assert attempt.ended_at == attempt.deadline_at
    assert attempt.scores.get().points == 1


def test_take_over_makes_the_old_page_read_only():
    attempt = make_attempt()
    save(attempt, answer(1, "a"))

    epoch = take_over(public_id=attempt.public_id, student=attempt.student)
    old = save(attempt, answer(2, "b"))
    new = save(attempt, answer(1, "c"), epoch=epoch)

    assert epoch == 2
    assert outcomes(old) == [(2, "superseded", False)]
    assert (old.epoch, old.acknowledged) == (2, 0)
    assert outcomes(new) == [(1, "accepted", False)]
    assert stored(attempt) == {1: {"choice": "c"}}


def test_an_epoch_that_nobody_opened_is_superseded():
    attempt = make_attempt()

    assert outcomes(save(attempt, answer(1, "a"), epoch=7)) == [(1, "superseded", False)]


def form(attempt, *entries):
    return save_form(public_id=attempt.public_id, student=attempt.student, entries=entries)


def test_forms_open_one_epoch_and_number_themselves():
    attempt = make_attempt()
    save(attempt, answer(1, "a"))

    first = form(attempt, {"item": 1, "answer": {"choice": "b"}})
    second = form(attempt, {"item": 2, "answer": {"choice": "c"}})

    attempt.refresh_from_db()
    assert (attempt.epoch, attempt.epoch_opened_by) == (2, "form")
    assert (outcomes(first), outcomes(second)) == (
        [(1, "accepted", False)],
        [(2, "accepted", False)],
    )
    assert stored(attempt) == {1: {"choice": "b"}, 2: {"choice": "c"}}


def test_a_script_cannot_write_into_an_epoch_of_forms():
    attempt = make_attempt()
    form(attempt, {"item": 1, "answer": {"choice": "b"}})

    reply = save(attempt, answer(9, "a"), epoch=2)

    assert outcomes(reply) == [(9, "superseded", False)]
    assert stored(attempt) == {1: {"choice": "b"}}


def test_entries_after_the_end_are_kept_as_evidence_and_change_nothing():
    attempt = make_attempt()
    save(attempt, answer(1, "b"))
    submit_attempt(public_id=attempt.public_id, student=attempt.student)

    assert outcomes(save(attempt, answer(2, "a"))) == [(2, "closed", False)]
    assert stored(attempt) == {1: {"choice": "b"}}
    assert attempt.scores.count() == 1


def test_somebody_elses_attempt_does_not_exist():
    attempt = make_attempt()

    with pytest.raises(Attempt.DoesNotExist):
        save_entries(
            public_id=attempt.public_id, student=UserFactory(), batch=batch(answer(1, "a"))
        )
    assert attempt.events.count() == 0


def test_wrong_measurements_are_dropped_and_never_cost_the_answer():
    attempt = make_attempt()

    reply = save(
        attempt,
        answer(1, "a", meta={"visible_ms": 41200, "changes": -1, "certainty": "3", "score": 1}),
        answer(2, "b", item=2, meta="none"),
        answer(3, "a", meta={"certainty": 3, "changes": 2, "visible_ms": 1.5}),
    )

    assert [str(e.outcome) for e in reply.entries] == ["accepted"] * 3
    rows = attempt.events.order_by("seq").values_list("visible_ms", "changes", "certainty")
    assert list(rows) == [(41200, None, None), (None, None, None), (None, 2, 3)]


def test_no_field_of_the_caller_but_the_answer_matters():
    attempt = make_attempt()

    save(attempt, answer(1, "a", score=99, user=1, status="submitted", saved_at="1999-01-01"))

    attempt.refresh_from_db()
    assert (attempt.status, attempt.scores.count()) == ("open", 0)
    assert stored(attempt) == {1: {"choice": "a"}}


def test_final_ends_a_practice_question_once():
    attempt = make_attempt("single", "single", mode="practice")

    first = save(attempt, answer(1, "a", final=True))
    later = save(attempt, answer(2, "b"), answer(3, "b", item=2))

    assert outcomes(first) == [(1, "accepted", False)]
    assert outcomes(later) == [(2, "closed", False), (3, "accepted", False)]
    row = Answer.objects.get(item__position=1)
    assert (row.payload, row.final_at is not None) == ({"choice": "a"}, True)
    assert first.remaining_ms is None


def test_marks_go_on_after_a_final_answer():
    attempt = make_attempt("single", mode="practice")
    save(attempt, answer(1, "a", final=True))

    reply = save(attempt, {"seq": 2, "item": 1, "mark": {"flag": True}})

    assert outcomes(reply) == [(2, "accepted", False)]


def test_an_empty_batch_asks_for_the_time():
    attempt = make_attempt()
    save(attempt, answer(4, "a"))

    reply = save(attempt)

    assert reply.entries == ()
    assert reply.acknowledged == 4
    assert 0 < reply.remaining_ms <= 60 * 60 * 1000


def test_evidence_has_an_end(monkeypatch):
    monkeypatch.setattr(answering, "MAX_REJECTED_EVENTS", 2)
    attempt = make_attempt()
    submit_attempt(public_id=attempt.public_id, student=attempt.student)
    save(attempt, answer(1, "a"), answer(2, "a"))

    with pytest.raises(answering.TooMuchEvidenceError):
        save(attempt, answer(3, "a"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE quizzes_answerevent SET outcome = 'accepted'",
        "DELETE FROM quizzes_answerevent",
        "UPDATE quizzes_answer SET payload = '{}'",
        "DELETE FROM quizzes_answer",
        "UPDATE quizzes_questionrevision SET key = '{}'",
        "DELETE FROM quizzes_questionrevision",
        "UPDATE quizzes_score SET points = 0",
    ],
)
def test_the_database_keeps_evidence_as_it_was_written(statement):
    attempt = make_attempt()
    save(attempt, answer(1, "b"))
    submit_attempt(public_id=attempt.public_id, student=attempt.student)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_saving_takes_four_statements_beside_session_and_user(django_assert_num_queries):
    attempt = make_attempt()
    save(attempt, answer(1, "a"))
    public_id, student, body = attempt.public_id, attempt.student, batch(answer(2, "b"))

    # Inside the test's own transaction, atomic() adds a savepoint and its release.
    with django_assert_num_queries(4 + 2):
        save_entries(public_id=public_id, student=student, batch=body)
