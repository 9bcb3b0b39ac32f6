"""Classes that have been taught for weeks, with people, work and marks in every state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from certportal.accounts.models import (
    ClassLabel,
    Classroom,
    Invitation,
    Membership,
    User,
)
from certportal.accounts.services.joining import make_join_code, revoke_join_code
from certportal.catalog.models import ExamGuide
from progress.services.class_goals import set_class_goal
from progress.services.recording import record_attempt
from quizzes.models import Assignment, AssignmentOverride, Attempt, Exam, Question
from quizzes.services.assigning import withdraw_assignment
from quizzes.services.closing import submit_attempt
from quizzes.services.starting import start_assigned, start_practice
from tests.browser.answering import save
from tests.browser.papers import WHOLE_MOCK
from tests.factories.accounts import UserFactory
from tests.factories.assignments import AssignmentFactory, OverrideFactory, OwnExamFactory
from tests.factories.classes import (
    ClassLabelFactory,
    ClassroomFactory,
    InvitationFactory,
    MembershipFactory,
)
from tests.factories.evidence import closed_paper

_PASSWORD = "open sesame"
"""Of the one assignment that asks for one."""
_WEEKS = 8
_ANSWERS_A_WEEK = 5
_LONG = "Donaudampfschifffahrtsgesellschaftskapitänsanwärterinnenprüfung"


@dataclass(frozen=True)
class ClassWorld:
    """Classes of the instructor and what there is in the fullest of them."""

    classroom: Classroom
    """With students, an assistant and work in every state."""
    empty: Classroom
    """Without students, work or anything to learn for."""
    archived: Classroom
    members: dict[str, Membership]
    """By role, and "idle" for a student who has never done anything."""
    label: ClassLabel
    code_text: str
    """Lets into the second class, where the guest is invited, too."""
    invitation: Invitation
    work: dict[str, Assignment]
    """By what is special about each."""
    override: AssignmentOverride
    exam: Exam
    draft: Exam
    settled: Exam
    """Archived."""


def build_classes(people: dict[str, User]) -> ClassWorld:
    teacher = people["instructor"]
    guide = ExamGuide.objects.current().get(certification__slug=WHOLE_MOCK)
    classroom = ClassroomFactory(created_by=teacher, name="Cloud Foundations, autumn 2026")
    label = ClassLabelFactory(
        classroom=classroom,
        name="Extra time",
        extra_time_factor="1.5",
        extra_time_reason="Granted by the examination office",
    )
    members = _members(classroom, people, label)
    empty = ClassroomFactory(created_by=teacher, name=f"{_LONG}, Gruppe 2")
    _history(guide, members)
    set_class_goal(classroom, guide=guide, by=teacher)
    exam = OwnExamFactory(
        owner=teacher,
        guide=guide,
        title="Midterm",
        instructions="Pens **down** when the time is over.",
    )
    work = _work(classroom, exam, members)
    _doors(classroom, label)
    return ClassWorld(
        classroom=classroom,
        empty=empty,
        archived=_archived(teacher, guide, people["learner"]),
        members=members,
        label=label,
        code_text=_code(empty),
        invitation=InvitationFactory(classroom=empty, email=people["guest"].email),
        work=work,
        override=_exceptions(work["running"], label, members["idle"].person),
        exam=exam,
        draft=OwnExamFactory(owner=teacher, guide=guide, title="Final", published_at=None),
        settled=OwnExamFactory(owner=teacher, guide=guide, archived_at=timezone.now()),
    )


def _members(
    classroom: Classroom, people: dict[str, User], label: ClassLabel
) -> dict[str, Membership]:
    people = {
        **{role: people[role] for role in ("learner", "student", "assistant")},
        "idle": UserFactory(display_name=_LONG),
        "formula": UserFactory(display_name="=HYPERLINK(1)"),
        "gone": UserFactory(display_name="Somebody who left"),
    }
    evening = ClassLabelFactory(classroom=classroom, name="Evening course")
    labels = {"learner": [label, evening], "formula": [evening]}
    wrist = {"extra_time_factor": "1.25", "extra_time_reason": "A broken wrist"}
    joined = timezone.now() - timedelta(weeks=_WEEKS)
    members = {
        name: MembershipFactory(
            classroom=classroom,
            person=person,
            assistant=name == "assistant",
            joined_at=joined,
            labels=labels.get(name),
            **(wrist if name == "formula" else {}),
        )
        for name, person in people.items()
    }
    Membership.objects.filter(pk=members["gone"].pk).update(left_at=timezone.now())
    return members


def _history(guide: ExamGuide, members: dict[str, Membership]) -> None:
    """Weeks of practice, of the learner more of it than of the other."""
    questions = list(
        Question.objects.filter(
            kind="single", home_set__is_shipped=True, placements__guide=guide
        ).order_by("pk")
    )
    now = timezone.now()
    for name, weeks in (("learner", _WEEKS), ("formula", 2)):
        for week in range(weeks):
            first = week * _ANSWERS_A_WEEK
            attempt = closed_paper(
                members[name].person,
                questions[first : first + _ANSWERS_A_WEEK],
                "+-++-",
                at=now - timedelta(days=7 * (weeks - week) - 1),
                guide=guide,
            )
            record_attempt(attempt.pk)


def _work(
    classroom: Classroom, exam: Exam, members: dict[str, Membership]
) -> dict[str, Assignment]:
    """One assignment for everything that its page can say to the learner."""
    now = timezone.now()
    hour, day = timedelta(hours=1), timedelta(days=1)

    def give(title: str, **fields: Any) -> Assignment:
        return AssignmentFactory(
            classroom=classroom, title=title, **{"exam": exam, "created_at": now - day, **fields}
        )

    work = {
        "due": give(
            "Mock exam, week 9",
            exam=Exam.objects.get(slug=WHOLE_MOCK),
            due_at=now + 2 * day,
            closes_at=now + 3 * day,
            attempts_allowed=2,
            instructions="Read *all* of chapter 4 before.",
        ),
        "running": give("Midterm", due_at=now + hour, closes_at=now + day),
        "cut": give("Closing soon", closes_at=now + timedelta(minutes=5)),
        "done": give("Warm-up", due_at=now + day, attempts_allowed=1, feedback="score_only"),
        "late": give("Week 7", due_at=now - hour, late_policy="deduct", late_deduction=20),
        "overdue": give("Week 8", due_at=now - day),
        "refused": give("Week 6", due_at=now - day, late_policy="refuse"),
        "closed": give("Week 5", due_at=now - 2 * day, closes_at=now - day),
        "early": give("Final", opens_at=now + day, due_at=now + 9 * day),
        "locked": give("In the room", password=make_password(_PASSWORD)),
        "withdrawn": give("By mistake"),
        "goal": give(
            "Read and practise",
            practice=True,
            exam=None,
            guide=exam.guide,
            goal=20,
            due_at=now + day,
            domains=list(exam.guide.domains.all()[:2]),
        ),
        "goal reached": give("Begin", practice=True, exam=None, guide=exam.guide, goal=5),
        "nobody": give("For those who left", targets=[members["gone"].person]),
    }
    _sit(work, members)
    withdraw_assignment(work["withdrawn"], by=classroom.created_by)
    return work


def _sit(work: dict[str, Assignment], members: dict[str, Membership]) -> None:
    learner, student, other = (members[it].person for it in ("learner", "student", "formula"))
    for person, right in ((learner, 6), (student, 9), (other, 10)):
        _sat(person, work["done"], right=right)
    for person in (learner, other):
        _sat(person, work["late"], right=8)
    practice = start_practice(student=learner, guide=work["goal"].guide, size=10)
    save(practice, range(1, 8), right=range(1, 5), final=True)
    submit_attempt(public_id=practice.public_id, student=learner)
    for name in ("running", "withdrawn"):
        save(start_assigned(student=learner, assignment=work[name]), range(1, 5), right=range(1, 4))


def _sat(student: User, assignment: Assignment, *, right: int) -> Attempt:
    attempt = start_assigned(student=student, assignment=assignment)
    save(attempt, range(1, 11), right=range(1, right + 1))
    return submit_attempt(public_id=attempt.public_id, student=student)


def _exceptions(assignment: Assignment, label: ClassLabel, person: User) -> AssignmentOverride:
    later = timezone.now() + timedelta(days=4)
    OverrideFactory(assignment=assignment, person=person, due_at=later, closes_at=later)
    OverrideFactory(assignment=assignment, label=label, minutes=45, position=2)
    evening = assignment.classroom.labels.get(name="Evening course")
    return OverrideFactory(assignment=assignment, label=evening, attempts_allowed=3, position=1)


def _doors(classroom: Classroom, label: ClassLabel) -> None:
    """Codes and invitations in all their states."""
    now = timezone.now()
    fields = {"by": classroom.created_by, "max_uses": 30, "label": label}
    code, _text = make_join_code(classroom, expires_at=now + timedelta(days=7), **fields)
    revoke_join_code(code, by=classroom.created_by)
    make_join_code(classroom, expires_at=now - timedelta(days=1), **fields)
    make_join_code(classroom, expires_at=now + timedelta(days=7), **fields)
    InvitationFactory(classroom=classroom, name="Chen Jie")
    InvitationFactory(classroom=classroom, mailed_at=now, role=Membership.Role.ASSISTANT)
    InvitationFactory(classroom=classroom, mail_tries=5)
    InvitationFactory(classroom=classroom, expires_at=now - timedelta(days=1))


def _code(classroom: Classroom) -> str:
    until = timezone.now() + timedelta(days=7)
    return make_join_code(classroom, by=classroom.created_by, expires_at=until, max_uses=30)[1]


def _archived(teacher: User, guide: ExamGuide, student: User) -> Classroom:
    classroom = ClassroomFactory(created_by=teacher, name="Cloud Foundations, spring 2026")
    MembershipFactory(classroom=classroom, person=student)
    set_class_goal(classroom, guide=guide, by=teacher)
    AssignmentFactory(classroom=classroom, exam=Exam.objects.get(slug=WHOLE_MOCK))
    Classroom.objects.filter(pk=classroom.pk).update(archived_at=timezone.now())
    return classroom
