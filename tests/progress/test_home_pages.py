"""The public front page and Today."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from certportal.catalog.models import Certification
from quizzes.models import Attempt
from tests.factories.accounts import UserFactory
from tests.factories.assignments import AssignmentFactory, OwnExamFactory
from tests.factories.attempts import shift_clock
from tests.factories.catalog import CertificationFactory, ExamGuideFactory, make_guide
from tests.factories.classes import MembershipFactory
from tests.factories.quizzes import ExamFactory, QuestionFactory, stock_guide
from tests.factories.sittings import RIGHT, WRONG, answer, close

pytestmark = pytest.mark.django_db


@pytest.fixture
def student(client):
    user = UserFactory()
    client.force_login(user)
    return user


def make_exam(*weights):
    guide = make_guide(*(weights or (60, 40)), total=20, scored=20, unscored=0)
    stock_guide(guide, each=20)
    return ExamFactory(guide=guide)


def start(client, exam):
    client.post(f"/exams/{exam.slug}/start/")
    return Attempt.objects.order_by("-pk").first()


def practise(client, exam, **fields):
    client.post("/practice/", {"certification": exam.slug, "size": "5", **fields})
    return Attempt.objects.order_by("-pk").first()


# --- for strangers ------------------------------------------------------------------------


def test_strangers_see_certifications_with_real_numbers(client):
    guide = make_guide(100)
    stock_guide(guide, each=7)
    empty = ExamGuideFactory().certification
    CertificationFactory(retired=True)

    page = client.get("/").context["page"]

    rows = {row.certification: row.questions for table in page.tables for row in table.rows}
    assert rows == {guide.certification: 7, empty: 0}
    assert page.total == 3


def test_vendors_beyond_the_second_share_a_column(client):
    for _ in range(5):
        CertificationFactory()

    tables = client.get("/").context["page"].tables

    assert [len(table.vendors) for table in tables] == [1, 1, 3]


def test_the_sample_is_a_real_one_with_the_reason_of_every_option(client):
    QuestionFactory(
        domain=make_guide(100).domains.get(), kind="ordering", is_sample=True, external_id="a"
    )
    QuestionFactory(domain=make_guide(100).domains.get(), is_sample=True, external_id="b")

    response = client.get("/")

    page = response.content.decode()
    assert response.context["card"].kind == "single"
    assert all(f"Because of {name}." in page for name in "abcd")
    assert "Your answer" not in page
    assert "Try 2 questions" in page


def test_questions_that_are_no_samples_are_never_shown_to_strangers(client):
    QuestionFactory(domain=make_guide(100).domains.get(), revision__stem="A secret stem?")

    page = client.get("/").content.decode()

    assert "A secret stem?" not in page
    assert "Because of" not in page


def test_an_empty_portal_still_has_a_front_page(client):
    response = client.get("/")

    assert response.status_code == 200
    assert response.context["card"] is None


def test_the_drawn_example_is_called_one(client):
    assert "An example of what a mock exam tells you" in client.get("/").content.decode()


@pytest.mark.parametrize("certifications", [1, 12])
def test_the_front_page_takes_the_same_statements(
    client, certifications, django_assert_max_num_queries
):
    for _ in range(certifications):
        guide = make_guide(100)
        QuestionFactory(domain=guide.domains.get(), is_sample=True)

    with django_assert_max_num_queries(7):
        client.get("/")


# --- Today --------------------------------------------------------------------------------


def test_somebody_new_is_told_how_to_begin(client, student):
    response = client.get("/")

    assert response.context["page"].is_new
    assert response.context["page"].step.kind == "choose"
    assert "How it goes from here" in response.content.decode()


def test_an_open_mock_comes_before_an_open_practice(client, student):
    exam = make_exam()
    mock = start(client, exam)
    answer(mock, [RIGHT, RIGHT, RIGHT])
    practice = practise(client, exam)

    page = client.get("/")

    step = page.context["page"].step
    assert (step.kind, step.sitting.attempt, step.sitting.done) == ("continue", mock, 3)
    assert [row.attempt for row in page.context["page"].others] == [practice]
    assert f"/attempts/{mock.public_id}/q/4/" in page.content.decode()


def test_a_mock_whose_time_is_over_becomes_a_result(client, student):
    mock = start(client, make_exam())
    shift_clock(mock, left=timedelta(minutes=-2))

    page = client.get("/").context["page"]

    assert page.step.kind == "weakest"
    assert [row.attempt for row in page.results] == [mock]
    assert page.results[0].passed is False


def test_a_mock_in_its_grace_is_still_the_students(client, student):
    mock = start(client, make_exam())
    shift_clock(mock, left=timedelta(seconds=-5))

    step = client.get("/").context["page"].step

    assert step.sitting.attempt == mock
    assert step.sitting.minutes_left == 0


def test_after_a_mock_the_domain_that_could_be_lowest_is_proposed(client, student):
    mock = start(client, make_exam(60, 40))
    keys = list(mock.items.order_by("position").values_list("domain__key", flat=True))
    # All of the larger domain right; of the smaller one half.
    halves = iter([RIGHT, WRONG] * 20)
    answer(mock, [RIGHT if key == "D1" else next(halves) for key in keys])
    close(mock)

    response = client.get("/")

    weakest = response.context["page"].step.weakest
    assert (weakest.domain.key, weakest.points, weakest.n) == ("D2", 4, 8)
    page = response.content.decode()
    assert "4 of 8 right" in page
    assert '<input type="hidden" name="domain" value="D2">' in page


def test_today_and_the_result_name_the_same_domain(client, student):
    mock = start(client, make_exam(80, 20))
    keys = list(mock.items.order_by("position").values_list("domain__key", flat=True))
    # Half of the larger domain; more of the smaller one, which could be lower all the same.
    halves, most = iter([RIGHT, WRONG] * 20), iter([RIGHT, RIGHT, WRONG, RIGHT, WRONG] * 20)
    answer(mock, [next(halves if key == "D1" else most) for key in keys])
    close(mock)

    today = client.get("/").context["page"].step.weakest
    result = client.get(f"/attempts/{mock.public_id}/result/").context["page"].weakest

    assert today.domain == result.domain
    assert (today.points, today.n) == (result.points, result.n)


def test_nothing_is_proposed_to_improve_where_nothing_was_wrong(client, student):
    mock = start(client, make_exam())
    answer(mock, [RIGHT] * mock.items.count())
    close(mock)

    assert client.get("/").context["page"].step.kind == "practise"
    assert client.get(f"/attempts/{mock.public_id}/result/").context["page"].weakest is None


def test_the_proposed_practice_starts(client, student):
    mock = start(client, make_exam())
    close(mock)
    step = client.get("/").context["page"].step

    response = client.post(
        "/practice/",
        {
            "certification": step.guide.certification.slug,
            "domain": step.weakest.domain.key,
            "size": step.size,
        },
    )

    assert response.status_code == 302


def test_without_a_mock_the_last_practice_goes_on(client, student):
    exam = make_exam()
    practice = practise(client, exam)
    answer(practice, [RIGHT])
    close(practice)

    page = client.get("/").context["page"]

    assert (page.step.kind, page.step.guide) == ("practise", exam.guide)
    assert [(row.guide, row.answers) for row in page.practised] == [(exam.guide, 1)]


def test_other_peoples_work_is_not_shown(client, student):
    start(client, make_exam())
    client.force_login(UserFactory())

    assert client.get("/").context["page"].is_new


# --- Today, with classes ------------------------------------------------------------------


@pytest.fixture
def classroom(student):
    return MembershipFactory(
        person=student, joined_at=timezone.now() - timedelta(days=60)
    ).classroom


def give(classroom, *, due=None, **fields):
    """A mock of an instructor, due so long from now."""
    due_at = timezone.now() + due if due is not None else None
    return AssignmentFactory(classroom=classroom, exam=OwnExamFactory(), due_at=due_at, **fields)


def test_what_a_class_waits_for_comes_before_what_nobody_waits_for(client, student, classroom):
    close(start(client, make_exam()))
    later = give(classroom, due=timedelta(days=3))
    overdue = give(classroom, due=timedelta(days=-1))
    some_day = give(classroom)

    response = client.get("/")

    page = response.context["page"]
    assert (page.step.kind, page.step.work.assignment) == ("class", overdue)
    assert [row.assignment for row in page.work] == [later, some_day]
    body = response.content.decode()
    assert "1 piece of work for your classes is overdue" in body
    assert body.index("From your classes") < body.index("Last results")
    assert f"/assignments/{overdue.public_id}/" in body


def test_an_open_sitting_comes_before_overdue_work(client, student, classroom):
    overdue = give(classroom, due=timedelta(days=-1))
    mock = start(client, make_exam())

    page = client.get("/").context["page"]

    assert (page.step.kind, page.step.sitting.attempt) == ("continue", mock)
    assert [row.assignment for row in page.work] == [overdue]


@pytest.mark.parametrize(
    ("due", "kind"),
    [
        (timedelta(days=6, hours=23), "class"),
        (timedelta(days=7, hours=1), "choose"),
        (None, "choose"),
    ],
)
def test_work_that_is_far_away_is_only_listed(client, student, classroom, due, kind):
    work = give(classroom, due=due)

    page = client.get("/").context["page"]

    assert page.step.kind == kind
    assert [row.assignment for row in (page.step.work, *page.work) if row] == [work]
    assert not page.is_new


def test_what_is_over_withdrawn_or_not_open_asks_for_nothing(client, student, classroom):
    now = timezone.now()
    give(classroom, closes_at=now - timedelta(hours=1))
    give(classroom, due=timedelta(hours=1), withdrawn_at=now)
    waiting = give(classroom, due=timedelta(days=2), opens_at=now + timedelta(days=1))

    page = client.get("/").context["page"]

    assert page.step.kind == "choose"
    assert [row.assignment for row in page.work] == [waiting]


@pytest.mark.parametrize("number", [1, 10])
def test_classes_cost_today_few_statements(client, student, number, django_assert_max_num_queries):
    for _ in range(2):
        exam = make_exam()
        mock = start(client, exam)
        answer(mock, [RIGHT] * 19 + [WRONG])
        close(mock)
    for _ in range(number):
        room = MembershipFactory(person=student, joined_at=timezone.now()).classroom
        give(room, due=timedelta(days=20))
        give(room, due=timedelta(days=-1), closes_at=timezone.now())
        AssignmentFactory(classroom=room, practice=True)

    with django_assert_max_num_queries(16):
        assert client.get("/").context["page"].step.kind == "weakest"
    give(room, due=timedelta(days=2))
    with django_assert_max_num_queries(16):
        assert client.get("/").context["page"].step.kind == "class"


@pytest.mark.parametrize("rounds", [1, 6])
def test_today_takes_few_statements(client, student, rounds, django_assert_max_num_queries):
    for _ in range(rounds):
        exam = make_exam()
        mock = start(client, exam)
        answer(mock, [RIGHT] * 19 + [WRONG])
        close(mock)
        practice = practise(client, exam)
        answer(practice, [WRONG])
        close(practice)

    with django_assert_max_num_queries(12):
        assert client.get("/").context["page"].step.kind == "weakest"
    practise(client, exam, domain="D1")
    with django_assert_max_num_queries(12):
        assert client.get("/").context["page"].step.kind == "continue"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_both_languages(client, language, signed_in):
    exam = make_exam()
    if signed_in:
        client.force_login(UserFactory(language=language))
        close(start(client, exam))
    client.cookies["django_language"] = language

    response = client.get("/")

    assert response.status_code == 200
    assert response["Content-Language"] == language
    if signed_in:
        assert ("领域" in response.content.decode()) == (language == "zh-hans")


def test_a_retired_certification_stays_out_of_the_public_table(client):
    certification = make_guide(100).certification
    certification.status = Certification.Status.RETIRED
    certification.retired_on = certification.checked_on
    certification.save()

    assert client.get("/").context["page"].tables == ()
