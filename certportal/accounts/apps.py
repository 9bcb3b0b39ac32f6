"""Django's configuration of the accounts app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "certportal.accounts"
    label = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from certportal.accounts import receivers  # noqa: PLC0415 - models are loaded only now

        receivers.connect()
