"""The append-only record of who did what."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from certportal.lib.append_only import only_while_erasing, refuse_truncate


class AuditEvent(models.Model):
    """One act worth knowing later. Names people by id, never by e-mail address."""

    happened_at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    action = models.CharField(_("what"), max_length=60)
    target = models.CharField(
        _("to what"), max_length=120, blank=True, help_text=_("Kind and id, such as attempt:12.")
    )
    ip_address = models.CharField(_("from"), max_length=45, blank=True)
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes = [
            models.Index(name="audit_by_target", fields=["target", "happened_at"]),
            models.Index(name="audit_by_actor", fields=["actor", "happened_at"]),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            only_while_erasing(
                name="no_update",
                unchanged=["id", "happened_at", "actor_id", "action", "target"],
            ),
            refuse_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}".strip()
