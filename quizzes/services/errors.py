"""What may go wrong in a service, by name."""

from __future__ import annotations


class CannotStartError(Exception):
    """An attempt cannot start; `code` says why in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TooMuchEvidenceError(Exception):
    """An attempt already holds more rejected entries than anybody could mean."""


class ClosedAssignmentError(Exception):
    """Nothing changes any more: the assignment is withdrawn or its class archived."""


class NoNextSectionError(Exception):
    """After the open section comes only the end of the exam."""
