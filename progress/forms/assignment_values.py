"""What the form of an assignment shows at first."""

from __future__ import annotations

from typing import Any

from progress.forms.offered import guide_key
from progress.selectors.assignment_choices import AssignmentChoices
from quizzes.models import Assignment

_STORED = (
    "kind",
    "goal",
    "title",
    "instructions",
    "opens_at",
    "due_at",
    "closes_at",
    "attempts_allowed",
    "counting",
    "late_policy",
    "late_deduction",
    "feedback",
)


def fresh_values(offered: AssignmentChoices) -> dict[str, Any]:
    """What most people mean: the whole exam of what the class learns for."""
    first = next((it for it in offered.exams if it.available), None)
    fits = first and offered.goal and first.exam.guide_id == offered.goal.pk
    return {
        "exam": first.exam.slug if first and fits else "",
        "guide": guide_key(offered.goal) if offered.goal else "",
    }


def values_of(assignment: Assignment) -> dict[str, Any]:
    targets = list(assignment.targets.select_related("label", "person"))
    given = {name: getattr(assignment, name) for name in _STORED}
    return {
        **given,
        "exam": assignment.exam.slug if assignment.exam else "",
        "guide": guide_key(assignment.guide) if assignment.guide else "",
        "domains": [domain.key for domain in assignment.domains.all()],
        "audience": "some" if targets else "all",
        "labels": [target.label.name for target in targets if target.label],
        "people": [str(target.person.public_id) for target in targets if target.person],
    }
