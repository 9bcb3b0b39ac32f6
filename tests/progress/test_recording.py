"""What an answer tells is written once, for its person and for the classes that may see it."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from certportal.accounts.models import Classroom
from certportal.accounts.services.erasing import erase_person
from certportal.lib import periodic
from progress.models import Evidence, MembershipWeek
from progress.services import class_goals, recording
from progress.services.class_goals import restore_class_and_weeks, set_class_goal
from progress.services.recording import catch_up, rebuild_evidence, record_attempt
from quizzes.services.starting import start_mock
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassroomFactory, MembershipFactory
from tests.factories.evidence import closed_paper, goal_of, history, paper
from tests.factories.quizzes import ExamFactory, PlacementFactory, QuestionFactory, stock_guide
from tests.factories.sittings import RIGHT, WRONG, answer, close

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def rows(model=Evidence):
    names = [field.attname for field in model._meta.fields if field.name != "id"]
    return sorted(map(repr, model.objects.values_list(*names)))


def member(guide, *, student=None, joined=NOON - timedelta(days=90), left=None):
    classroom = ClassroomFactory()
    goal_of(classroom, guide)
    return MembershipFactory(
        classroom=classroom, person=student or UserFactory(), joined_at=joined, left_at=left
    )


def total(membership):
    return sum(week.answers for week in membership.weeks.all())


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Do something as a request does it: what is to happen after the commit happens."""

    def run(act, *args):
        with django_capture_on_commit_callbacks(execute=True):
            return act(*args)

    return run


def test_a_mock_tells_what_was_answered_when_it_closes(committed):
    attempt = make_attempt("single", "single", "multiple")
    committed(answer, attempt, [RIGHT, WRONG])
    assert not Evidence.objects.exists()

    committed(close, attempt)

    assert list(Evidence.objects.order_by("item__position").values_list("is_right", "exposure")) \
        == [(True, 1), (False, 1)]  # fmt: skip
    found = Evidence.objects.first()
    assert (found.person, found.guide, found.mode) == (attempt.student, attempt.guide, "mock")


def test_practice_tells_each_answer_when_its_key_is_shown(committed):
    attempt = make_attempt("single", "single", "multiple", mode="practice")

    committed(answer, attempt, [RIGHT])
    assert list(Evidence.objects.values_list("is_right", flat=True)) == [True]
    committed(close, attempt)

    assert Evidence.objects.count() == 1


def test_part_of_a_point_is_not_right(committed):
    attempt = make_attempt("multiple", mode="practice")

    committed(answer, attempt, [{"choices": ["a"]}])

    assert Evidence.objects.get().is_right is False


def test_what_is_shown_without_an_answer_is_an_exposure_and_no_evidence(committed):
    attempt = make_attempt("single", mode="practice")
    committed(answer, attempt, [None])
    assert not Evidence.objects.exists()

    question = attempt.items.get().question
    closed_paper(attempt.student, [question], "+", at=timezone.now(), guide=attempt.guide)
    catch_up()

    assert Evidence.objects.get().exposure == 2


def test_a_closed_mock_shows_its_keys_unless_it_tells_the_score_only():
    guide = make_guide(100)
    seen, unseen = (QuestionFactory(domain=guide.domains.get()) for _ in range(2))
    student = UserFactory()
    closed_paper(student, [seen], ".", at=NOON, guide=guide, mode="mock")
    hidden = closed_paper(student, [unseen], ".", at=NOON, guide=guide, mode="mock")
    hidden.terms = {**hidden.terms, "feedback": {"value": "score_only", "origin": "exam"}}
    hidden.save()

    closed_paper(student, [seen, unseen], "++", at=NOON + timedelta(days=1), guide=guide)
    catch_up()

    exposures = Evidence.objects.order_by("item__position").values_list("exposure", flat=True)
    assert list(exposures) == [2, 1]


