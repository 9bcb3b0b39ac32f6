"""Orders the exceptions of labels: of several the first decides each field that it names."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest

from certportal.accounts.models import User
from certportal.accounts.services.auditing import record
from quizzes.models import Assignment, AssignmentOverride
from quizzes.services.assigning import assignment_target
from quizzes.services.errors import ClosedAssignmentError


@transaction.atomic
def move_exception(
    override: AssignmentOverride, *, by: User, up: bool, request: HttpRequest | None = None
) -> None:
    """Let the exception of a label come one place earlier or later; at the end it stays.

    Raises:
        ClosedAssignmentError: the assignment is withdrawn or its class archived.
    """
    assignment = (
        Assignment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("classroom")
        .get(pk=override.assignment_id)
    )
    if assignment.is_withdrawn or assignment.classroom.archived_at is not None:
        raise ClosedAssignmentError
    before = list(assignment.overrides.filter(person=None))
    order = _moved(before, override, up=up)
    if order == before:
        return
    for position, row in enumerate(order, start=1):
        row.position = position
    AssignmentOverride.objects.bulk_update(order, ["position"])
    record(
        "exceptions-ordered",
        actor=by,
        target=assignment_target(assignment),
        before={"labels": [row.label_id for row in before]},
        after={"labels": [row.label_id for row in order]},
        request=request,
    )


def _moved(
    rows: list[AssignmentOverride], moving: AssignmentOverride, *, up: bool
) -> list[AssignmentOverride]:
    if moving not in rows:
        return rows
    old = rows.index(moving)
    new = min(max(old + (-1 if up else 1), 0), len(rows) - 1)
    rest = [row for row in rows if row != moving]
    return [*rest[:new], moving, *rest[new:]]
