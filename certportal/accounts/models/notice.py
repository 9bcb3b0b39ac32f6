"""What the portal tells one person: regrades, replies, deadlines, imports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at=None)

    def to_mail(self, now: datetime) -> NoticeQuerySet:
        """Those that go out by mail now."""
        return self.filter(
            Q(mail_after=None) | Q(mail_after__lte=now), by_mail=True, mailed_at=None
        )


class Notice(models.Model):
    """One line in somebody's inbox. `kind` and `data` are rendered in the reader's language."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices"
    )
    kind = models.CharField(_("kind"), max_length=40)
    # The same event tells a person once, however often its cause is repeated.
    event_key = models.CharField(max_length=120)
    data = models.JSONField(default=dict, blank=True)
    link = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    # Whether it goes out by mail, too, and when it did; the worker sends what is due.
    by_mail = models.BooleanField(default=False)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    # Not tried again before; empty: at once.
    mail_after = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(name="notice_once_per_event", fields=["person", "event_key"])
        ]
        indexes = [
            models.Index(
                name="notice_unread",
                fields=["person", "-created_at"],
                condition=models.Q(read_at=None),
            ),
            models.Index(
                name="notice_mail_due",
                fields=["created_at"],
                condition=models.Q(by_mail=True, mailed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_key}"

    @property
    def facts(self) -> dict[str, Any]:
        """`data` with its moments (``…_at``) as such, for a template."""
        return {
            name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
            for name, value in self.data.items()
        }
