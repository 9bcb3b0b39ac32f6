"""What an assignment or an exception from it may say, and everything that is wrong with one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from certportal.accounts.models import ClassLabel, Classroom, Membership, User
from certportal.catalog.models import ExamDomain, ExamGuide
from certportal.lib.zoned import wall_time
from quizzes.models import Assignment, AssignmentOverride, Exam
from quizzes.models.assignment import Counting, LatePolicy


class RefusedAssignmentError(ValidationError):
    """Something that an assignment cannot say; by field of its details, nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentDetails:
    """Everything that may be said about an assignment. Without targets: the whole class."""

    kind: str
    title: str
    instructions: str = ""
    exam: Exam | None = None
    guide: ExamGuide | None = None
    domains: Collection[ExamDomain] = ()
    """Of a practice goal; none means all of the guide."""
    goal: int | None = None
    labels: Collection[ClassLabel] = ()
    people: Collection[User] = ()
    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    attempts_allowed: int | None = None
    counting: str = Counting.BEST
    late_policy: str = LatePolicy.ACCEPT
    late_deduction: int | None = None
    password: str | None = None
    """In plain text; empty asks for none, `None` leaves the one that there is."""
    feedback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideDetails:
    """Other rules for one label or one person; what is empty is inherited."""

    reason: str
    label: ClassLabel | None = None
    person: User | None = None
    position: int = 1
    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    attempts_allowed: int | None = None
    minutes: int | None = None
    late_policy: str = ""
    late_deduction: int | None = None


Problem = tuple[str, ValidationError]


def check_assignment(
    details: AssignmentDetails, *, classroom: Classroom, by: User, before: Assignment | None
) -> None:
    """Refuse what cannot be said, all of it at once.

    Raises:
        RefusedAssignmentError: by field of `details`.
    """
    own = list(order_problems(details.opens_at, details.due_at, details.closes_at))
    overrides = before.overrides.select_related("label", "person") if before and not own else ()
    _raise(
        *_what_problems(details, by=by, before=before),
        *_target_problems(details, classroom),
        *own,
        *exception_problems(overrides, details),
        *_late_problems(details.late_policy, details.late_deduction, due_at=details.due_at),
    )


def check_override(details: OverrideDetails, *, assignment: Assignment) -> None:
    """Refuse an exception that makes no sense, alone or with what it inherits.

    Raises:
        RefusedAssignmentError: by field of `details`.
    """
    due_at = details.due_at or assignment.due_at
    _raise(
        *_whom_problems(details, assignment),
        *_emptiness_problems(details),
        *_late_problems(details.late_policy, details.late_deduction, due_at=due_at),
        *_override_order_problems(details, assignment),
    )


def check_fields(row: Assignment | AssignmentOverride) -> None:
    """Refuse values outside the bounds of their fields.

    Raises:
        RefusedAssignmentError: by field of the row.
    """
    try:
        row.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise RefusedAssignmentError(error.error_dict) from error


def order_problems(
    opens_at: datetime | None, due_at: datetime | None, closes_at: datetime | None
) -> Iterator[Problem]:
    """What is wrong with three dates that stand together."""
    if opens_at and closes_at and closes_at <= opens_at:
        text = _("It closes before it opens. Choose a later closing or an earlier opening.")
        yield "closes_at", ValidationError(text, code="closes_before_it_opens")
    if opens_at and due_at and due_at <= opens_at:
        text = _("It is due before it opens. Choose a later time or an earlier opening.")
        yield "due_at", ValidationError(text, code="due_before_it_opens")
    if due_at and closes_at and due_at > closes_at:
        text = _("It is due after it has closed. Choose an earlier time or a later closing.")
        yield "due_at", ValidationError(text, code="due_after_it_closes")


def inherited_problems(
    rules: OverrideDetails | AssignmentOverride, assignment: Assignment | AssignmentDetails
) -> Iterator[Problem]:
    """What is wrong with the dates of an exception beside those that it inherits."""
    opens_at = rules.opens_at or assignment.opens_at
    due_at = rules.due_at or assignment.due_at
    closes_at = rules.closes_at or assignment.closes_at
    for field, problem in order_problems(opens_at, due_at, closes_at):
        pair = _PAIRS[problem.code or ""]
        named = next((name for name in (field, *pair) if getattr(rules, name)), field)
        yield named, problem


_PAIRS = {
    "closes_before_it_opens": ("closes_at", "opens_at"),
    "due_before_it_opens": ("due_at", "opens_at"),
    "due_after_it_closes": ("due_at", "closes_at"),
}


def exception_problems(
    overrides: Iterable[AssignmentOverride], details: AssignmentDetails
) -> Iterator[Problem]:
    """Which exceptions would make no sense beside new dates of their assignment."""
    for override in overrides:
        for field, problem in inherited_problems(override, details):
            text = _("The exception for %(whom)s does not fit to this. %(problem)s") % {
                "whom": override.label or override.person,
                "problem": problem.message,
            }
            yield field, ValidationError(text, code="exception_does_not_fit")


