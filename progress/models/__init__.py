"""Models of the progress app."""

from __future__ import annotations

from progress.models.class_goal import ClassGoal, EarlierGoal
from progress.models.evidence import Evidence, MembershipWeek

__all__ = ["ClassGoal", "EarlierGoal", "Evidence", "MembershipWeek"]
