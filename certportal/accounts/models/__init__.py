"""Models of the accounts app."""

from __future__ import annotations

from certportal.accounts.models.audit import AuditEvent
from certportal.accounts.models.classroom import ClassLabel, Classroom, Membership
from certportal.accounts.models.joining import CalendarAddress, Invitation, JoinCode
from certportal.accounts.models.notice import Notice
from certportal.accounts.models.user import User

__all__ = [
    "AuditEvent",
    "CalendarAddress",
    "ClassLabel",
    "Classroom",
    "Invitation",
    "JoinCode",
    "Membership",
    "Notice",
    "User",
]
