"""Staff decide about answers that came too late; the newest score counts."""

from __future__ import annotations

import pytest

from certportal.accounts.models import AuditEvent, Notice
from quizzes.engine.saving import Batch
from quizzes.models import Answer, AnswerEvent, Score
from quizzes.selectors.late_answers import late_answers
from quizzes.services.answering import save_entries
from quizzes.services.deciding import CannotDecideError, decide_late
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt
from tests.factories.sittings import RIGHT, WRONG, close

pytestmark = pytest.mark.django_db


def send(attempt, *entries, epoch=1):
    batch = Batch(epoch, tuple({"seq": s, "item": i, "answer": a} for s, i, a in entries))
    reply = save_entries(public_id=attempt.public_id, student=attempt.student, batch=batch)
    return [entry.outcome for entry in reply.entries]


def decide(attempt, *, accept=True, events=None, reason="The network was down"):
    ids = [row.event_id for row in late_answers(attempt)] if events is None else events
    return decide_late(attempt, by=UserFactory(), event_ids=ids, accept=accept, reason=reason)


@pytest.fixture
def sat():
    """One wrong answer in time, then a right one and one to another question too late."""
    attempt = make_attempt("single", "single")
    assert send(attempt, (1, 1, WRONG)) == ["accepted"]
    close(attempt)
    assert send(attempt, (2, 1, RIGHT), (3, 2, RIGHT)) == ["closed", "closed"]
    attempt.refresh_from_db()
    return attempt


def points(attempt):
    return [int(score.points) for score in attempt.scores.order_by("number")]


def test_accepted_answers_are_graded_over_those_that_stand(sat):
    before = list(Answer.objects.values())

    score = decide(sat)

    assert (score.number, score.reason, points(sat)) == (2, "late", [0, 2])
    assert list(Answer.objects.values()) == before
    assert score.answers_hash != sat.scores.get(number=1).answers_hash
    assert {row.decision for row in late_answers(sat)} == {"accepted_late"}


def test_one_of_several_can_be_accepted(sat):
    second = next(row for row in late_answers(sat) if row.position == 2)

    decide(sat, events=[second.event_id])

    assert points(sat) == [0, 1]


def test_undoing_is_another_decision_and_another_score(sat):
    decide(sat)
    decide(sat, accept=False)
    decide(sat)

    assert points(sat) == [0, 2, 0, 2]
    assert sat.events.filter(kind="decision").count() == 6
    first, third = sat.scores.get(number=1), sat.scores.get(number=3)
    assert first.answers_hash == third.answers_hash


def test_declining_what_never_counted_adds_no_score(sat):
    assert decide(sat, accept=False) is None

    assert points(sat) == [0]
    assert {row.decision for row in late_answers(sat)} == {"declined_late"}


def test_of_one_question_the_newest_key_counts():
    attempt = close(make_attempt("single"))
    send(attempt, (5, 1, WRONG))
    send(attempt, (4, 1, RIGHT))

    decide(attempt)

    assert points(attempt) == [0, 0]


def test_an_older_late_answer_does_not_beat_the_one_that_stands():
    attempt = make_attempt("single")
    send(attempt, (2, 1, RIGHT))
    close(attempt)
    send(attempt, (1, 1, WRONG))

    decide(attempt)

    assert points(attempt) == [1, 1]


def test_a_late_answer_can_take_an_answer_back():
    attempt = make_attempt("single")
    send(attempt, (1, 1, RIGHT))
    close(attempt)
    send(attempt, (2, 1, None))

    decide(attempt)

    assert points(attempt) == [1, 0]


@pytest.mark.parametrize("accept", [True, False])
def test_deciding_the_same_twice_does_nothing(sat, accept):
    decide(sat, accept=accept)
    rows = Score.objects.count(), AnswerEvent.objects.count()

    with pytest.raises(CannotDecideError, match="nothing"):
        decide(sat, accept=accept)

    assert (Score.objects.count(), AnswerEvent.objects.count()) == rows


def test_nothing_is_decided_while_the_sitting_runs():
    attempt = make_attempt("single")

    with pytest.raises(CannotDecideError, match="running"):
        decide(attempt, events=[1])


def test_answers_of_another_sitting_are_not_touched(sat):
    other = close(make_attempt("single"))

    with pytest.raises(CannotDecideError, match="nothing"):
        decide(other, events=[row.event_id for row in late_answers(sat)])


def test_what_was_saved_in_time_is_not_up_for_decision(sat):
    in_time = sat.events.get(outcome="accepted", kind="answer")

    with pytest.raises(CannotDecideError, match="nothing"):
        decide(sat, events=[in_time.pk])


def test_a_decision_needs_a_reason(sat):
    with pytest.raises(CannotDecideError, match="no_reason"):
        decide(sat, reason=" ")


def test_it_is_written_down_and_the_student_is_told(sat):
    decide(sat)
    decide(sat, accept=False)

    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "late-answers-accepted",
        "late-answers-declined",
    ]
    kinds = Notice.objects.filter(person=sat.student).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["late-accepted", "late-declined"]