def _inherited_dates(assignment: Assignment) -> ValidationError:
    zone = assignment.classroom.zone
    text = _(
        "What is empty comes from the assignment: opens %(opens)s, due %(due)s, closes %(closes)s."
    ) % {
        "opens": _shown(assignment.opens_at, zone),
        "due": _shown(assignment.due_at, zone),
        "closes": _shown(assignment.closes_at, zone),
    }
    return ValidationError(text, code="inherited")


def _override_order_problems(details: OverrideDetails, assignment: Assignment) -> Iterator[Problem]:
    for field, problem in inherited_problems(details, assignment):
        yield field, problem
        yield field, _inherited_dates(assignment)


def _shown(at: datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return _("at no set time")
    return date_format(wall_time(at, zone), _("j M Y, H:i"))


def _what_problems(
    details: AssignmentDetails, *, by: User, before: Assignment | None
) -> Iterator[Problem]:
    if before and before.kind != details.kind:
        text = _("A mock exam cannot become a practice goal, nor the other way round.")
        yield "kind", ValidationError(text, code="kind_changed")
    if details.kind == Assignment.Kind.MOCK:
        yield from _exam_problems(details, by=by, before=before)
    else:
        yield from _goal_problems(details)


def _exam_problems(
    details: AssignmentDetails, *, by: User, before: Assignment | None
) -> Iterator[Problem]:
    exam = details.exam
    if exam is None:
        yield "exam", ValidationError(_("Choose a mock exam."), code="required")
        return
    if before and before.exam_id == exam.pk:
        # A colleague may change the dates of an exam that is not theirs.
        return
    if before and before.attempts.exists():
        text = _("Somebody has begun this exam already. Make another assignment instead.")
        yield "exam", ValidationError(text, code="exam_begun")
    if not Exam.objects.for_editor(by).filter(pk=exam.pk).exists():
        text = _("This exam is not yours to give. Ask its owner to share it with you.")
        yield "exam", ValidationError(text, code="exam_not_yours")
    elif not exam.is_published:
        text = _("This exam is not published. Publish it first, or choose another one.")
        yield "exam", ValidationError(text, code="exam_unpublished")


def _goal_problems(details: AssignmentDetails) -> Iterator[Problem]:
    if details.guide is None:
        yield "guide", ValidationError(_("Choose an exam guide."), code="required")
    elif any(domain.guide_id != details.guide.pk for domain in details.domains):
        text = _("One of the domains belongs to another exam guide.")
        yield "domains", ValidationError(text, code="foreign_domain")
    if details.goal is None:
        text = _("Say how many questions are to be answered.")
        yield "goal", ValidationError(text, code="required")


def _target_problems(details: AssignmentDetails, classroom: Classroom) -> Iterator[Problem]:
    if any(label.classroom_id != classroom.pk for label in details.labels):
        text = _("One of the labels belongs to another class.")
        yield "labels", ValidationError(text, code="foreign_label")
    wanted = {person.pk for person in details.people}
    if wanted - _students(classroom, wanted):
        text = _("One of these people is not a student of this class.")
        yield "people", ValidationError(text, code="foreign_person")


def _students(classroom: Classroom, wanted: Collection[int]) -> set[int]:
    if not wanted:
        return set()
    members = Membership.objects.current().students().filter(classroom=classroom)
    return set(members.filter(person__in=wanted).values_list("person_id", flat=True))


def _late_problems(
    policy: str, deduction: int | None, *, due_at: datetime | None
) -> Iterator[Problem]:
    if policy == LatePolicy.DEDUCT and deduction is None:
        text = _("Say how many percent late work loses.")
        yield "late_deduction", ValidationError(text, code="required")
    if policy != LatePolicy.DEDUCT and deduction is not None:
        text = _("Only late work that counts less loses percent. Empty this, or choose that rule.")
        yield "late_deduction", ValidationError(text, code="without_policy")
    if policy in {LatePolicy.DEDUCT, LatePolicy.REFUSE} and due_at is None:
        text = _("Nothing is ever late without a time at which it is due.")
        yield "due_at", ValidationError(text, code="late_without_due")


def _whom_problems(details: OverrideDetails, assignment: Assignment) -> Iterator[Problem]:
    label, person = details.label, details.person
    if (label is None) == (person is None):
        text = _("Choose one label or one person.")
        yield "label", ValidationError(text, code="label_or_person")
    if label and label.classroom_id != assignment.classroom_id:
        text = _("This label belongs to another class.")
        yield "label", ValidationError(text, code="foreign_label")
    if person and not _students(assignment.classroom, {person.pk}):
        text = _("This person is not a student of this class.")
        yield "person", ValidationError(text, code="foreign_person")


def _emptiness_problems(details: OverrideDetails) -> Iterator[Problem]:
    if not details.reason.strip():
        yield "reason", ValidationError(_("Give a reason."), code="required")
    names = ("opens_at", "due_at", "closes_at", "attempts_allowed", "minutes", "late_policy")
    if not any(getattr(details, name) for name in names):
        text = _("Say what is different for them; everything is empty.")
        yield "__all__", ValidationError(text, code="empty")


def _raise(*problems: Problem) -> None:
    found: dict[str, list[ValidationError]] = {}
    for field, problem in problems:
        found.setdefault(field, []).append(problem)
    if found:
        raise RefusedAssignmentError(found)
