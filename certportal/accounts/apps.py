"""Django's configuration of the accounts app."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from certportal.lib import periodic


class AccountsConfig(AppConfig):
    name = "certportal.accounts"
    label = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        # Models are loaded only now.
        from certportal.accounts import receivers  # noqa: PLC0415
        from certportal.accounts.services.class_invitation_mail import (  # noqa: PLC0415
            queue_invitations,
        )
        from certportal.accounts.services.class_invitations import (  # noqa: PLC0415
            forget_old_invitations,
        )
        from certportal.accounts.services.mailing import queue_due_mail  # noqa: PLC0415

        receivers.connect()
        every_minute = timedelta(minutes=1)
        periodic.register(periodic.Job("mail of notices", every_minute, queue_due_mail))
        periodic.register(periodic.Job("mail of invitations", every_minute, queue_invitations))
        daily = timedelta(days=1)
        periodic.register(periodic.Job("old invitations", daily, forget_old_invitations))
