"""What this app tells the floors above it, once it has been committed."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from quizzes.models import Attempt

# Sent with `attempt_id`: an answer of a practice became final, and its key was shown.
answer_recorded = Signal()
# Sent with `attempt_id`: a sitting or a practice has ended and was graded.
attempt_closed = Signal()
# Sent with `attempt_id`: a closed sitting got another score.
attempt_rescored = Signal()


def send_on_commit(signal: Signal, attempt: Attempt) -> None:
    """Send when the transaction has been committed.

    A receiver that fails is logged by Django and breaks nothing: what it missed it has to
    catch up by itself.
    """
    transaction.on_commit(partial(signal.send_robust, sender=Attempt, attempt_id=attempt.pk))
