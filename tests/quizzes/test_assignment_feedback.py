"""What an assigned sitting tells of its questions, and from when on."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from certportal.accounts.models import ClassLabel, Membership
from quizzes.models import Assignment, Attempt, QuestionSet
from quizzes.selectors.assignment_terms import terms_by_person
from quizzes.selectors.feedback_release import everybody_is_done
from quizzes.services.starting import start_assigned
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.attempts import shift_clock
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory
from tests.factories.documents import body_and_key
from tests.factories.quizzes import QuestionFactory, QuestionSetFactory
from tests.factories.sittings import RIGHT, WRONG, answer, close

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)

STEM, WHY, BECAUSE, OPTION = "Zqstem", "Zqwhy", "Zqbecause", "Zqoption"
QUESTIONS = (STEM, OPTION)
KEYS = (WHY, BECAUSE)


@pytest.fixture
def exam():
    """10 questions in 30 minutes, of which nothing is known elsewhere."""
    guide = make_guide(100)
    secret = QuestionSetFactory(use=QuestionSet.Use.EXAM_ONLY)
    for _ in range(10):
        body, key = body_and_key("single", stem=STEM)
        body["options"][1]["text"] = {"en": OPTION}
        key["explanation"] = {"en": WHY}
        key["option_rationales"] = {name: {"en": BECAUSE} for name in "abcd"}
        QuestionFactory(
            home_set=secret,
            domain=guide.domains.get(),
            revision__body=body,
            revision__key=key,
        )
    exam = OwnExamFactory(guide=guide)
    exam.sources.add(secret)
    return exam


@pytest.fixture
def member():
    return MembershipFactory()


def _sitting(member, assignment):
    attempt = start_assigned(student=member.person, assignment=assignment)
    answer(attempt, [RIGHT] * 6 + [WRONG] * 4)
    return attempt


def _everything(client, attempt):
    """All that a student could look at, as one text."""
    client.force_login(attempt.student)
    base = f"/attempts/{attempt.public_id}/"
    results = [f"result/?show={show}" for show in ("all", "wrong", "flagged")]
    inside = [*results, "result/1/", "result/10/", "review/", "q/1/", "q/10/", "state/", "paper/"]
    outside = ["/", "/exams/", "/practice/", f"/assignments/{attempt.assignment.public_id}/"]
    addresses = [*(base + path for path in inside), *outside]
    return "".join(client.get(address, follow=True).content.decode() for address in addresses)


def _says(text, words):
    return [word for word in words if word in text]


def _score_is_shown(text):
    return "of 10 right, 60%" in text


@pytest.mark.parametrize("policy", ["after_end", "after_close", "score_only"])
def test_an_open_sitting_shows_its_questions_and_no_key(client, exam, member, policy):
    assignment = AssignmentFactory(classroom=member.classroom, exam=exam, feedback=policy)

    text = _everything(client, _sitting(member, assignment))

    assert _says(text, QUESTIONS) == list(QUESTIONS)
    assert not _says(text, KEYS)


@pytest.mark.parametrize(
    ("policy", "shown"), [("after_end", True), ("after_close", False), ("score_only", False)]
)
def test_an_ended_sitting_before_the_closing(client, exam, member, policy, shown):
    assignment = AssignmentFactory(
        classroom=member.classroom,
        exam=exam,
        feedback=policy,
        closes_at=timezone.now() + HOUR,
    )

    text = _everything(client, close(_sitting(member, assignment)))

    assert _score_is_shown(text)
    assert bool(_says(text, QUESTIONS + KEYS)) is shown
    # One row a question says whether it is right.
    assert ("qrow" in text) is shown


@pytest.mark.parametrize(
    ("policy", "shown"), [("after_end", True), ("after_close", True), ("score_only", False)]
)
def test_an_ended_sitting_after_the_closing(client, exam, member, policy, shown):
    assignment = AssignmentFactory(
        classroom=member.classroom, exam=exam, feedback=policy, closes_at=NOW + HOUR
    )
    attempt = close(_sitting(member, assignment))
    Assignment.objects.update(closes_at=timezone.now())

    text = _everything(client, attempt)

    assert _score_is_shown(text)
    assert _says(text, QUESTIONS + KEYS) == (list(QUESTIONS + KEYS) if shown else [])
    assert ("qrow" in text) is shown


def test_without_an_own_policy_that_of_the_exam_holds(client, exam, member):
    exam.feedback = "score_only"
    exam.save()
    assignment = AssignmentFactory(classroom=member.classroom, exam=exam)

    text = _everything(client, close(_sitting(member, assignment)))

    assert not _says(text, QUESTIONS + KEYS)


def test_a_sitting_keeps_the_policy_that_it_began_with(client, exam, member):
    assignment = AssignmentFactory(classroom=member.classroom, exam=exam, feedback="score_only")
    attempt = close(_sitting(member, assignment))

    Assignment.objects.update(feedback="after_end")

    assert not _says(_everything(client, attempt), QUESTIONS + KEYS)


def test_the_page_says_until_when_questions_are_hidden(client, exam, member):
    member.person.time_zone = "Asia/Kolkata"
    member.person.save()
    closes = timezone.now().replace(year=2030, month=1, day=10, hour=12, minute=0)
    assignment = AssignmentFactory(
        classroom=member.classroom, exam=exam, feedback="after_close", closes_at=closes
    )

    text = _everything(client, close(_sitting(member, assignment)))

    assert "shown here after 10 Jan 2030, 17:30, when this has closed for everybody" in text


# When it has closed for everybody.


@pytest.fixture
def waiting(exam, member):
    """A closed sitting of an assignment that tells after it closed, an hour from now."""
    assignment = AssignmentFactory(
        classroom=member.classroom, exam=exam, feedback="after_close", closes_at=NOW + HOUR
    )
    return close(_sitting(member, assignment))


def test_everybody_is_done_when_the_last_ones_own_closing_has_come(waiting, member):
    slow = MembershipFactory(
        classroom=member.classroom, extra_time_factor=Decimal(2), extra_time_reason="x"
    )
    assert everybody_is_done(waiting) == NOW + HOUR + timedelta(minutes=30)

    OverrideFactory(
        assignment=waiting.assignment, person=slow.person, closes_at=NOW + 5 * HOUR, minutes=60
    )

    assert everybody_is_done(waiting) == NOW + 6 * HOUR


def test_nobody_waits_for_an_assignment_that_never_closes(client, waiting):
    Assignment.objects.update(closes_at=None)

    assert everybody_is_done(waiting) is None
    assert _says(_everything(client, waiting), KEYS) == list(KEYS)


def test_who_still_sits_it_is_waited_for_and_who_left_is_not(waiting, member):
    other = MembershipFactory(classroom=member.classroom)
    MembershipFactory(
        classroom=member.classroom,
        joined_at=NOW - HOUR,
        left_at=NOW,
        extra_time_factor=Decimal(3),
        extra_time_reason="x",
    )
    running = _sitting(other, waiting.assignment)
    shift_clock(running, left=9 * HOUR)

    assert everybody_is_done(waiting) == running.deadline_at + running.grace
    close(running)
    assert everybody_is_done(waiting) == NOW + HOUR


def test_a_withdrawn_assignment_is_over_when_it_was_withdrawn(waiting):
    Assignment.objects.update(withdrawn_at=NOW)

    assert everybody_is_done(waiting) == NOW


@pytest.mark.parametrize("seed", range(20))
def test_the_statement_agrees_with_the_engine(seed):
    rng = random.Random(seed)
    classroom = ClassroomFactory()
    labels = [
        ClassLabelFactory(
            classroom=classroom, extra_time_factor=_factor(rng), extra_time_reason="x"
        )
        for _ in range(3)
    ]
    members = [
        MembershipFactory(
            classroom=classroom,
            labels=rng.sample(labels, rng.randint(0, 3)),
            extra_time_factor=_factor(rng),
            extra_time_reason="x",
            person__extra_time_factor=_factor(rng) or 1,
        )
        for _ in range(4)
    ]
    assignment = _assignment(rng, classroom, labels, members)

    _compare(assignment, members)


def _factor(rng):
    return rng.choice([None, None, Decimal("1.25"), Decimal("1.5"), Decimal(2)])


def _closing(rng):
    return rng.choice([None, NOW + rng.randint(1, 500) * HOUR / 10])


def _assignment(rng, classroom, labels, members):
    targets = rng.sample([*labels, *(it.person for it in members)], rng.choice([0, 0, 2, 3]))
    assignment = AssignmentFactory(
        classroom=classroom,
        exam=OwnExamFactory(),
        targets=targets,
        closes_at=NOW + 10 * HOUR if rng.random() < 0.9 else None,
    )
    for target in rng.sample([*labels, *members[:2]], rng.randint(0, 4)):
        whom = {"label": target} if isinstance(target, ClassLabel) else {"person": target.person}
        OverrideFactory(
            assignment=assignment,
            position=rng.randint(1, 3),
            closes_at=_closing(rng),
            minutes=rng.choice([None, 10, 600]),
            **whom,
        )
    return assignment


def _compare(assignment, members):
    fresh = Membership.objects.filter(pk__in=[it.pk for it in members])
    closings = [
        it.own_close
        for it in terms_by_person(Assignment.objects.get(pk=assignment.pk), fresh).values()
    ]
    attempt = Attempt(assignment=assignment, terms={"minutes": {"value": 30, "origin": "exam"}})

    done = everybody_is_done(attempt)

    if not closings:
        assert done == assignment.closes_at
    else:
        assert done == (None if None in closings else max(closings))
