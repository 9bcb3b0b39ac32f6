"""Models of the progress app."""

from __future__ import annotations

from progress.models.class_goal import ClassGoal
from progress.models.evidence import Evidence, MembershipWeek

__all__ = ["ClassGoal", "Evidence", "MembershipWeek"]
