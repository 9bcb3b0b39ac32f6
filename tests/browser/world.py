"""A portal that people have used: something to show on every page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certportal.accounts.models import User
from certportal.accounts.services.notifying import mark_all_read, notify
from certportal.accounts.services.roles import make_instructor
from certportal.catalog.models import ExamDomain
from certportal.lib.clock import db_now
from quizzes.models import Attempt, Exam, Question, QuestionSet
from quizzes.services.answering import save_form
from quizzes.services.closing import submit_attempt
from quizzes.services.sections import end_section
from quizzes.services.starting import start_mock
from tests.browser.answering import save
from tests.browser.class_world import ClassWorld, build_classes
from tests.browser.papers import WHOLE_MOCK, paper, two_of_every_kind
from tests.factories.accounts import AdministratorFactory, UserFactory
from tests.factories.attempts import cut_into_sections
from tests.factories.passkeys import add_passkey
from tests.factories.quizzes import QuestionFactory, QuestionSetFactory

SECRET = "JBSWY3DPEHPK3PXP"
"""What the authenticator apps of all staff hold."""
OPEN_MOCK = "saa-c03"


@dataclass(frozen=True)
class World:
    """Who is there, and what the pages of each can be about."""

    people: dict[str, User]
    sitting: Attempt
    """An open mock of the examinee as the portal drew it, partly answered."""
    every_kind: Attempt
    """Another: one question of every kind, each as yet unanswered."""
    in_sections: Attempt
    """One more, its first section left for the second of three."""
    time_up: Attempt
    """Another, between its deadline and its close."""
    practice: Attempt
    """An open practice of the student: every kind to answer, then every kind answered."""
    passed: Attempt
    failed: Attempt
    practised: Attempt
    own_set: QuestionSet
    shipped_set: QuestionSet
    own_question: Question
    passkey: Authenticator
    classes: ClassWorld
    """What the instructor teaches, and who learns and assists there."""


def build() -> World:
    people = _people()
    questions = two_of_every_kind()
    examinee, student = people["examinee"], people["student"]
    own_set = _own_set(people["instructor"])
    return World(
        people=people,
        sitting=_sitting(examinee),
        every_kind=paper(examinee, questions[:7], mode="mock"),
        in_sections=_in_sections(examinee, questions[:7]),
        time_up=_time_up(people["latecomer"], questions[:7]),
        practice=_practice(student, questions),
        passed=_finished(student, right=55),
        failed=_finished(student, right=20),
        practised=_closed(_practice(student, questions)),
        own_set=own_set,
        shipped_set=QuestionSet.objects.get(slug=WHOLE_MOCK),
        own_question=own_set.home_questions.earliest("pk"),
        passkey=add_passkey(people["protected"]),
        classes=build_classes(people),
    )


def _in_sections(student: User, questions: list[Question]) -> Attempt:
    exam = Exam.objects.for_everybody().exclude(slug__in=[WHOLE_MOCK, OPEN_MOCK]).earliest("slug")
    attempt = cut_into_sections(paper(student, questions, mode="mock", exam=exam), 2, 3, 2)
    end_section(public_id=attempt.public_id, student=student, section="s1")
    return attempt


def _people() -> dict[str, User]:
    students = (
        "newcomer",
        "examinee",
        "latecomer",
        "student",
        "protected",
        "learner",
        "guest",
        "assistant",
    )
    people = {role: UserFactory() for role in students}
    people["instructor"] = UserFactory(display_name="Anne Moreau")
    people["administrator"] = AdministratorFactory(display_name="王芳")
    people["beginner"] = UserFactory(display_name="Lena Vogt")
    for role in ("instructor", "beginner"):
        make_instructor(people[role], by=people["administrator"])
    for role in ("protected", "instructor", "beginner", "administrator"):
        TOTP.activate(people[role], SECRET)
        RecoveryCodes.activate(people[role])
    student = people["student"]
    EmailAddress.objects.create(user=student, email=f"2-{student.email}", verified=False)
    notify(student, kind="regrade", event_key="old", link="/exams/")
    mark_all_read(student)
    notify(student, kind="regrade", event_key="new", link="/exams/")
    DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path="certportal.none",
        backend_name="default",
        run_after=timezone.now(),
        exception_class_path="",
        traceback="",
    )
    return people


def _own_set(owner: User) -> QuestionSet:
    own = QuestionSetFactory(owner=owner, title="Security and compliance, week 4")
    # Not where a mock is drawn: other tests count on what the banks hold.
    domain = ExamDomain.objects.filter(guide__certification__slug="dp-900").earliest("position")
    for status, kind in zip(
        ("ready", "draft", "in_review"), ("multiple", "single", "matching"), strict=True
    ):
        QuestionFactory(home_set=own, kind=kind, domain=domain, status=status)
    return own


def _sitting(student: User) -> Attempt:
    attempt = start_mock(student=student, exam=Exam.objects.get(slug=OPEN_MOCK))
    save(attempt, range(1, 12), right=range(1, 12))
    marks = [{"item": n, "mark": {"flag": True}} for n in (2, 5, 15)]
    save_form(public_id=attempt.public_id, student=student, entries=marks)
    return attempt


def _time_up(student: User, questions: Iterable[Question]) -> Attempt:
    now = db_now()
    return paper(
        student,
        questions,
        mode="mock",
        started_at=now - timedelta(hours=2),
        deadline_at=now - timedelta(minutes=1),
        grace=timedelta(days=1),
    )


def _practice(student: User, questions: list[Question]) -> Attempt:
    attempt = paper(student, questions, mode="practice")
    save(attempt, range(8, 15), right=range(8, 15, 2), final=True)
    return attempt


def _finished(student: User, *, right: int) -> Attempt:
    attempt = start_mock(student=student, exam=Exam.objects.get(slug=WHOLE_MOCK))
    save(attempt, range(1, 63), right=range(1, right + 1))
    return _closed(attempt)


def _closed(attempt: Attempt) -> Attempt:
    return submit_attempt(public_id=attempt.public_id, student=attempt.student)
