"""Django's configuration of the quizzes app."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from certportal.lib import periodic

_REMIND_EVERY = timedelta(minutes=5)


class QuizzesConfig(AppConfig):
    name = "quizzes"
    verbose_name = _("Questions and exams")

    def ready(self) -> None:
        # Models are loaded only now.
        from quizzes import receivers  # noqa: F401, PLC0415
        from quizzes.services.reminding import queue_reminders  # noqa: PLC0415

        periodic.register(periodic.Job("reminders", _REMIND_EVERY, queue_reminders))
