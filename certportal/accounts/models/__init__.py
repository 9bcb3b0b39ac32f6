"""Models of the accounts app."""

from __future__ import annotations

from certportal.accounts.models.audit import AuditEvent
from certportal.accounts.models.notice import Notice
from certportal.accounts.models.user import User

__all__ = ["AuditEvent", "Notice", "User"]
