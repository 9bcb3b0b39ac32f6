"""Starting a sitting of an assigned exam: who may, when, how often, and with which paper."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache

from certportal.lib.clock import db_now
from quizzes.models import Attempt, ExamSection, Question, QuestionSet
from quizzes.services import starting
from quizzes.services.answering import save_form
from quizzes.services.errors import CannotStartError
from quizzes.services.starting import start_assigned, start_mock, start_practice
from tests.factories.accounts import UserFactory
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.attempts import shift_clock
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory
from tests.factories.quizzes import ExamFactory, QuestionFactory, QuestionSetFactory, stock_guide
from tests.factories.sittings import RIGHT, WRONG, close

pytestmark = pytest.mark.django_db

NOW = db_now
INSTANT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def exam():
    """10 questions in 30 minutes."""
    guide = make_guide(60, 40)
    stock_guide(guide, each=15)
    return OwnExamFactory(guide=guide, title="Spring mock")


@pytest.fixture
def member():
    return MembershipFactory()


@pytest.fixture
def give(exam, member):
    def assignment(**fields):
        return AssignmentFactory(**{"classroom": member.classroom, "exam": exam} | fields)

    return assignment


@pytest.fixture
def at(monkeypatch):
    """Makes the service read another time."""

    def set_to(moment):
        monkeypatch.setattr(starting, "db_now", lambda: moment)

    return set_to


def _refusal(student, assignment, password=""):
    with pytest.raises(CannotStartError) as caught:
        start_assigned(student=student, assignment=assignment, password=password)
    return caught.value.code


def test_the_sitting_is_drawn_and_frozen_by_the_rules_of_the_exam(give, member, exam):
    assignment = give(title="First mock", attempts_allowed=2, feedback="score_only")

    attempt = start_assigned(student=member.person, assignment=assignment)

    assert (attempt.assignment, attempt.exam, attempt.mode) == (assignment, exam, "mock")
    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=30)
    by_domain = [attempt.items.filter(domain__key=key).count() for key in ("D1", "D2")]
    assert by_domain == [6, 4]
    terms = {name: (term["value"], term["origin"]) for name, term in attempt.terms.items()}
    assert terms["questions"] == (10, "exam")
    assert terms["minutes"] == (30, "exam")
    assert terms["cut_fraction"] == ("0.72", "estimate")
    assert terms["attempts"] == (2, "assignment")
    assert terms["feedback"] == ("score_only", "assignment")
    assert terms["extra_time"] == ("1", "portal")
    assert attempt.terms["minutes"]["source"] == "Spring mock"


def test_a_mock_of_the_catalogue_can_be_assigned_and_follows_bank_and_guide(member):
    guide = make_guide(60, 40)
    stock_guide(guide, each=30)
    assignment = AssignmentFactory(classroom=member.classroom, exam=ExamFactory(guide=guide))

    attempt = start_assigned(student=member.person, assignment=assignment)

    assert (attempt.items.count(), attempt.terms["questions"]["origin"]) == (50, "bank")
    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=70)


def test_extra_time_given_by_staff_counts_and_the_students_own_choice_does_not(give):
    member = MembershipFactory(
        person=UserFactory(own_extra_time_factor=Decimal(3)),
        extra_time_factor=Decimal("1.5"),
        extra_time_reason="Dyslexia.",
    )
    assignment = give(classroom=member.classroom)

    attempt = start_assigned(student=member.person, assignment=assignment)

    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=45)
    assert attempt.terms["extra_time"] == {"value": "1.5", "origin": "member"}


def test_an_exception_for_a_label_is_named_in_the_frozen_terms(give):
    classroom = ClassroomFactory()
    label = ClassLabelFactory(classroom=classroom, name="evening")
    member = MembershipFactory(classroom=classroom, labels=[label])
    assignment = give(classroom=classroom)
    OverrideFactory(assignment=assignment, label=label, minutes=50)

    attempt = start_assigned(student=member.person, assignment=assignment)

    assert attempt.terms["minutes"] == {"value": 50, "origin": "label", "source": "evening"}
    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=50)


def test_the_closing_cuts_the_deadline_and_moves_by_the_extra_time(give, member):
    closes = NOW() + timedelta(minutes=20)
    slow = MembershipFactory(
        classroom=member.classroom, extra_time_factor=Decimal(2), extra_time_reason="x"
    )
    assignment = give(closes_at=closes)

    plain = start_assigned(student=member.person, assignment=assignment)
    longer = start_assigned(student=slow.person, assignment=assignment)

    assert plain.deadline_at == closes
    assert longer.deadline_at == closes + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("fields", "moved", "code"),
    [
        ({"opens_at": HOUR}, HOUR - INSTANT, "not_open"),
        ({"opens_at": HOUR}, HOUR, ""),
        ({"closes_at": HOUR}, HOUR - INSTANT, ""),
        ({"closes_at": HOUR}, HOUR, "closed"),
        ({"due_at": HOUR, "late_policy": "refuse"}, HOUR, ""),
        ({"due_at": HOUR, "late_policy": "refuse"}, HOUR + INSTANT, "past_due"),
        ({"due_at": HOUR}, HOUR + INSTANT, ""),
    ],
)
def test_dates_hold_to_the_instant_of_the_databases_clock(give, member, at, fields, moved, code):
    now = NOW()
    dates = {name: now + it if isinstance(it, timedelta) else it for name, it in fields.items()}
    assignment = give(**dates)
    at(now + moved)

    if code:
        assert _refusal(member.person, assignment) == code
        assert not Attempt.objects.exists()
    else:
        attempt = start_assigned(student=member.person, assignment=assignment)
        assert attempt.deadline_at > attempt.started_at == now + moved


def test_attempts_run_out_and_voided_ones_do_not_count(give, member):
    assignment = give(attempts_allowed=2)
    first = close(start_assigned(student=member.person, assignment=assignment))
    close(start_assigned(student=member.person, assignment=assignment))

    assert _refusal(member.person, assignment) == "none_left"
    Attempt.objects.filter(pk=first.pk).update(status="voided")
    start_assigned(student=member.person, assignment=assignment)


def test_starting_again_resumes_and_another_person_gets_their_own(give, member):
    assignment = give(attempts_allowed=1)
    other = MembershipFactory(classroom=member.classroom)

    first = start_assigned(student=member.person, assignment=assignment)

    assert start_assigned(student=member.person, assignment=assignment) == first
    assert start_assigned(student=other.person, assignment=assignment) != first


def test_a_sitting_whose_time_is_over_is_closed_and_a_new_one_starts(give, member):
    assignment = give(attempts_allowed=2)
    first = start_assigned(student=member.person, assignment=assignment)
    shift_clock(first, left=timedelta(minutes=-5))

    second = start_assigned(student=member.person, assignment=assignment)

    first.refresh_from_db()
    assert (first.status, second.status) == ("expired", "open")


def test_the_same_exam_may_be_open_once_for_each_assignment_and_once_by_oneself(member):
    guide = make_guide(100)
    stock_guide(guide, each=80)
    exam = ExamFactory(guide=guide)
    given = [AssignmentFactory(classroom=member.classroom, exam=exam) for _ in range(2)]

    own = start_mock(student=member.person, exam=exam)
    sittings = [start_assigned(student=member.person, assignment=it) for it in given]

    assert len({own.pk, *(it.pk for it in sittings)}) == 3
    assert start_mock(student=member.person, exam=exam) == own


def test_only_those_whom_it_is_for_may_start(give, member):
    label = ClassLabelFactory(classroom=member.classroom)
    inside = MembershipFactory(classroom=member.classroom, labels=[label])
    left = MembershipFactory(
        classroom=member.classroom, labels=[label], joined_at=NOW() - HOUR, left_at=NOW()
    )
    assignment = give(targets=[label])

    for person in (member.person, left.person, UserFactory(), member.classroom.created_by):
        assert _refusal(person, assignment) == "not_given"
    start_assigned(student=inside.person, assignment=assignment)


def test_a_practice_goal_is_not_sat(member):
    goal = AssignmentFactory(classroom=member.classroom, practice=True)

    assert _refusal(member.person, goal) == "not_given"


@pytest.mark.parametrize("change", ["withdrawn", "archived", "exam_unpublished", "not_given"])
def test_what_is_gone_starts_nothing_but_resumes_what_runs(give, member, exam, change):
    assignment = give()
    other = MembershipFactory(classroom=member.classroom)
    running = start_assigned(student=other.person, assignment=assignment)
    now = NOW()
    if change == "withdrawn":
        assignment.withdrawn_at = now
        assignment.save()
    elif change == "archived":
        member.classroom.archived_at = now
        member.classroom.save()
    elif change == "exam_unpublished":
        exam.published_at = None
        exam.save()
    else:
        for it in (member, other):
            it.left_at = now
            it.save()

    assert _refusal(member.person, assignment) == change
    assert start_assigned(student=other.person, assignment=assignment) == running


def test_the_password_is_asked_for_a_start_and_not_to_resume(give, member):
    assignment = give(password=make_password("open sesame"))

    assert _refusal(member.person, assignment) == "wrong_password"
    assert _refusal(member.person, assignment, "Open sesame") == "wrong_password"
    first = start_assigned(student=member.person, assignment=assignment, password="open sesame")
    assert start_assigned(student=member.person, assignment=assignment) == first


def test_wrong_passwords_are_counted_by_person_and_right_ones_are_not(give, member):
    cache.clear()
    assignment = give(password=make_password("open sesame"), attempts_allowed=None)
    other = MembershipFactory(classroom=member.classroom)
    for _ in range(9):
        _refusal(member.person, assignment, "guess")
    for _ in range(3):
        close(start_assigned(student=member.person, assignment=assignment, password="open sesame"))

    assert _refusal(member.person, assignment, "guess") == "wrong_password"
    assert _refusal(member.person, assignment, "open sesame") == "too_many_passwords"
    start_assigned(student=other.person, assignment=assignment, password="open sesame")


def test_a_source_that_cannot_fill_the_paper_starts_nothing(give, member):
    guide = make_guide(60, 40)
    stock_guide(guide, each=3)
    assignment = give(exam=OwnExamFactory(guide=guide))

    assert _refusal(member.person, assignment) == "too_few"


def test_a_forgetful_database_starts_nothing(give, member, settings):
    settings.EXAMS_NEED_DURABLE_DATABASE = True

    assert _refusal(member.person, give()) == "not_durable"


def test_sets_for_exams_only_are_drawn_by_assigned_exams(member):
    guide = make_guide(100)
    secret = QuestionSetFactory(use=QuestionSet.Use.EXAM_ONLY)
    questions = stock_guide(guide, each=10, home_set=secret)
    exam = OwnExamFactory(guide=guide)
    exam.sources.add(secret)
    assignment = AssignmentFactory(classroom=member.classroom, exam=exam)

    attempt = start_assigned(student=member.person, assignment=assignment)

    drawn = set(attempt.items.values_list("question_id", flat=True))
    assert drawn == {question.pk for question in questions}


def test_what_stands_on_another_open_paper_is_left_out_where_possible(member):
    guide = make_guide(100)
    stock_guide(guide, each=20)
    exams = [OwnExamFactory(guide=guide) for _ in range(3)]
    given = [AssignmentFactory(classroom=member.classroom, exam=exam) for exam in exams]

    papers = [
        set(
            start_assigned(student=member.person, assignment=assignment).items.values_list(
                "question_id", flat=True
            )
        )
        for assignment in given
    ]

    assert papers[0].isdisjoint(papers[1])
    assert len(papers[2]) == 10


def test_nobody_starts_an_instructors_exam_by_themselves(exam, member):
    with pytest.raises(CannotStartError, match="only_assigned"):
        start_mock(student=member.person, exam=exam)


def test_a_question_added_to_the_bank_does_not_change_an_assigned_size(give, member, exam):
    QuestionFactory(domain=exam.guide.domains.first())

    assert start_assigned(student=member.person, assignment=give()).items.count() == 10


# ---- Sections, blocks and questions on trial ---------------------------------------------------


def _cut(exam, *sizes):
    for position, size in enumerate(sizes, start=1):
        ExamSection.objects.create(
            exam=exam, position=position, title=f"Part {position}", size=size
        )


def _on_trial(exam, count, **fields):
    domain = exam.guide.domains.first()
    home_set = Question.objects.first().home_set
    return [
        QuestionFactory(home_set=home_set, domain=domain, is_pilot=True, **fields)
        for _ in range(count)
    ]


def test_sections_are_frozen_with_the_paper(give, member, exam):
    _cut(exam, 6, 4)

    attempt = start_assigned(student=member.person, assignment=give())
    ExamSection.objects.all().delete()
    attempt.refresh_from_db()

    assert attempt.sections == [{"key": "s1", "title": "Part 1"}, {"key": "s2", "title": "Part 2"}]
    assert attempt.section == "s1"
    assert list(attempt.items.values_list("section", flat=True)) == ["s1"] * 6 + ["s2"] * 4


def test_an_exam_without_sections_is_one_piece(give, member):
    attempt = start_assigned(student=member.person, assignment=give())

    assert (attempt.sections, attempt.section) == ([], "")
    assert set(attempt.items.values_list("section", flat=True)) == {""}


def test_sections_that_do_not_hold_the_exam_refuse_the_start(give, member, exam):
    _cut(exam, 6, 5)

    assert _refusal(member.person, give()) == "sections"
    assert not Attempt.objects.exists()


def test_a_block_stays_together_in_one_section(give, member, exam):
    # Six are left in this domain and all are drawn, the block of three with them.
    first = [it.pk for it in Question.objects.filter(placements__domain__key="D1")]
    Question.objects.filter(pk__in=first[:9]).update(status="retired")
    Question.objects.filter(pk__in=first[9:12]).update(block="case")
    _cut(exam, 5, 5)

    attempt = start_assigned(student=member.person, assignment=give())

    case = attempt.items.filter(block="case")
    assert case.count() == 3
    assert len(set(case.values_list("section", flat=True))) == 1
    positions = list(case.values_list("position", flat=True))
    assert positions == list(range(positions[0], positions[0] + 3))


def test_questions_on_trial_come_on_top_and_only_there(give, member, exam):
    exam.pilots = 3
    exam.save()
    _cut(exam, 5, 5)
    on_trial = {question.pk for question in _on_trial(exam, 4)}

    attempt = start_assigned(student=member.person, assignment=give())

    scored = attempt.items.filter(is_scored=True)
    unscored = set(attempt.items.filter(is_scored=False).values_list("question_id", flat=True))
    assert (scored.count(), len(unscored)) == (10, 3)
    assert unscored < on_trial
    assert not scored.filter(question__in=on_trial).exists()
    assert scored.filter(section="s1").count() == 5
    assert attempt.terms["questions"]["value"] == 10


def test_lacking_questions_on_trial_are_noted_and_stop_nobody(give, member, exam):
    exam.pilots = 3
    exam.save()
    _on_trial(exam, 1)

    attempt = start_assigned(student=member.person, assignment=give())

    assert attempt.items.count() == 11
    assert "trial::-2" in attempt.relaxations


def test_the_score_is_the_same_whatever_is_answered_on_trial(give, exam):
    exam.pilots = 4
    exam.save()
    _on_trial(exam, 4)
    assignment = give()
    results = []
    for answer in (RIGHT, WRONG, None):
        student = MembershipFactory(classroom=assignment.classroom).person
        attempt = start_assigned(student=student, assignment=assignment)
        entries = [
            {"item": item.position, "answer": RIGHT if item.is_scored else answer}
            for item in attempt.items.all()
            if item.is_scored or answer
        ]
        save_form(public_id=attempt.public_id, student=student, entries=entries)
        score = close(attempt).scores.get()
        results.append((score.points, score.max_points, score.passed, len(score.item_shares)))

    assert results == [(10, 10, True, 10)] * 3


def test_what_is_on_trial_is_never_practised_nor_sat_by_oneself(exam):
    guide = exam.guide
    stock_guide(guide, each=20)
    on_trial = {question.pk for question in _on_trial(exam, 30)}
    student = UserFactory()

    practice = start_practice(student=student, guide=guide, size=50)
    mock = start_mock(student=student, exam=ExamFactory(guide=guide))

    for attempt in (practice, mock):
        drawn = set(attempt.items.values_list("question_id", flat=True))
        assert drawn
        assert not drawn & on_trial
        assert not attempt.items.filter(is_scored=False).exists()
