"""A small portal with somebody in every role, and a real object behind every address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certportal.accounts.models import (
    ClassLabel,
    Classroom,
    Invitation,
    JoinCode,
    Membership,
    User,
)
from certportal.accounts.services.calendar_addresses import make_calendar_address
from certportal.accounts.services.joining import make_join_code
from certportal.accounts.services.people import deactivate, vouch_for_address
from certportal.accounts.services.roles import make_instructor, sync_instructor_group
from certportal.catalog.models import LearningPath, Resource
from progress.models import ClassGoal
from quizzes.models import (
    Assignment,
    AssignmentOverride,
    Attempt,
    Exam,
    Question,
    QuestionSet,
)
from quizzes.services.starting import start_assigned
from tests.factories.accounts import AdministratorFactory, UserFactory
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.attempts import make_attempt
from tests.factories.catalog import (
    ExamDomainFactory,
    ExamGuideFactory,
    ObjectiveFactory,
)
from tests.factories.classes import (
    ClassLabelFactory,
    ClassroomFactory,
    InvitationFactory,
    MembershipFactory,
)
from tests.factories.passkeys import add_passkey
from tests.factories.quizzes import (
    ExamFactory,
    QuestionFactory,
    QuestionSetFactory,
    stock_guide,
)
from tests.factories.sittings import RIGHT, answer, close

ROLES = (
    "anonymous",
    "inactive",
    "owner",
    "other",
    "other-class",
    "assistant",
    "no-factor",
    "instructor",
    "instructor-2",
    "administrator",
)
"""Who comes: "owner" is the student whose attempts these are, "other" another student,
"other-class" one of another class, "no-factor" an instructor without a second factor. The class
is that of "owner", "assistant", "instructor" and "no-factor"; "instructor-2" has the other."""


@dataclass
class World:
    """Everybody and everything that an address can point at."""

    people: dict[str, User | None]
    cookies: dict[str, SimpleCookie]
    exam: Exam
    running: Attempt
    """The owner's open mock exam."""
    finished: Attempt
    """The owner's mock exam that is over."""
    practice: Attempt
    """The owner's open practice."""
    sample: Question
    own_set: QuestionSet
    """The set of the role "instructor", with one question."""
    own_question: Question
    own_exam: Exam
    """The mock that the role "instructor" made, and the one that the class is given."""
    classroom: Classroom
    membership: Membership
    """That of the owner."""
    label: ClassLabel
    code: JoinCode
    code_text: str
    invitation: Invitation
    """For the owner, into the other class."""
    own_invitation: Invitation
    """Of the class, for somebody outside."""
    calendar_token: str
    """Of the owner."""
    assignment: Assignment
    """To sit the exam; the owner may begin once more."""
    override: AssignmentOverride
    sitting: Attempt
    """The owner's, of the assignment; it is over."""

    @property
    def owner(self) -> User:
        owner = self.people["owner"]
        assert owner is not None
        return owner

    def client(self, role: str, **options: Any) -> Client:
        """A fresh browser with the session of this role."""
        client = Client(**options)
        client.cookies = SimpleCookie(
            {name: morsel.value for name, morsel in self.cookies[role].items()}
        )
        return client


def build() -> World:
    people = _people()
    guide = ExamGuideFactory(total=20, scored=20, unscored=0)
    for weight in (60, 40):
        domain = ExamDomainFactory(guide=guide, weight=weight)
        ObjectiveFactory(domain=domain)
    exam = ExamFactory(guide=guide)
    stock_guide(guide, each=12)
    own_set = QuestionSetFactory(owner=people["instructor"])
    own_question = QuestionFactory(home_set=own_set, domain=guide.domains.first())
    owner = people["owner"]
    assert owner is not None
    vouch_for_address(owner)
    finished = make_attempt("single", "multiple", student=owner)
    answer(finished, [RIGHT])
    EmailAddress.objects.create(user=owner, email="second@example.org", verified=False)
    add_passkey(owner)
    _what_the_administration_lists()
    cookies = {role: _cookies(person) for role, person in people.items()}
    deactivate(people["inactive"], by=None)
    there = _classes(people, exam)
    return World(
        **there,
        sitting=close(start_assigned(student=owner, assignment=there["assignment"])),
        people=people,
        cookies=cookies,
        exam=exam,
        running=make_attempt("single", "multiple", student=owner),
        finished=close(finished),
        practice=make_attempt("single", "single", mode="practice", student=owner),
        sample=QuestionFactory(is_sample=True, domain=guide.domains.first()),
        own_set=own_set,
        own_question=own_question,
    )


def _classes(people: dict[str, Any], exam: Exam) -> dict[str, Any]:
    """The class of most roles with work to do, and another one."""
    classroom = ClassroomFactory(created_by=people["instructor"])
    other = ClassroomFactory(created_by=people["instructor-2"])
    for room in (classroom, other):
        ClassGoal.objects.create(classroom=room, guide=exam.guide)
    label = ClassLabelFactory(classroom=classroom)
    MembershipFactory(classroom=classroom, person=people["no-factor"], role="instructor")
    MembershipFactory(classroom=classroom, person=people["assistant"], role="assistant")
    MembershipFactory(classroom=other, person=people["other-class"])
    own_exam = OwnExamFactory(owner=people["instructor"], guide=exam.guide)
    assignment = AssignmentFactory(
        classroom=classroom, exam=own_exam, due_at=timezone.now() + timedelta(days=2)
    )
    code, text = make_join_code(
        classroom,
        by=people["instructor"],
        expires_at=timezone.now() + timedelta(days=7),
        max_uses=30,
    )
    return {
        "classroom": classroom,
        "membership": MembershipFactory(
            classroom=classroom, person=people["owner"], labels=[label]
        ),
        "label": label,
        "code": code,
        "code_text": text,
        "invitation": InvitationFactory(classroom=other, email=people["owner"].email),
        "own_invitation": InvitationFactory(classroom=classroom),
        "calendar_token": make_calendar_address(people["owner"]),
        "own_exam": own_exam,
        "assignment": assignment,
        "override": OverrideFactory(assignment=assignment, label=label, minutes=45),
    }


def _what_the_administration_lists() -> None:
    Resource.objects.create(slug="a-book", kind=Resource.Kind.BOOK, name="A book")
    LearningPath.objects.create(slug="a-path", kind=LearningPath.Kind.PORTAL, name="A path")
    DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path="certportal.none",
        backend_name="default",
        run_after=timezone.now(),
        exception_class_path="",
        traceback="",
    )


def _people() -> dict[str, User | None]:
    # A test that emptied the tables took the rights of the role with it.
    sync_instructor_group()
    people: dict[str, User | None] = {
        "anonymous": None,
        "inactive": UserFactory(),
        "owner": UserFactory(),
        "other": UserFactory(),
        "administrator": AdministratorFactory(),
    }
    for role in ("other-class", "assistant"):
        people[role] = UserFactory()
    for role in ("no-factor", "instructor", "instructor-2"):
        person = UserFactory()
        make_instructor(person, by=None)
        people[role] = person
    for role in ("owner", "instructor", "instructor-2", "administrator"):
        Authenticator.objects.create(
            user=people[role], type=Authenticator.Type.TOTP, data={"secret": "not a real one"}
        )
    return people


def _cookies(person: User | None) -> SimpleCookie:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client.cookies


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside did not happen."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
