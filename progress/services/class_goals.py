"""What a class learns for, which decides what the class sees of its students."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from certportal.accounts.models import Classroom, User
from certportal.accounts.services.auditing import record
from certportal.catalog.models import ExamGuide
from progress.models import ClassGoal
from progress.services.tallying import tally_class


@transaction.atomic
def set_class_goal(
    classroom: Classroom, *, guide: ExamGuide, exam_on: date | None = None, by: User
) -> ClassGoal:
    """Let a class learn for `guide`; with another guide it sees what was done in that one."""
    before = ClassGoal.objects.select_for_update().filter(classroom=classroom).first()
    goal, _ = ClassGoal.objects.update_or_create(
        classroom=classroom, defaults={"guide": guide, "exam_on": exam_on}
    )
    if before is None or before.guide_id != guide.pk:
        tally_class(classroom.pk)
    facts = {"guide": guide.pk, "exam_on": exam_on}
    if _facts(before) != facts:
        record(
            "class-goal-set",
            actor=by,
            target=f"class:{classroom.public_id}",
            before=_facts(before),
            after=facts,
        )
    return goal


def _facts(goal: ClassGoal | None) -> dict[str, object]:
    return {"guide": goal.guide_id, "exam_on": goal.exam_on} if goal else {}
