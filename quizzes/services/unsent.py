"""Takes in a file of answers that a page could not send, by the rules of every other answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db import transaction

from certportal.accounts.models import User
from quizzes.engine.saving import Batch, Outcome, position_of
from quizzes.formats.unsent_file import UnsentEntry
from quizzes.services.answering import EntryReply, save_entries


@dataclass(frozen=True, slots=True)
class UnsentReply:
    """What became of one entry of the file."""

    position: int | None
    outcome: Outcome
    is_repeated: bool
    """Whether it had arrived before; then nothing was written."""


@transaction.atomic
def take_unsent(
    *, public_id: UUID, student: User, entries: Iterable[UnsentEntry]
) -> tuple[UnsentReply, ...]:
    """Save all entries or, when the portal cannot, none.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
        TooMuchEvidenceError: too many rejected entries are stored already.
    """
    replies: list[UnsentReply] = []
    for epoch, group in groupby(entries, key=lambda entry: entry.epoch):
        batch = Batch(epoch, tuple(dict(entry.raw) for entry in group))
        saved = save_entries(public_id=public_id, student=student, batch=batch)
        replies += map(_reply, batch.entries, saved.entries)
    return tuple(replies)


def _reply(raw: object, reply: EntryReply) -> UnsentReply:
    return UnsentReply(position_of(raw), reply.outcome, reply.duplicate)
