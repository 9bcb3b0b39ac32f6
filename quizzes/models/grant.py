"""What staff grant one sitting: more time while it runs, or going on after its end."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certportal.lib.append_only import refuse_truncate
from quizzes.models.attempt import Attempt
from quizzes.models.evidence import ClockTimestamp


class TimeGrant(models.Model):
    """More time for one running sitting; its deadline was moved by it in the same transaction."""

    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="time_grants", verbose_name=_("attempt")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("granted by"),
    )
    seconds = models.PositiveIntegerField(_("seconds"))
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(
        db_default=ClockTimestamp(), editable=False, verbose_name=_("created at")
    )

    class Meta:
        verbose_name = _("grant of time")
        verbose_name_plural = _("grants of time")
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(name="time_grant_grants", condition=Q(seconds__gte=1)),
            models.CheckConstraint(name="time_grant_has_a_reason", condition=~Q(reason="")),
        ]
        triggers = [
            pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete),
            refuse_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: +{self.seconds} s"

    @property
    def minutes(self) -> int:
        return self.seconds // 60


class Continuation(models.Model):
    """Leave to go on with a closed sitting for the time that was left; used by its successor.

    `Attempt.continuation` of the successor points here; until one does, it waits.
    """

    attempt = models.OneToOneField(
        Attempt,
        on_delete=models.PROTECT,
        related_name="granted_continuation",
        verbose_name=_("closed attempt"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("granted by"),
    )
    seconds = models.PositiveIntegerField(_("seconds"))
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(
        db_default=ClockTimestamp(), editable=False, verbose_name=_("created at")
    )

    class Meta:
        verbose_name = _("continuation")
        verbose_name_plural = _("continuations")
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(name="continuation_has_time", condition=Q(seconds__gte=1)),
            models.CheckConstraint(name="continuation_has_a_reason", condition=~Q(reason="")),
        ]
        triggers = [
            pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete),
            refuse_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.seconds} s"
