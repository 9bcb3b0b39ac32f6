"""A student's own progress: attempts, domains through time, study days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from progress.selectors import my_progress as selectors
from progress.selectors.study_days import study_day
from progress.services.recording import record_attempt
from progress.views import my_progress as views
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt
from tests.factories.catalog import CertificationFactory, make_guide
from tests.factories.evidence import closed_paper, history
from tests.factories.quizzes import ExamFactory, QuestionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
"""A Wednesday; its four weeks began on Monday, 2 November."""


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(views, "db_now", lambda: NOW)


@pytest.fixture
def student(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def guide():
    return make_guide(60, 40, total=20, scored=20, unscored=0)


def studied(student, domain, rights, *, ago=timedelta(hours=1), **fields):
    """A closed attempt with its evidence."""
    attempt = history(student, domain, rights, at=NOW - ago, **fields)
    record_attempt(attempt.pk)
    return attempt


def detail(client, guide):
    response = client.get(f"/progress/{guide.certification.slug}/")
    assert response.status_code == 200
    return response.context["page"]


# --- All certifications ----------------------------------------------------------------------


def test_somebody_new_is_told_what_will_stand_here(client, student):
    response = client.get("/progress/")

    assert response.context["page"].rows == ()
    assert "Nothing to show yet" in response.content.decode()


def test_certifications_come_by_their_last_use(client, student, guide):
    other = make_guide(100)
    studied(student, guide.domains.first(), "++-" * 4, ago=timedelta(days=3))
    studied(student, other.domains.get(), "+", ago=timedelta(days=1))
    studied(student, guide.domains.first(), "+" * 10, ago=timedelta(days=9), mode="mock")
    studied(UserFactory(), guide.domains.first(), "-" * 30)

    newer, older = client.get("/progress/").context["page"].rows

    assert newer.certification == other.certification
    assert not newer.standing.is_known
    assert older.certification == guide.certification
    assert (older.answers, older.standing.right, older.standing.n) == (22, 18, 22)
    assert (older.mocks, older.passed) == (1, 1)


def test_a_mock_without_any_answer_is_work_too(client, student, guide):
    studied(student, guide.domains.first(), "..", mode="mock")

    (row,) = client.get("/progress/").context["page"].rows

    assert (row.mocks, row.passed, row.standing.right) == (1, 0, 0)


# --- One certification -----------------------------------------------------------------------


def test_what_was_never_worked_on_says_so(client, student):
    certification = CertificationFactory()

    response = client.get(f"/progress/{certification.slug}/")

    assert response.context["page"].is_empty
    assert "Nothing to show yet" in response.content.decode()
    assert client.get("/progress/no-such/").status_code == 404


def test_mocks_show_score_line_and_interval(client, student, guide):
    studied(student, guide.domains.first(), "+" * 16 + "-" * 4, mode="mock")
    studied(student, guide.domains.first(), "+" * 8 + "-" * 12, mode="mock", ago=timedelta(days=9))

    new, old = detail(client, guide).mocks

    assert (new.past.points, new.past.out_of, new.pass_line) == (16, 20, 15)
    assert (new.past.passed, old.past.passed) == (True, False)
    assert new.past.portal_score > new.score_line == 700 > old.past.portal_score
    assert new.interval.low < 0.8 < new.interval.high


def test_practice_counts_first_answers(client, student, guide):
    domain = guide.domains.first()
    first = studied(student, domain, "+-", ago=timedelta(days=2))
    questions = [item.question for item in first.items.all()]
    again = closed_paper(student, questions, "++", at=NOW - timedelta(days=1), guide=guide)
    record_attempt(again.pk)

    practised = detail(client, guide).practised

    assert (practised.practices, practised.answers) == (2, 4)
    assert (practised.standing.right, practised.standing.n) == (1, 2)


@pytest.mark.parametrize(
    ("moment", "place"),
    [
        (datetime(2026, 11, 2, 4, tzinfo=UTC), 5),
        (datetime(2026, 11, 2, 3, 59, tzinfo=UTC), 4),
        (datetime(2026, 6, 15, 4, tzinfo=UTC), 0),
        (datetime(2026, 6, 15, 3, 59, tzinfo=UTC), None),
    ],
)
def test_stretches_of_four_weeks_begin_on_mondays(client, student, guide, moment, place):
    studied(student, guide.domains.first(), "+", ago=NOW - moment)

    page = detail(client, guide)

    filled = [n for n, it in enumerate(page.domains[0].stretches) if it.n]
    assert filled == ([] if place is None else [place])
    assert page.domains[0].standing.n == 1
    assert page.stretches[-1] == date(2026, 11, 2)


def test_a_change_is_one_where_the_intervals_lie_apart(client, student):
    guide = make_guide(25, 25, 25, 25)
    up, down, unsettled, unknown = guide.domains.all()
    before = timedelta(weeks=9)
    studied(student, up, "-" * 12, ago=before)
    studied(student, up, "+" * 12)
    studied(student, down, "+" * 12, ago=before)
    studied(student, down, "-" * 12)
    studied(student, unsettled, "++++++------", ago=before)
    studied(student, unsettled, "+++++++-----")
    studied(student, unknown, "-" * 12, ago=before)
    studied(student, unknown, "+" * 9)

    page = detail(client, guide)

    assert [row.change for row in page.domains] == ["up", "down", "unsettled", "unknown"]
    text = client.get(f"/progress/{guide.certification.slug}/").content.decode()
    assert f"Clearly better than at first: {up.name}." in text
    assert f"Clearly worse than at first: {down.name}." in text


def test_a_stretch_with_few_answers_has_no_dot(client, student, guide):
    domain = guide.domains.first()
    studied(student, domain, "+" * 9)
    studied(student, domain, "+" * 10, ago=timedelta(weeks=8))

    chart = detail(client, guide).domains[0].chart

    assert [point.is_known for point in chart.points] == [True, False]


def test_the_latest_version_of_the_guide_is_shown(client, student, guide):
    certification = guide.certification
    old = make_guide(100, certification=certification, version="0.9", is_current=False)
    studied(student, old.domains.get(), "+" * 3, ago=timedelta(days=20))
    studied(student, guide.domains.first(), "-" * 2)

    page = detail(client, guide)

    assert page.guide == guide
    assert [row.standing.n for row in page.domains] == [2, 0]
    assert page.days.total == 5


# --- Study days ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("UTC", datetime(2026, 11, 25, 3, 59, 59, tzinfo=UTC), date(2026, 11, 24)),
        ("UTC", datetime(2026, 11, 25, 4, tzinfo=UTC), date(2026, 11, 25)),
        ("Asia/Shanghai", datetime(2026, 11, 24, 20, tzinfo=UTC), date(2026, 11, 25)),
        ("America/New_York", datetime(2026, 11, 25, 8, 59, tzinfo=UTC), date(2026, 11, 24)),
    ],
)
def test_a_study_day_begins_at_four_at_home(zone, moment, day):
    assert study_day(UserFactory(time_zone=zone), moment) == day


def test_days_pauses_and_months(client, student, guide):
    for days, rights in [(1, "++"), (2, "+++"), (30, "+")]:
        studied(student, guide.domains.first(), rights, ago=timedelta(days=days))

    found = detail(client, guide).days

    assert (found.studied, found.total, found.days_since) == (3, 6, 31)
    assert (found.best, found.best_day) == (3, date(2026, 11, 23))
    assert found.longest_pause == 27
    assert [(it.first.month, it.days, it.answers) for it in found.months] == [
        (10, 1, 1),
        (11, 2, 5),
    ]


def test_a_pause_that_lasts_is_one_too(client, student, guide):
    studied(student, guide.domains.first(), "+", ago=timedelta(days=8))

    # Today may still bring an answer.
    assert detail(client, guide).days.longest_pause == 7


@pytest.mark.parametrize(
    ("day", "is_there"), [(date(2026, 6, 1), True), (date(2026, 5, 31), False)]
)
def test_the_calendar_reaches_back_26_weeks(client, student, guide, day, is_there):
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    studied(student, guide.domains.first(), "+", ago=NOW - at)

    assert bool(detail(client, guide).days) is is_there


# --- What must not be told -------------------------------------------------------------------


def test_answers_to_questions_of_an_open_mock_are_left_out(client, student):
    # The mock of the factory has a guide of its own, where the question is placed.
    mock = make_attempt("single", student=student, now=NOW)
    guide = mock.guide
    question = mock.items.get().question
    seen = closed_paper(student, [question], "+", at=NOW - timedelta(days=1), guide=guide)
    record_attempt(seen.pk)
    studied(student, guide.domains.get(), "-" * 3, ago=timedelta(days=2))

    while_open = detail(client, guide)
    listed = client.get("/progress/").context["page"].rows[0]
    mock.status, mock.ended_at, mock.processed_at = "voided", NOW, NOW
    mock.save()
    after = detail(client, guide)

    assert (while_open.domains[0].standing.right, while_open.domains[0].standing.n) == (0, 3)
    assert (while_open.practised.answers, while_open.days.total, listed.answers) == (3, 3, 3)
    assert while_open.withheld == 1
    assert (after.domains[0].standing.right, after.domains[0].standing.n) == (1, 4)
    assert after.withheld == 0


def test_what_ended_beside_an_open_mock_waits(client, student):
    mock = make_attempt("single", student=student, now=NOW)
    question = mock.items.get().question
    beside = closed_paper(
        student,
        [question],
        "+",
        at=NOW + timedelta(minutes=1),
        guide=mock.guide,
        mode="mock",
        exam=ExamFactory(guide=mock.guide, slug="other"),
    )

    assert detail(client, mock.guide).mocks == ()
    assert client.get("/progress/").context["page"].rows == ()
    mock.status, mock.ended_at, mock.processed_at = "voided", NOW, NOW
    mock.save()
    assert [row.past.attempt for row in detail(client, mock.guide).mocks] == [beside]


def test_other_peoples_work_is_not_shown(client, student, guide):
    studied(UserFactory(), guide.domains.first(), "+" * 12, mode="mock")

    assert detail(client, guide).is_empty


def test_signed_out_people_sign_in_first(client):
    assert client.get("/progress/").status_code == 302


# --- Cost and languages ----------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [1, 8])
def test_the_statements_do_not_grow(client, student, rounds, django_assert_num_queries):
    for n in range(rounds):
        guide = make_guide(*[10] * 10) if rounds > 1 else make_guide(100)
        for domain in guide.domains.all()[:3]:
            studied(student, domain, "+-" * 6, ago=timedelta(weeks=n))
            studied(student, domain, "+-" * 6, ago=timedelta(weeks=n), mode="mock")
    # Two of each are for session and person.
    with django_assert_num_queries(7):
        client.get("/progress/")
    with django_assert_num_queries(10):
        client.get(f"/progress/{guide.certification.slug}/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_both_languages_and_escaped_names(client, guide, language):
    student = UserFactory(language=language)
    client.force_login(student)
    domain = guide.domains.first()
    domain.name = "<b>Cloud</b>"
    domain.save()
    studied(student, domain, "+-" * 6)
    studied(student, domain, "+-" * 6, mode="mock")

    for address in ("/progress/", f"/progress/{guide.certification.slug}/"):
        page = client.get(address)
        assert page.status_code == 200
        assert page["Content-Language"] == language
        assert "<b>Cloud" not in page.content.decode()


def test_questions_shared_with_another_certification_count_where_they_were_answered(
    client, student, guide
):
    other = make_guide(100)
    question = QuestionFactory(domain=guide.domains.first())
    question.placements.create(guide=other, domain=other.domains.get())
    record_attempt(
        closed_paper(student, [question], "+", at=NOW - timedelta(hours=1), guide=guide).pk
    )

    assert detail(client, guide).domains[0].standing.n == 1
    assert detail(client, other).is_empty
    assert selectors.my_progress(student, now=NOW).rows[0].certification == guide.certification