def test_recording_twice_counts_once():
    guide = make_guide(100)
    mine = member(guide)
    attempt = history(mine.person, guide.domains.get(), "+-+", at=NOON)

    for _ in range(2):
        record_attempt(attempt.pk)

    assert (Evidence.objects.count(), total(mine)) == (3, 3)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("UTC", datetime(2026, 11, 18, 3, 59, 59, tzinfo=UTC), date(2026, 11, 17)),
        ("UTC", datetime(2026, 11, 18, 4, tzinfo=UTC), date(2026, 11, 18)),
        ("Asia/Kolkata", datetime(2026, 11, 17, 22, 29, tzinfo=UTC), date(2026, 11, 17)),
        ("Asia/Kolkata", datetime(2026, 11, 17, 22, 30, tzinfo=UTC), date(2026, 11, 18)),
        # The night in which clocks go back: 04:00 of the wall is an hour later than the day before.
        ("Europe/Berlin", datetime(2026, 10, 25, 2, 59, tzinfo=UTC), date(2026, 10, 24)),
        ("Europe/Berlin", datetime(2026, 10, 25, 3, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_a_study_day_begins_at_four_in_the_zone_of_the_person(zone, moment, day):
    attempt = history(UserFactory(time_zone=zone), make_guide(100).domains.get(), "+", at=moment)

    record_attempt(attempt.pk)

    assert Evidence.objects.get().study_day == day


def test_a_class_counts_only_its_guide_between_joining_and_leaving():
    guide, other = make_guide(100), make_guide(100)
    mine = member(guide, joined=NOON, left=NOON + timedelta(days=2))
    student, domain = mine.person, guide.domains.get()
    inside = NOON + timedelta(days=1)
    history(student, domain, "+", at=NOON - timedelta(seconds=1))
    history(student, domain, "++", at=NOON)
    history(student, domain, "++++", at=NOON + timedelta(days=2))
    history(student, other.domains.get(), "++++++++", at=inside)
    history(UserFactory(), domain, "++++++++", at=inside)

    catch_up()

    assert total(mine) == 2


def test_a_mock_that_ends_after_leaving_stays_private():
    guide = make_guide(100)
    mine = member(guide, left=NOON)
    before = NOON - timedelta(hours=1)
    attempt = history(mine.person, guide.domains.get(), "+", at=NOON, saved_at=before, mode="mock")

    record_attempt(attempt.pk)

    assert total(mine) == 0
    assert Evidence.objects.count() == 1


def test_staff_of_a_class_are_not_counted():
    guide = make_guide(100)
    mine = member(guide)
    mine.role = "assistant"
    mine.save()

    record_attempt(history(mine.person, guide.domains.get(), "+", at=NOON).pk)

    assert not MembershipWeek.objects.exists()


def test_a_week_adds_up_first_answers_and_repeated_ones():
    guide = make_guide(60, 40)
    mine = member(guide)
    first, second = guide.domains.all()
    known = QuestionFactory(domain=first)
    closed_paper(mine.person, [known], "-", at=NOON, guide=guide)
    closed_paper(mine.person, [known], "+", at=NOON + timedelta(hours=1), guide=guide)
    history(mine.person, second, "++-", at=NOON + timedelta(days=1))
    history(mine.person, first, "+", at=NOON + timedelta(days=7))

    catch_up()

    fields = ("domain", "week", "answers", "first_answers", "first_right")
    assert set(MembershipWeek.objects.values_list(*fields)) == {
        (first.pk, date(2026, 11, 16), 2, 1, 0),
        (second.pk, date(2026, 11, 16), 3, 3, 2),
        (first.pk, date(2026, 11, 23), 1, 1, 1),
    }


SECOND = timedelta(seconds=1)


def goal_at(moment, classroom, guide, monkeypatch):
    monkeypatch.setattr(class_goals, "db_now", lambda: moment)
    set_class_goal(classroom, guide=guide, by=classroom.created_by)


def test_another_guide_is_seen_from_its_choice_on_and_the_first_from_joining(monkeypatch):
    old, new = make_guide(100), make_guide(100)
    mine, elsewhere = member(old), member(old)
    history(mine.person, old.domains.get(), "+++", at=NOON - SECOND)
    history(elsewhere.person, old.domains.get(), "++", at=NOON)
    for at in (NOON - SECOND, NOON, NOON + SECOND):
        history(mine.person, new.domains.get(), "+", at=at)
    catch_up()
    assert (total(mine), total(elsewhere)) == (3, 2)

    goal_at(NOON, mine.classroom, new, monkeypatch)

    assert (total(mine), total(elsewhere)) == (2, 2)
    weeks = rows(MembershipWeek)
    rebuild_evidence()
    assert rows(MembershipWeek) == weeks


def test_a_guide_chosen_again_shows_what_was_done_while_it_was_the_goal(monkeypatch):
    old, new = make_guide(100), make_guide(100)
    mine = member(old)
    goal_at(NOON, mine.classroom, new, monkeypatch)
    goal_at(NOON + timedelta(hours=1), mine.classroom, old, monkeypatch)
    for at in (NOON - SECOND, NOON, NOON + timedelta(hours=1) - SECOND, NOON + timedelta(hours=1)):
        history(mine.person, old.domains.get(), "+", at=at)

    catch_up()

    assert total(mine) == 2


def test_a_mock_across_the_choice_of_another_guide_is_not_in_the_earlier_time(monkeypatch):
    old, new = make_guide(100), make_guide(100)
    mine = member(old)
    for at in (NOON - SECOND, NOON):
        history(mine.person, old.domains.get(), "+", at=at, mode="mock", saved_at=NOON - SECOND)
    goal_at(NOON, mine.classroom, new, monkeypatch)
    goal_at(NOON + SECOND, mine.classroom, old, monkeypatch)

    catch_up()

    assert total(mine) == 1


def test_an_archived_class_counts_nothing_new_until_it_goes_on(monkeypatch):
    guide = make_guide(100)
    mine = member(guide)
    Classroom.objects.filter(pk=mine.classroom_id).update(archived_at=NOON)
    for at in (NOON - SECOND, NOON, NOON + SECOND):
        history(mine.person, guide.domains.get(), "+", at=at)
    catch_up()
    assert total(mine) == 1
    rebuild_evidence()
    assert total(mine) == 1

    restore_class_and_weeks(mine.classroom, by=mine.classroom.created_by)

    assert total(mine) == 3


def test_a_receiver_that_fails_breaks_nothing_and_is_caught_up(monkeypatch, committed, caplog):
    attempt = make_attempt("single")
    committed(answer, attempt, [RIGHT])
    with monkeypatch.context() as broken:
        broken.setattr(recording, "record_attempt", lambda _: 1 / 0)
        closed = committed(close, attempt)
    assert closed.status == "submitted"
    assert "ZeroDivisionError" in caplog.text
    assert not Evidence.objects.exists()

    assert (catch_up(), catch_up()) == (1, 0)

    assert Evidence.objects.count() == 1


def test_a_skipped_answer_of_a_running_practice_is_caught_up():
    attempt = make_attempt("single", "single", mode="practice")
    answer(attempt, [RIGHT, WRONG])

    assert (catch_up(), catch_up()) == (1, 0)

    assert sorted(Evidence.objects.values_list("is_right", flat=True)) == [False, True]


def test_nothing_is_caught_up_of_what_tells_nothing():
    make_attempt("single")
    history(UserFactory(), make_guide(100).domains.get(), "...", at=NOON, mode="mock")

    assert catch_up() == 0


def test_the_worker_catches_up():
    assert catch_up in {job.run for job in periodic.jobs()}


def test_an_erased_person_keeps_the_evidence():
    attempt = history(UserFactory(), make_guide(100).domains.get(), "+-", at=NOON)
    record_attempt(attempt.pk)
    before = rows()

    erase_person(attempt.student, by=None)
    rebuild_evidence()

    assert rows() == before


def test_a_day_stays_when_its_person_moves():
    early = datetime(2026, 11, 18, 3, tzinfo=UTC)
    attempt = history(UserFactory(), make_guide(100).domains.get(), "+", at=early)
    record_attempt(attempt.pk)

    attempt.student.time_zone = "Asia/Tokyo"
    attempt.student.save()
    rebuild_evidence()

    assert Evidence.objects.get().study_day == date(2026, 11, 17)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_recorded_as_it_happens_equals_what_is_rebuilt(seed):
    rng = random.Random(seed)
    guide, other = make_guide(70, 30), make_guide(100)
    questions = [QuestionFactory(domain=rng.choice(guide.domains.all())) for _ in range(12)]
    for question in questions[::2]:
        PlacementFactory(question=question, domain=other.domains.get())
    people = [
        UserFactory(time_zone=zone) for zone in ("UTC", "Asia/Kolkata", "America/Los_Angeles")
    ]
    for person in people * 2:
        joined = NOON + timedelta(days=rng.randint(-20, 5))
        left = rng.choice([None, joined + timedelta(days=rng.randint(1, 20))])
        member(guide, student=person, joined=joined, left=left)
    for hour in range(40):
        person, target = rng.choice(people), rng.choice([guide, guide, other])
        pool = questions if target is guide else questions[::2]
        chosen = rng.sample(pool, 4)
        attempt = closed_paper(
            person,
            chosen,
            "".join(rng.choice("+-.") for _ in chosen),
            at=NOON + timedelta(hours=7 * hour - 140),
            guide=target,
            mode=rng.choice(["mock", "practice"]),
        )
        record_attempt(attempt.pk)
    going_on = paper(people[0], questions[:3], guide=guide, started_at=timezone.now())
    answer(going_on, [RIGHT, WRONG, None])
    catch_up()
    evidence, weeks = rows(), rows(MembershipWeek)
    assert len(evidence) > 50
    assert weeks

    call_command("rebuild_progress", verbosity=0)

    assert rows() == evidence
    assert rows(MembershipWeek) == weeks


def test_closing_a_mock_costs_one_statement_for_what_it_tells(
    django_capture_on_commit_callbacks, django_assert_num_queries
):
    guide = make_guide(100)
    stock_guide(guide, each=65)
    student = member(guide).person
    attempt = start_mock(student=student, exam=ExamFactory(guide=guide))
    answer(attempt, [RIGHT] * 65)

    with django_capture_on_commit_callbacks() as after, django_assert_num_queries(8):
        # Two of them are a savepoint of the test and its release.
        close(attempt)
    with django_assert_num_queries(1):
        for callback in after:
            callback()

    assert Evidence.objects.count() == 65
