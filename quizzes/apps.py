"""Django's configuration of the quizzes app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuizzesConfig(AppConfig):
    name = "quizzes"
    verbose_name = _("Questions and exams")

    def ready(self) -> None:
        from quizzes import receivers  # noqa: F401, PLC0415 - needs loaded models
