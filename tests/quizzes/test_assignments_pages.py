"""The page of an assignment: what is asked, by which rules, and the way in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from quizzes.models import Attempt, ExamSection
from quizzes.selectors.exam_check import problems_of
from quizzes.services.starting import start_assigned, start_practice
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory
from tests.factories.quizzes import ExamFactory, stock_guide
from tests.factories.sittings import RIGHT, answer, close

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def exam():
    guide = make_guide(60, 40, scale_low=None, scale_cut=None, scale_high=None)
    stock_guide(guide, each=12)
    return OwnExamFactory(guide=guide, title="Spring mock")


@pytest.fixture
def member():
    return MembershipFactory(
        classroom=ClassroomFactory(name="Night owls", time_zone="Asia/Kolkata")
    )


@pytest.fixture
def assignment(exam, member):
    return AssignmentFactory(classroom=member.classroom, exam=exam, title="First mock")


def _page(client, member, assignment):
    client.force_login(member.person)
    return client.get(reverse("quizzes:assignment-detail", args=[assignment.public_id]))


def _start(client, member, assignment, **data):
    client.force_login(member.person)
    return client.post(reverse("quizzes:assignment-start", args=[assignment.public_id]), data)


def _words(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def test_every_rule_stands_with_its_origin_before_the_start(client, exam, member):
    label = ClassLabelFactory(classroom=member.classroom, name="evening")
    member.labels.add(label)
    member.extra_time_factor, member.extra_time_reason = Decimal("1.5"), "x"
    member.save()
    assignment = AssignmentFactory(
        classroom=member.classroom,
        exam=exam,
        title="First mock",
        attempts_allowed=2,
        counting="last",
        late_policy="deduct",
        late_deduction=15,
        feedback="score_only",
        due_at=_at("2030-01-10 12:00"),
        closes_at=_at("2030-01-11 12:00"),
    )
    OverrideFactory(assignment=assignment, label=label, minutes=40)

    response = _page(client, member, assignment)
    words = _words(response)

    assert response.status_code == 200
    for said in (
        "First mock",
        "Given to you by Night owls.",
        "10 questions in 60 minutes",
        "Questions 10 the exam “Spring mock”",
        "Time 40 minutes the label “evening”",
        "50% more, 60 minutes in all extra time in this class",
        "Due 10 Jan 2030, 17:50 Asia/Kolkata 10 Jan 2030, 12:20 where you are this assignment",
        "20 minutes later by your extra time",
        "Closes 11 Jan 2030, 17:50 Asia/Kolkata",
        "counts 15% less when you end it after it was due",
        "Attempts 2, 2 left this assignment",
        "the last attempt",
        "Pass line 8 of 10 right (72%) an estimate of this portal",
        "score and domains, never the questions this assignment",
        "Start 10 questions in 60 minutes",
    ):
        assert said in words


def _at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_readers_own_zone_stands_only_where_its_clocks_differ(client, exam, member):
    assignment = AssignmentFactory(
        classroom=member.classroom, exam=exam, due_at=_at("2030-01-10 12:00")
    )
    member.person.time_zone = "Asia/Colombo"
    member.person.save()

    words = _words(_page(client, member, assignment))

    assert "10 Jan 2030, 17:30 Asia/Kolkata" in words
    assert "where you are" not in words


def test_the_sentence_when_the_closing_cuts_the_time_short(client, exam, member):
    assignment = AssignmentFactory(
        classroom=member.classroom,
        exam=exam,
        closes_at=timezone.now() + timedelta(minutes=20, seconds=30),
    )

    words = _words(_page(client, member, assignment))

    assert "begin now, and you have 20 minutes instead of 30." in words
    assert "Start 10 questions in 20 minutes" in words


def test_a_late_start_is_said_before_it_begins(client, exam, member):
    assignment = AssignmentFactory(
        classroom=member.classroom, exam=exam, due_at=timezone.now() - HOUR
    )

    assert "What you do now is late." in _words(_page(client, member, assignment))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"opens_at": HOUR}, "Not open yet. It opens on"),
        ({"closes_at": -HOUR}, "Closed since"),
        ({"due_at": -HOUR, "late_policy": "refuse"}, "nothing begins after that"),
        ({"withdrawn_at": -HOUR}, "Your class has withdrawn this."),
    ],
)
def test_why_nothing_begins_is_said_with_its_time_and_no_button(client, exam, member, fields, said):
    now = timezone.now()
    dates = {name: now + it if isinstance(it, timedelta) else it for name, it in fields.items()}
    assignment = AssignmentFactory(classroom=member.classroom, exam=exam, **dates)

    response = _page(client, member, assignment)
    started = _start(client, member, assignment)

    assert said in _words(response)
    assert f"/assignments/{assignment.public_id}/start/" not in response.content.decode()
    assert (started.status_code, started.url) == (302, _address(assignment))
    assert not Attempt.objects.exists()


def _address(assignment):
    return reverse("quizzes:assignment-detail", args=[assignment.public_id])


def test_used_up_attempts_stand_with_the_one_that_counts(client, exam, member, assignment):
    assignment.attempts_allowed = 2
    assignment.save()
    for right in (3, 9):
        attempt = start_assigned(student=member.person, assignment=assignment)
        answer(attempt, [RIGHT] * right)
        close(attempt)

    words = _words(_page(client, member, assignment))

    assert "You have used all 2 attempts." in words
    assert re.search(r"Attempt 1 \d.*?Not passed 3 of 10", words)
    assert re.search(r"Attempt 2 this one counts \d.*?Passed 9 of 10", words)


def test_a_late_sitting_says_what_it_lost(client, exam, member, assignment):
    assignment.due_at, assignment.late_policy = timezone.now() + HOUR, "deduct"
    assignment.late_deduction = 50
    assignment.save()
    attempt = start_assigned(student=member.person, assignment=assignment)
    answer(attempt, [RIGHT] * 8)
    close(attempt)
    Attempt.objects.update(ended_at=assignment.due_at + HOUR)

    assert "late: 50% less, counts as 40%" in _words(_page(client, member, assignment))


def test_the_start_leads_to_the_first_question_and_again_to_the_same(client, member, assignment):
    first = _start(client, member, assignment)
    again = _start(client, member, assignment)

    attempt = Attempt.objects.get()
    assert first.url == again.url == f"/attempts/{attempt.public_id}/q/1/"
    page = _words(_page(client, member, assignment))
    assert "You have this exam open" in page
    assert "Continue" in page


def test_the_password_is_asked_on_the_page_and_a_wrong_one_is_named(client, exam, member):
    cache.clear()
    assignment = AssignmentFactory(
        classroom=member.classroom, exam=exam, password=make_password("open sesame")
    )
    assert 'type="password"' in _page(client, member, assignment).content.decode()

    wrong = _start(client, member, assignment, password="sesame")
    empty = _start(client, member, assignment)

    assert (wrong.status_code, empty.status_code) == (422, 422)
    assert "This is not the password." in _words(wrong)
    assert "Enter the password of the exam." in _words(empty)
    assert "open sesame" not in wrong.content.decode()
    assert _start(client, member, assignment, password="open sesame").status_code == 302


def test_too_many_wrong_passwords_are_told_to_wait(client, exam, member):
    cache.clear()
    assignment = AssignmentFactory(
        classroom=member.classroom, exam=exam, password=make_password("open sesame")
    )
    for _ in range(10):
        _start(client, member, assignment, password="guess")

    response = _start(client, member, assignment, password="open sesame")

    assert (response.status_code, Attempt.objects.count()) == (422, 0)
    assert "Wait ten minutes" in _words(response)


def test_strangers_staff_ended_memberships_and_archived_classes_get_404(
    client, member, exam, assignment
):
    left = MembershipFactory(
        classroom=member.classroom, joined_at=timezone.now() - HOUR, left_at=timezone.now()
    )
    other_class = MembershipFactory()
    label = ClassLabelFactory(classroom=member.classroom)
    for_others = AssignmentFactory(classroom=member.classroom, exam=exam, targets=[label])
    assistant = MembershipFactory(classroom=member.classroom, assistant=True)
    for who, what in (
        (left, assignment),
        (other_class, assignment),
        (assistant, assignment),
        (member, for_others),
    ):
        assert _page(client, who, what).status_code == 404
        assert _start(client, who, what).status_code == 404

    assert _page(client, member, assignment).status_code == 200
    member.classroom.archived_at = timezone.now()
    member.classroom.save()
    assert _page(client, member, assignment).status_code == 404
    assert _start(client, member, assignment).status_code == 404


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ("withdrawn", "The class has withdrawn this. Your sitting goes on to its end."),
        ("left", "You are not in the class any more. Your sitting goes on to its end."),
        ("archived", "The class is closed. Your sitting goes on to its end."),
    ],
)
def test_a_running_sitting_goes_on_and_is_marked(client, member, assignment, ended, said):
    attempt = start_assigned(student=member.person, assignment=assignment)
    client.force_login(member.person)
    addresses = [f"/attempts/{attempt.public_id}/q/1/", f"/attempts/{attempt.public_id}/review/"]
    for address in addresses:
        assert "goes on to its end" not in _words(client.get(address))

    _end(member, assignment, ended)

    for address in addresses:
        assert said in _words(client.get(address))
        assert "First mock" in _words(client.get(address))
    answer(attempt, [RIGHT])
    client.post(f"/attempts/{attempt.public_id}/submit/")
    result = client.get(f"/attempts/{attempt.public_id}/result/")
    assert "First mock, given by Night owls." in _words(result)
    has_page = f'href="{_address(assignment)}"' in result.content.decode()
    assert has_page is (ended == "withdrawn")


def _end(member, assignment, how):
    if how == "withdrawn":
        assignment.withdrawn_at = timezone.now()
        assignment.save()
    elif how == "left":
        member.left_at = timezone.now()
        member.save()
    else:
        member.classroom.archived_at = timezone.now()
        member.classroom.save()


def test_a_goal_shows_its_progress_and_leads_into_practice(client, member, exam):
    domain = exam.guide.domains.first()
    goal = AssignmentFactory(
        classroom=member.classroom,
        practice=True,
        guide=exam.guide,
        goal=4,
        title="Four questions",
        domains=[domain],
        opens_at=timezone.now() - HOUR,
    )
    answer(start_practice(student=member.person, guide=exam.guide, size=10), [RIGHT, RIGHT])

    response = _page(client, member, goal)
    form = response.content.decode().split('action="/practice/"')[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    del fields["csrfmiddlewaretoken"]
    started = client.post("/practice/", fields)

    words = _words(response)
    answered = response.context["page"].status.answered
    assert f"{answered} of 4 questions answered" in words
    assert domain.name in words
    assert fields == {
        "certification": exam.guide.certification.slug,
        "domain": domain.key,
        "size": "10",
    }
    assert started.status_code == 302
    practice = Attempt.objects.latest("pk")
    assert {item.domain for item in practice.items.select_related("domain")} == {domain}
    assert _start(client, member, goal).url == _address(goal)


def test_the_list_of_exams_names_what_classes_gave_first(client, member, assignment):
    client.force_login(member.person)
    waiting = _words(client.get("/exams/"))
    attempt = start_assigned(student=member.person, assignment=assignment)
    running = _words(client.get("/exams/"))
    close(attempt)
    past = _words(client.get("/exams/"))

    assert waiting.index("From your classes") < waiting.index("On offer")
    assert "First mock Night owls" in waiting
    assert "First mock, Night owls 0 of 10 questions answered." in running
    assert "First mock Night owls" in past.split("Your attempts")[1]


def test_the_page_of_a_mock_ignores_the_sittings_that_a_class_gave(client, member, exam):
    catalogue = ExamFactory(guide=exam.guide)
    stock_guide(exam.guide, each=10)
    assignment = AssignmentFactory(classroom=member.classroom, exam=catalogue)
    start_assigned(student=member.person, assignment=assignment)
    client.force_login(member.person)

    words = _words(client.get(f"/exams/{catalogue.slug}/"))

    assert "You have this mock open" not in words


@pytest.mark.parametrize("attempts", [0, 4])
def test_the_page_takes_the_same_statements_whatever_was_done(
    client, member, assignment, attempts, django_assert_max_num_queries
):
    for _ in range(attempts):
        close(start_assigned(student=member.person, assignment=assignment))
    client.force_login(member.person)

    with django_assert_max_num_queries(20):
        client.get(_address(assignment))


@pytest.mark.parametrize("people", [1, 30])
def test_an_assigned_result_needs_three_statements_more_at_most(
    client, member, exam, people, django_assert_max_num_queries
):
    assignment = AssignmentFactory(
        classroom=member.classroom,
        exam=exam,
        feedback="after_close",
        closes_at=timezone.now() + HOUR,
    )
    attempt = close(start_assigned(student=member.person, assignment=assignment))
    MembershipFactory.create_batch(people, classroom=member.classroom)
    client.force_login(member.person)

    # Seven of a result, and the closing of everybody.
    with django_assert_max_num_queries(8):
        client.get(f"/attempts/{attempt.public_id}/result/")


def test_an_assigned_question_page_needs_no_statement_more(
    client, member, assignment, django_assert_max_num_queries
):
    attempt = start_assigned(student=member.person, assignment=assignment)
    client.force_login(member.person)

    with django_assert_max_num_queries(6):
        client.get(f"/attempts/{attempt.public_id}/q/1/")


def test_sections_and_questions_on_trial_are_told_before_the_start(
    client, exam, member, assignment
):
    plain = _words(_page(client, member, assignment))
    for position, size in enumerate((6, 4), start=1):
        ExamSection.objects.create(
            exam=exam, position=position, title=f"Part {position}", size=size
        )
    exam.pilots = 2
    exam.save()

    words = _words(_page(client, member, assignment))

    for told in (
        "Part 1 (6), Part 2 (4)",
        "you cannot come back to a section that you have ended",
        "at most 2 more are mixed in and do not count; you are told afterwards which",
        "The exam has sections: you leave each one for good.",
        "Some questions may not count.",
    ):
        assert told in words
        assert told not in plain


def test_who_has_a_sitting_reads_the_page_after_the_label_is_gone(client, exam, member):
    label = ClassLabelFactory(classroom=member.classroom)
    member.labels.add(label)
    assignment = AssignmentFactory(classroom=member.classroom, exam=exam, targets=[label])
    attempt = start_assigned(student=member.person, assignment=assignment)
    other = MembershipFactory(classroom=member.classroom)
    member.labels.remove(label)

    assert (
        f"/attempts/{attempt.public_id}/q/1/" in _page(client, member, assignment).content.decode()
    )
    assert _page(client, other, assignment).status_code == 404
    close(attempt)
    page = _page(client, member, assignment)
    assert "This is not for you any more." in _words(page)
    assert f"/attempts/{attempt.public_id}/result/" in page.content.decode()
    assert _start(client, member, assignment).status_code == 302
    assert Attempt.objects.count() == 1


def test_what_the_bank_lacks_is_said_in_a_sentence(client, exam, member, assignment):
    exam.size = 30
    exam.save()
    problems = problems_of(exam)
    assert problems
    page = _page(client, member, assignment)
    for problem in problems:
        assert problem in _words(page)
    assert "Tell your instructor." in _words(page)
