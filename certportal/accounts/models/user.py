"""A person who signs in with an e-mail address."""

from __future__ import annotations

import re
import uuid
import zoneinfo
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

INSTRUCTOR_GROUP = "instructor"
# The check constraint says the same; these say it in a form.
_EXTRA_TIME_BOUNDS = [MinValueValidator(1), MaxValueValidator(3)]
# Control signs and the marks that turn the direction of text around: a name stands in
# log lines and in other people's pages.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def validate_time_zone(name: str) -> None:
    """Refuse a name that the time zone database does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a known time zone."), params={"name": name})


def validate_one_line(name: str) -> None:
    """Refuse signs that nobody can see."""
    if _UNPRINTABLE.search(name):
        raise ValidationError(_("Use only signs that can be seen."), code="unprintable")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Never deleted: evidence points at it. Erasing empties it in place."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Always in lower case, so that the index serves every look-up. Null only for an erased
    # person: an address must not outlive the wish to be forgotten.
    email = models.EmailField(
        _("e-mail"),
        unique=True,
        null=True,
        blank=True,
        error_messages={"unique": _("Somebody with this e-mail address exists.")},
    )
    display_name = models.CharField(
        _("name"), max_length=80, blank=True, validators=[validate_one_line]
    )
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, blank=True, default=""
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    extra_time_factor = models.DecimalField(
        _("extra time"),
        max_digits=3,
        decimal_places=2,
        default=Decimal(1),
        validators=_EXTRA_TIME_BOUNDS,
        help_text=_("1.25 is a quarter more time. Counts in assigned exams."),
    )
    own_extra_time_factor = models.DecimalField(
        _("extra time in my own mock exams"),
        max_digits=3,
        decimal_places=2,
        default=Decimal(1),
        validators=_EXTRA_TIME_BOUNDS,
        help_text=_("Counts only in mock exams that you start yourself."),
    )
    reminders_by_mail = models.BooleanField(
        _("reminders by e-mail"),
        default=True,
        help_text=_("What your classes set, when it is due, and when it is marked."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(
        _("staff"), default=False, help_text=_("May sign in to the administration.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                name="user_email_in_lower_case", condition=Q(email=Lower(F("email")))
            ),
            models.CheckConstraint(
                name="user_extra_time_between_1_and_3",
                condition=Q(extra_time_factor__gte=1, extra_time_factor__lte=3)
                & Q(own_extra_time_factor__gte=1, own_extra_time_factor__lte=3),
            ),
            models.CheckConstraint(
                name="user_erased_is_empty",
                condition=Q(erased_at__isnull=True)
                | Q(email__isnull=True, is_active=False, is_staff=False, is_superuser=False),
            ),
            models.CheckConstraint(
                name="user_has_email_until_erased",
                condition=Q(erased_at__isnull=False) | Q(email__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email or str(self.public_id)

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower() if self.email else None

    def get_full_name(self) -> str:
        return str(self)
