"""Everything that gives work to a class: assignments, exceptions from them, copies."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest

from certportal.accounts.models import Classroom, User
from certportal.accounts.services.auditing import record
from certportal.accounts.services.classes import class_target
from certportal.lib.clock import db_now
from quizzes.models import Assignment, AssignmentOverride, AssignmentTarget, Exam
from quizzes.services.assignment_checks import (
    AssignmentDetails,
    OverrideDetails,
    check_assignment,
    check_fields,
    check_override,
)
from quizzes.services.errors import ClosedAssignmentError

_RULES = (
    "title",
    "instructions",
    "exam",
    "guide",
    "goal",
    "opens_at",
    "due_at",
    "closes_at",
    "attempts_allowed",
    "counting",
    "late_policy",
    "late_deduction",
    "feedback",
)
_EXCEPTIONS = (
    "position",
    "opens_at",
    "due_at",
    "closes_at",
    "attempts_allowed",
    "minutes",
    "late_policy",
    "late_deduction",
    "reason",
)


@transaction.atomic
def create_assignment(
    classroom: Classroom,
    *,
    by: User,
    details: AssignmentDetails,
    key: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> Assignment:
    """Give work to a class; the same again with the same `key` gives what is there already.

    The key is that of the form. Who goes back in it and asks for something else gets that.

    Raises:
        ClosedAssignmentError: the class is archived.
        RefusedAssignmentError: by field of `details`.
    """
    _lock_class(classroom)
    check_assignment(details, classroom=classroom, by=by, before=None)
    earlier = Assignment.objects.filter(public_id=key).first() if key else None
    if earlier and earlier.classroom_id == classroom.pk and _is_same(earlier, details):
        return earlier
    assignment = Assignment(
        public_id=uuid.uuid4() if earlier or not key else key,
        classroom=classroom,
        kind=details.kind,
        created_by=by,
        created_at=db_now(),
    )
    _write(assignment, details)
    record(
        "assignment-created",
        actor=by,
        target=assignment_target(assignment),
        after=_facts(assignment),
        request=request,
    )
    return assignment


@transaction.atomic
def change_assignment(
    assignment: Assignment,
    *,
    by: User,
    details: AssignmentDetails,
    request: HttpRequest | None = None,
) -> Assignment:
    """Give an assignment other rules; running and past sittings keep theirs.

    Raises:
        ClosedAssignmentError: it is withdrawn or its class archived.
        RefusedAssignmentError: by field of `details`.
    """
    locked = _lock(assignment)
    check_assignment(details, classroom=locked.classroom, by=by, before=locked)
    before = _facts(locked)
    _write(locked, details)
    if (after := _facts(locked)) != before:
        record(
            "assignment-changed",
            actor=by,
            target=assignment_target(locked),
            before=before,
            after=after,
            request=request,
        )
    return locked


@transaction.atomic
def withdraw_assignment(
    assignment: Assignment, *, by: User, request: HttpRequest | None = None
) -> Assignment:
    """Take an assignment back: nothing new begins, running sittings go on to their end.

    Raises:
        ClosedAssignmentError: it is withdrawn already, or its class archived.
    """
    locked = _lock(assignment)
    locked.withdrawn_at = db_now()
    locked.save(update_fields=["withdrawn_at"])
    record("assignment-withdrawn", actor=by, target=assignment_target(locked), request=request)
    return locked


@transaction.atomic
def set_override(
    assignment: Assignment,
    *,
    by: User,
    details: OverrideDetails,
    request: HttpRequest | None = None,
) -> AssignmentOverride:
    """Make or change the exception for a label or a person: there is one each.

    Raises:
        ClosedAssignmentError: the assignment is withdrawn or its class archived.
        RefusedAssignmentError: by field of `details`.
    """
    locked = _lock(assignment)
    before = locked.overrides.filter(label=details.label, person=details.person).first()
    check_override(details, assignment=locked)
    override = before or AssignmentOverride(
        assignment=locked, label=details.label, person=details.person, created_by=by
    )
    old = _override_facts(override) if before else {}
    for name in _EXCEPTIONS:
        setattr(override, name, getattr(details, name))
    check_fields(override)
    override.save()
    record(
        "exception-set",
        actor=by,
        target=assignment_target(locked),
        before=old,
        after=_override_facts(override),
        request=request,
    )
    return override


@transaction.atomic
def remove_override(
    override: AssignmentOverride, *, by: User, request: HttpRequest | None = None
) -> None:
    """Let a label or a person have the rules of everybody again.

    Raises:
        ClosedAssignmentError: the assignment is withdrawn or its class archived.
    """
    locked = _lock(override.assignment)
    before = _override_facts(override)
    override.delete()
    record(
        "exception-removed",
        actor=by,
        target=assignment_target(locked),
        before=before,
        request=request,
    )


@transaction.atomic
def copy_assignments(
    source: Classroom, *, to: Classroom, by: User, request: HttpRequest | None = None
) -> tuple[Assignment, ...]:
    """Give another class what a class has been given: without dates, people and exceptions.

    Labels go along where the other class has one of the same name. An assignment for
    labels that it lacks, or with an exam that is not this person's to give, is left out;
    so is what was withdrawn.

    Raises:
        ClosedAssignmentError: the other class is archived.
    """
    _lock_class(to)
    labels = {label.name: label for label in to.labels.all()}
    usable = set(Exam.objects.assignable_by(by).values_list("pk", flat=True))
    copied = []
    found = source.assignments.filter(withdrawn_at=None).order_by("pk")
    for original in found.prefetch_related("targets__label", "domains"):
        targets = list(original.targets.all())
        mine = [labels[it.label.name] for it in targets if it.label and it.label.name in labels]
        if (targets and not mine) or (original.exam_id and original.exam_id not in usable):
            continue
        copied.append(_copy(original, to=to, by=by, labels=mine))
    record(
        "assignments-copied",
        actor=by,
        target=class_target(to),
        after={"from": source.pk, "assignments": [it.pk for it in copied]},
        request=request,
    )
    return tuple(copied)


def assignment_target(assignment: Assignment) -> str:
    """Name an assignment in an audit row."""
    return f"assignment:{assignment.pk}"


def _copy(original: Assignment, *, to: Classroom, by: User, labels: Iterable[Any]) -> Assignment:
    copy = Assignment(classroom=to, kind=original.kind, created_by=by, created_at=db_now())
    for name in (*_RULES, "password"):
        setattr(copy, name, getattr(original, name))
    copy.opens_at = copy.due_at = copy.closes_at = None
    copy.save(force_insert=True)
    copy.domains.set(original.domains.all())
    AssignmentTarget.objects.bulk_create(
        AssignmentTarget(assignment=copy, label=label) for label in labels
    )
    return copy


def _lock_class(classroom: Classroom) -> None:
    locked = Classroom.objects.select_for_update(no_key=True).get(pk=classroom.pk)
    if locked.archived_at is not None:
        raise ClosedAssignmentError


def _lock(assignment: Assignment) -> Assignment:
    locked = (
        Assignment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("classroom")
        .get(pk=assignment.pk)
    )
    if locked.is_withdrawn or locked.classroom.archived_at is not None:
        raise ClosedAssignmentError
    return locked


def _write(assignment: Assignment, details: AssignmentDetails) -> None:
    for name in _RULES:
        setattr(assignment, name, getattr(details, name))
    if details.kind == Assignment.Kind.MOCK:
        assignment.guide = assignment.goal = None
    else:
        assignment.exam = None
    if details.password is not None:
        assignment.password = make_password(details.password) if details.password else ""
    check_fields(assignment)
    assignment.save()
    assignment.domains.set(details.domains if assignment.guide else ())
    assignment.targets.all().delete()
    AssignmentTarget.objects.bulk_create(
        [
            *(AssignmentTarget(assignment=assignment, label=label) for label in details.labels),
            *(AssignmentTarget(assignment=assignment, person=person) for person in details.people),
        ]
    )


def _is_same(earlier: Assignment, details: AssignmentDetails) -> bool:
    other_kind = ("guide", "goal") if details.kind == Assignment.Kind.MOCK else ("exam",)
    rules = [name for name in _RULES if name not in other_kind]
    facts = _facts(earlier)
    return (
        earlier.kind == details.kind
        and all(getattr(earlier, name) == getattr(details, name) for name in rules)
        and facts["password"] == bool(details.password)
        and facts["domains"] == sorted(it.pk for it in details.domains)
        and facts["labels"] == sorted(it.pk for it in details.labels)
        and facts["people"] == sorted(it.pk for it in details.people)
    )


def _facts(assignment: Assignment) -> dict[str, Any]:
    """What an audit row tells of an assignment: never the password."""
    targets = list(assignment.targets.values_list("label_id", "person_id"))
    return {
        **{name: getattr(assignment, _column(name)) for name in _RULES if name != "instructions"},
        "password": bool(assignment.password),
        "domains": sorted(assignment.domains.values_list("pk", flat=True)),
        "labels": sorted(label for label, _ in targets if label),
        "people": sorted(person for _, person in targets if person),
    }


def _column(name: str) -> str:
    return f"{name}_id" if name in {"exam", "guide"} else name


def _override_facts(override: AssignmentOverride) -> dict[str, Any]:
    facts = {name: getattr(override, name) for name in _EXCEPTIONS}
    return {"label": override.label_id, "person": override.person_id} | facts
