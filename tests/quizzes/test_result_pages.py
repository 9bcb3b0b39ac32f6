"""The result of a sitting: what it says, what it keeps to itself, and what it costs."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from html import unescape

import pytest
from django.utils import timezone

from quizzes.engine.scoring import wilson
from quizzes.models import (
    AnswerEvent,
    Attempt,
    AttemptItem,
    ItemMark,
    Placement,
    QuestionSet,
    Score,
)
from quizzes.selectors.domain_results import DomainResult, told_domains
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt, shift_clock
from tests.factories.catalog import ExamDomainFactory, make_guide
from tests.factories.documents import KINDS
from tests.factories.quizzes import ExamFactory
from tests.factories.sittings import RIGHT, WRONG, answer, close

pytestmark = pytest.mark.django_db


@pytest.fixture
def student(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def exam():
    return ExamFactory(guide=make_guide(100))


def page(attempt, where="result/"):
    return f"/attempts/{attempt.public_id}/{where}"


def text_of(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return unescape(re.sub(r"\s+", " ", words))


def finished(student, right, n, kind="single", **fields):
    attempt = make_attempt(*[kind] * n, student=student, **fields)
    answer(attempt, [RIGHT] * right + [WRONG] * (n - right))
    return close(attempt)


def rows_of(response):
    return [int(n) for n in re.findall(r'class="qrow" id="q(\d+)"', response.content.decode())]


# --- The whole ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "words"),
    [
        (20, "Mock exam: passed With"),
        (15, "Mock exam: passed, with little to spare"),
        (14, "Mock exam: not passed, but not by much"),
        (2, "Mock exam: not passed"),
    ],
)
def test_the_heading_says_how_it_went(client, student, right, words):
    html = client.get(page(finished(student, right, 20))).content.decode()

    heading = re.search(r"<h1>(.*?)</h1>", html)[1]
    assert heading == words.removesuffix(" With")


def test_a_result_never_hides_how_little_one_mock_says(client, student):
    shown = text_of(client.get(page(finished(student, 15, 20))))

    assert "15 of 20 right, 75%" in shown
    assert "Pass line, an estimate 15 of 20" in shown
    assert re.search(r"Portal score, an estimate 7\d\d, between \d+ and \d+", shown)
    assert re.search(r"20 questions measure to about ± \d+ percentage points", shown)
    assert re.search(r"it would be a pass about \d times in 10", shown)
    assert re.search(r"7\d\d could as well have been \d+ or \d+", shown)
    assert "never the vendor's own figure" in shown


def test_each_domain_leads_to_its_practice(client, student):
    html = client.get(page(finished(student, 1, 20))).content.decode()

    names = ("certification", "domain", "size")
    form = {name: re.search(rf'name="{name}" value="([^"]+)"', html)[1] for name in names}
    response = client.post("/practice/", form)

    started = Attempt.objects.order_by("-pk").first()
    assert started.mode == Attempt.Mode.PRACTICE
    assert response.url == page(started, "q/1/")


def test_what_cannot_be_practised_is_not_offered(client, student):
    attempt = finished(student, 1, 20)
    offered = 'action="/practice/"'
    assert client.get(page(attempt)).content.decode().count(offered) == 2

    QuestionSet.objects.update(use=QuestionSet.Use.EXAM_ONLY)

    assert offered not in client.get(page(attempt)).content.decode()


def test_every_weak_domain_is_a_next_step(client, student, exam):
    attempt = make_attempt(*["single"] * 40, student=student, exam=exam)
    second = ExamDomainFactory(guide=exam.guide)
    attempt.items.filter(position__gt=20).update(domain=second)
    late = attempt.items.filter(position__gt=20).values("question")
    Placement.objects.filter(question__in=late).update(domain=second)
    answer(attempt, [WRONG] * 40)
    close(attempt)

    shown = text_of(client.get(page(attempt)))

    assert "10 questions in Domain 1" in shown
    assert "10 questions in Domain 2" in shown


def test_a_result_of_65_takes_six_statements_and_100_kb(
    client, student, exam, django_assert_num_queries
):
    finished(student, 40, 65, exam=exam)
    attempt = finished(student, 50, 65, exam=exam)

    with django_assert_num_queries(6):
        content = client.get(page(attempt)).content

    assert len(content) <= 100 * 1024


@pytest.mark.parametrize("n", [2, 65])
def test_a_question_of_it_takes_six_too(client, student, n, django_assert_num_queries):
    attempt = finished(student, 1, n)

    with django_assert_num_queries(6):
        client.get(page(attempt, "result/1/"))


# --- Domains ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "n", "words"),
    [
        (20, 20, "stronger than the pass line"),
        (2, 20, "weaker than the pass line"),
        (15, 20, "too few questions to tell"),
    ],
)
def test_a_domain_is_called_strong_or_weak_only_where_that_is_sure(
    client, student, right, n, words
):
    (row,) = re.findall(
        r'<td class="num val">.*?</td>',
        client.get(page(finished(student, right, n))).content.decode(),
    )

    assert words in row


@pytest.mark.parametrize(("n", "told"), [(7, False), (8, True)])
def test_a_percentage_needs_eight_questions(client, student, n, told):
    html = client.get(page(finished(student, 4, n))).content.decode()

    cell = re.search(r'<td class="num val">.*?</td>', html)[0]
    assert ("<strong>" in cell) is told
    assert re.search(r"\d+% to \d+%", cell)


def results(*sizes):
    return [
        DomainResult(f"D{n}", Fraction(0), size, wilson(0, size), "unsettled", 0.7)
        for n, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ((3, 10), (3, 10)),
        ((2, 10, 5), (10,)),
        ((1, 1, 1, 10), (10,)),
        ((2, 1, 10), (10,)),
        ((2, 2, 10), (10,)),
        ((1, 10), ()),
        ((10,), (10,)),
        ((2,), ()),
        ((), ()),
    ],
)
def test_what_is_told_leaves_nothing_small_to_reckon(sizes, told):
    assert tuple(it.n for it in told_domains(results(*sizes))) == told


# --- Question by question -----------------------------------------------------------------------


@pytest.mark.parametrize(("show", "positions"), [("all", [1, 2]), ("wrong", [2]), ("flagged", [])])
def test_a_result_filters_its_questions(client, student, show, positions):
    attempt = finished(student, 1, 2)

    assert rows_of(client.get(page(attempt, f"result/?show={show}"))) == positions


def test_a_row_says_both_answers_in_short(client, student):
    attempt = finished(student, 1, 2)

    html = client.get(page(attempt)).content.decode()

    mine = [unescape(it) for it in re.findall(r'<span class="mine">(.*?)</span>', html)]
    assert mine == ["you: B", "you: A · right: B"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_row_and_its_page(client, student, kind):
    attempt = close(make_attempt(kind, student=student))

    assert rows_of(client.get(page(attempt))) == [1]
    assert "Stones differ." in text_of(client.get(page(attempt, "result/1/")))


def test_a_row_leads_to_the_reason_of_every_option(client, student):
    attempt = finished(student, 1, 2)
    overview = client.get(page(attempt)).content.decode()

    address = re.search(r'id="q2" href="([^"]+)"', overview)[1]
    html = client.get(page(attempt, f"result/{address}")).content.decode()

    assert "Because of" not in overview
    for letter in "abcd":
        assert html.count(f"Because of {letter}.") == 1
    assert html.count("https://docs.example.org/stones") == 1
    assert "Not right. The answer is B." in html


@pytest.mark.parametrize(
    ("show", "around"), [("all", (2, 4)), ("wrong", (2, 5)), ("flagged", (None, 5))]
)
def test_from_a_question_one_goes_on_among_those_that_were_chosen(client, student, show, around):
    attempt = make_attempt(*["single"] * 5, student=student)
    answer(attempt, [RIGHT, WRONG, WRONG, RIGHT, WRONG])
    for item in attempt.items.filter(position__in=[3, 5]):
        ItemMark.objects.update_or_create(item=item, defaults={"flag": True})
    close(attempt)

    html = client.get(page(attempt, f"result/3/?show={show}")).content.decode()

    query = "" if show == "all" else f"?show={show}"
    places = dict(re.findall(r'rel="(prev|next)" href="[^"]*/result/(\d+)/[^"]*"', html))
    assert (places.get("prev"), places.get("next")) == tuple(n and str(n) for n in around)
    assert f"/result/{query}#q3" in html


@pytest.mark.parametrize("position", [0, 3, 10**9])
def test_a_place_outside_the_paper_is_not_found(client, student, position):
    assert client.get(page(finished(student, 1, 2), f"result/{position}/")).status_code == 404


@pytest.mark.parametrize("left", [timedelta(hours=1), timedelta(seconds=-2), timedelta(hours=-1)])
def test_no_question_is_shown_before_the_end(client, student, left):
    attempt = make_attempt("single", student=student)
    shift_clock(attempt, left=left)

    assert client.get(page(attempt, "result/1/")).status_code == 404


def test_nobody_else_finds_a_question_of_it(client, student):
    assert client.get(page(finished(UserFactory(), 1, 2), "result/1/")).status_code == 404


def test_a_result_withholds_what_stands_on_an_open_exam(client, student):
    attempt = finished(student, 1, 2)
    running = make_attempt("single", student=student)
    running.items.update(question=attempt.items.get(position=1).question)

    shown = text_of(client.get(page(attempt)))
    first, second = (text_of(client.get(page(attempt, f"result/{n}/"))) for n in (1, 2))

    assert "Withheld" in shown
    assert "shown again after" in shown
    assert "right: B" in shown
    assert "you: B" not in shown
    assert "shown here again after" in first
    assert "Stones differ." not in first
    assert "Stones differ." in second


# --- Questions on trial -------------------------------------------------------------------------


@pytest.fixture
def trial(student):
    """Two of four questions are on trial: one answered rightly, one wrongly."""
    attempt = make_attempt(*["single"] * 4, student=student)
    attempt.items.filter(position__in=[2, 3]).update(is_scored=False)
    answer(attempt, [RIGHT, RIGHT, WRONG, WRONG])
    return close(attempt)


def test_questions_on_trial_are_disclosed_and_never_counted(client, trial):
    shown = text_of(client.get(page(trial)))

    assert "1 of 2 right" in shown
    assert "2 of 2 questions answered. 2 more were on trial and did not count." in shown
    assert shown.count("on trial, did not count") == 2


def test_a_question_on_trial_says_all_the_same_whether_it_was_right(client, trial):
    right, wrong = (text_of(client.get(page(trial, f"result/{n}/"))) for n in (2, 3))

    assert "on trial, did not count" in right
    assert "Right." in right
    assert "Not right. The answer is B." in wrong


# --- Pace ---------------------------------------------------------------------------------------


def paced(client, student, seconds, *, minutes=60):
    """A sitting begun an hour ago whose script reported these times in view."""
    attempt = make_attempt(*["single"] * len(seconds), student=student)
    started = timezone.now() - timedelta(minutes=minutes)
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=started, deadline_at=started + timedelta(minutes=minutes + 10)
    )
    entries = [
        {"seq": n, "item": n, "answer": RIGHT, "meta": {"visible_ms": it * 1000, "changes": 1}}
        for n, it in enumerate(seconds, start=1)
    ]
    body = json.dumps({"epoch": 1, "entries": entries})
    reply = client.post(page(attempt, "answers/"), body, "application/json")
    assert {it["outcome"] for it in reply.json()["entries"]} == {"accepted"}
    return close(attempt)


def pace(response):
    html = response.content.decode()
    listed = re.search(r'<ul class="statements">(.*?)</ul>', html, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", listed[1]) if listed else []


def test_one_question_of_ten_minutes_is_exactly_what_is_said(client, student):
    attempt = paced(client, student, [90] * 4 + [600] + [90] * 15)

    assert pace(client.get(page(attempt))) == [
        "Question 5 took 10 minutes, the time of 3 questions."
    ]


def test_a_page_left_open_is_not_counted_as_work(client, student):
    attempt = paced(client, student, [60] * 19 + [3000], minutes=120)

    assert pace(client.get(page(attempt))) == [
        "Question 20 took 15 minutes or more, the time of 2 questions."
    ]


def test_more_time_in_view_than_passed_is_not_believed(client, student):
    attempt = paced(client, student, [90] * 4 + [600] + [90] * 15, minutes=20)

    assert pace(client.get(page(attempt))) == []


def test_a_sitting_without_a_script_has_no_pace(client, student):
    assert pace(client.get(page(finished(student, 10, 40)))) == []


def test_what_was_never_opened_is_known_without_a_script(client, student):
    attempt = make_attempt(*["single"] * 5, student=student)
    for n in (1, 2):
        client.get(page(attempt, f"q/{n}/"))
    close(attempt)

    assert pace(client.get(page(attempt))) == [
        "You never reached 3 questions; a guess costs nothing."
    ]


# --- The sitting before -------------------------------------------------------------------------


def since(client, attempt):
    html = client.get(page(attempt)).content.decode()
    found = re.search(r'aria-labelledby="ls">.*?<p>(.*?)</p>', html, re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", found[1])) if found else ""


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (8, 10, "No clear change. Two sittings measure their difference to about ± 2"),
        (3, 18, "You have come up, by 5"),
        (18, 3, "You have gone down, by 5"),
    ],
)
def test_a_result_is_compared_with_the_one_before(client, student, exam, before, now, words):
    finished(student, 20, 20, exam=exam)
    finished(student, before, 20, exam=exam)

    said = since(client, finished(student, now, 20, exam=exam))

    assert f"it was {before} of 20. {words}" in said


def test_questions_of_both_papers_are_counted(client, student, exam):
    first, second = (finished(student, 8, 20, exam=exam) for _ in range(2))
    assert "both papers" not in since(client, second)

    for there, here in zip(first.items.all()[:3], second.items.all()[:3], strict=True):
        AttemptItem.objects.filter(pk=here.pk).update(question=there.question)

    assert "3 questions stood on both papers" in since(client, second)


def test_only_earlier_sittings_that_count_are_compared(client, student, exam):
    voided = finished(student, 8, 20, exam=exam)
    Attempt.objects.filter(pk=voided.pk).update(status="voided")
    finished(UserFactory(), 8, 20, exam=exam)
    finished(student, 8, 20)
    attempt = finished(student, 10, 20, exam=exam)
    finished(student, 9, 20, exam=exam)
    make_attempt("single", student=student, exam=exam)

    assert since(client, attempt) == ""


def test_the_first_sitting_is_compared_with_nothing(client, student):
    assert since(client, finished(student, 10, 20)) == ""


# --- Graded anew --------------------------------------------------------------------------------


def regraded(attempt, points, reason="regrade", number=2):
    return Score.objects.create(
        attempt=attempt,
        number=number,
        reason=reason,
        points=Decimal(points),
        max_points=4,
        passed=points >= 3,
        item_shares={str(n): "1" if n <= points else "0" for n in range(1, 5)},
        answers_hash="x",
    )


def test_the_newest_score_counts_and_the_old_ones_are_told(client, student):
    attempt = finished(student, 1, 4)
    regraded(attempt, 2, reason="late")
    regraded(attempt, 4, number=3)

    shown = text_of(client.get(page(attempt)))

    assert "4 of 4 right" in shown
    key = shown.index("It was 2 of 4 before; it changed on")
    late = shown.index("It was 1 of 4 before; it changed on")
    assert key < late
    assert "because the key of a question was corrected" in shown[key:late]
    assert "because of a decision about answers that had arrived late" in shown[late:]


def test_a_score_of_one_grading_says_nothing_of_changes(client, student):
    assert "it changed on" not in text_of(client.get(page(finished(student, 1, 4))))


def test_earlier_mocks_are_told_by_their_newest_score(client, student, exam):
    regraded(finished(student, 1, 4, exam=exam), 3)

    shown = text_of(client.get(page(finished(student, 2, 4, exam=exam))))

    assert "Earlier mocks 3 " in shown
    assert "it was 3 of 4." in shown


def late_event(attempt, seq, given):
    return AnswerEvent.objects.create(
        attempt=attempt,
        item=attempt.items.get(position=2),
        kind="answer",
        epoch=9,
        seq=seq,
        payload={"item": 2, "answer": given},
        outcome="late",
        arrived_at=timezone.now(),
    )


def decide(event, outcome):
    AnswerEvent.objects.create(
        attempt=event.attempt,
        item=event.item,
        kind="decision",
        decides=event,
        outcome=outcome,
        arrived_at=timezone.now(),
    )


@pytest.mark.parametrize(
    ("decisions", "mine"),
    [
        ([], "you: A"),
        (["accepted_late"], "you: C"),
        (["declined_late"], "you: A"),
        (["accepted_late", "declined_late"], "you: A"),
        (["declined_late", "accepted_late"], "you: C"),
    ],
)
def test_a_late_answer_is_shown_where_the_newest_decision_accepts_it(
    client, student, decisions, mine
):
    attempt = finished(student, 1, 2)
    event = late_event(attempt, 1, {"choice": "c"})
    late_event(attempt, 2, {"choice": "d"})
    for outcome in decisions:
        decide(event, outcome)

    assert f"{mine} · right: B" in text_of(client.get(page(attempt)))
