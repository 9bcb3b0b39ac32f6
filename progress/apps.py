"""Django's configuration of the progress app."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from certportal.lib import periodic

_CATCH_UP_EVERY = timedelta(minutes=10)


class ProgressConfig(AppConfig):
    name = "progress"
    verbose_name = _("Progress")

    def ready(self) -> None:
        from progress import receivers  # noqa: F401, PLC0415 - needs loaded models
        from progress.services.recording import catch_up  # noqa: PLC0415 - needs loaded models

        periodic.register(periodic.Job("skipped evidence", _CATCH_UP_EVERY, catch_up))
