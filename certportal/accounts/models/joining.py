"""Ways into a class: codes that anybody may type, and invitations by e-mail."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models.classroom import ClassLabel, Classroom, Membership

# After so many refusals an address is thought to be wrong.
MOST_TRIES = 5


class JoinCodeQuerySet(models.QuerySet["JoinCode"]):
    def usable(self, now: datetime) -> JoinCodeQuerySet:
        """Codes that let somebody in now."""
        return self.filter(
            revoked_at=None,
            expires_at__gt=now,
            uses__lt=F("max_uses"),
            classroom__archived_at=None,
        )


class JoinCode(models.Model):
    """A code that lets students into a class. Only its digest is stored."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    classroom = models.ForeignKey(Classroom, on_delete=models.PROTECT, related_name="join_codes")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The first characters, so that its maker can tell codes apart; what is left is secret enough.
    hint = models.CharField(max_length=4, editable=False)
    label = models.ForeignKey(
        ClassLabel,
        verbose_name=_("label"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    expires_at = models.DateTimeField(_("expires"))
    max_uses = models.PositiveIntegerField(_("uses allowed"))
    uses = models.PositiveIntegerField(_("uses"), default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = JoinCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("join code")
        verbose_name_plural = _("join codes")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="join_code_uses_within_limit", condition=Q(uses__lte=F("max_uses"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hint}…"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self, now: datetime) -> InvitationQuerySet:
        """Invitations that may still be accepted."""
        return self.filter(
            accepted_at=None, revoked_at=None, expires_at__gt=now, classroom__archived_at=None
        )

    def unanswered(self) -> InvitationQuerySet:
        """Those that wait or ran out; sending one of them again makes it wait."""
        return self.filter(accepted_at=None, revoked_at=None).exclude(email="")

    def to_mail(self, now: datetime) -> InvitationQuerySet:
        """Those whose mail goes out now."""
        return self.waiting(now).filter(
            Q(mail_after=None) | Q(mail_after__lte=now), mailed_at=None, mail_tries__lt=MOST_TRIES
        )


class Invitation(models.Model):
    """An invitation of one e-mail address into a class. It becomes a membership when accepted.

    Nobody is put into a class without agreeing to what the class will see.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    classroom = models.ForeignKey(Classroom, on_delete=models.PROTECT, related_name="invitations")
    # In lower case, as in User; empty after its person was erased.
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    role = models.CharField(
        _("role"), max_length=10, choices=Membership.Role, default=Membership.Role.STUDENT
    )
    labels = models.ManyToManyField(ClassLabel, verbose_name=_("labels"), blank=True)
    extra_time_factor = models.DecimalField(
        _("extra time"), max_digits=3, decimal_places=2, null=True, blank=True
    )
    extra_time_reason = models.CharField(_("reason"), max_length=200, blank=True)
    expires_at = models.DateTimeField(_("expires"))
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When its mail went out; the worker sends what is still empty.
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    mail_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    # Not tried again before; empty: at once.
    mail_after = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                name="invitation_one_waiting",
                fields=["classroom", "email"],
                condition=Q(accepted_at=None, revoked_at=None) & ~Q(email=""),
            ),
            models.CheckConstraint(
                name="invitation_extra_time_has_a_reason",
                condition=Q(extra_time_factor=None)
                | (
                    Q(extra_time_factor__gte=1, extra_time_factor__lte=3) & ~Q(extra_time_reason="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.classroom_id}: {self.public_id}"

    @property
    def is_undeliverable(self) -> bool:
        """Whether its address was refused so often that nobody tries any more."""
        return self.mailed_at is None and self.mail_tries >= MOST_TRIES


class CalendarAddress(models.Model):
    """The secret address of one person's calendar feed. A new one ends the old one."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendar_address"
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.person_id}"
