"""What a class learns for, which decides what the class sees of its students."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.http import HttpRequest

from certportal.accounts.models import Classroom, User
from certportal.accounts.services import classes
from certportal.accounts.services.auditing import record
from certportal.catalog.models import ExamGuide
from certportal.lib.clock import db_now
from progress.models import ClassGoal, EarlierGoal
from progress.services.tallying import tally_class


@transaction.atomic
def set_class_goal(
    classroom: Classroom, *, guide: ExamGuide, exam_on: date | None = None, by: User
) -> ClassGoal:
    """Let a class learn for `guide`.

    Its students have agreed that the class sees what they do in the guide it learns for. So
    of another guide it sees what is done from now on, and what was done while it had been
    the goal before; its first goal counts from the day that each of them joined.
    """
    before = ClassGoal.objects.select_for_update().filter(classroom=classroom).first()
    facts = {"guide": guide.pk, "exam_on": exam_on}
    values: dict[str, object] = {"guide": guide, "exam_on": exam_on}
    is_other = before is not None and before.guide_id != guide.pk
    if before and is_other:
        values["since"] = now = db_now()
        EarlierGoal.objects.create(
            classroom=classroom, guide_id=before.guide_id, since=before.since, until=now
        )
    goal, is_first = ClassGoal.objects.update_or_create(classroom=classroom, defaults=values)
    if is_first or is_other:
        tally_class(classroom.pk)
    if _facts(before) != facts:
        record(
            "class-goal-set",
            actor=by,
            target=f"class:{classroom.public_id}",
            before=_facts(before),
            after=facts,
        )
    return goal


@transaction.atomic
def restore_class_and_weeks(
    classroom: Classroom, *, by: User, request: HttpRequest | None = None
) -> None:
    """Let an archived class go on; what its students did meanwhile, being in it, is seen again."""
    classes.restore_class(classroom, by=by, request=request)
    tally_class(classroom.pk)


def _facts(goal: ClassGoal | None) -> dict[str, object]:
    return {"guide": goal.guide_id, "exam_on": goal.exam_on} if goal else {}
