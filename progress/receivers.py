"""What progress does when something happened on a floor below."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from progress.services import recording
from quizzes.signals import answer_recorded, attempt_closed, attempt_rescored


@receiver(attempt_closed)
def record_closed_attempt(attempt_id: int, **_kwargs: Any) -> None:
    recording.record_attempt(attempt_id)


@receiver(attempt_rescored)
def record_rescored_attempt(attempt_id: int, **_kwargs: Any) -> None:
    recording.record_rescored(attempt_id)


@receiver(answer_recorded)
def record_final_answers(attempt_id: int, **_kwargs: Any) -> None:
    recording.record_answers(attempt_id)
