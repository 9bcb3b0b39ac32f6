"""Classes: who teaches one, who learns in it, and the labels that group its people."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models.user import validate_one_line, validate_time_zone

if TYPE_CHECKING:
    from certportal.accounts.models import User

_FACTOR_BOUNDS = [MinValueValidator(1), MaxValueValidator(3)]


def _extra_time_factor() -> models.DecimalField[Any, Any]:
    return models.DecimalField(
        _("extra time"),
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        validators=_FACTOR_BOUNDS,
        help_text=_("1.25 is a quarter more time in assigned exams."),
    )


def _factor_has_a_reason(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(extra_time_factor=None)
        | (Q(extra_time_factor__gte=1, extra_time_factor__lte=3) & ~Q(extra_time_reason="")),
    )


class ClassroomQuerySet(models.QuerySet["Classroom"]):
    def current(self) -> ClassroomQuerySet:
        return self.filter(archived_at=None)

    def taught_by(self, user: User) -> ClassroomQuerySet:
        """The classes whose students this person may look at."""
        return self._with_roles(user, Membership.STAFF)

    def managed_by(self, user: User) -> ClassroomQuerySet:
        """The classes whose people, codes and assignments this person may change.

        Who lost the role of an instructor in the portal looks at them as assistants do.
        """
        if not user.is_staff:
            return self.none()
        return self._with_roles(user, (Membership.Role.INSTRUCTOR,))

    def for_editor(self, user: User) -> ClassroomQuerySet:
        """The classes that this person comes across in the administration."""
        return self.taught_by(user)

    def of_student(self, user: User) -> ClassroomQuerySet:
        mine = Membership.objects.current().filter(person=user, role=Membership.Role.STUDENT)
        return self.filter(pk__in=mine.values("classroom"))

    def _with_roles(self, user: User, roles: tuple[str, ...]) -> ClassroomQuerySet:
        if user.is_superuser:
            return self
        mine = Membership.objects.current().filter(person=user, role__in=roles)
        return self.filter(pk__in=mine.values("classroom"))


class Classroom(models.Model):
    """A class. Its dates are entered and shown in its own time zone."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("short name for addresses"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120, validators=[validate_one_line])
    description = models.TextField(_("description"), max_length=2000, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    objects = ClassroomQuerySet.as_manager()

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class ClassLabel(models.Model):
    """A group within a class; it may carry extra time and assignments of its own."""

    classroom = models.ForeignKey(Classroom, on_delete=models.PROTECT, related_name="labels")
    name = models.CharField(_("label"), max_length=40, validators=[validate_one_line])
    extra_time_factor = _extra_time_factor()
    extra_time_reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(name="class_label_once", fields=["classroom", "name"]),
            _factor_has_a_reason("class_label_extra_time_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> MembershipQuerySet:
        return self.filter(left_at=None)

    def students(self) -> MembershipQuerySet:
        return self.filter(role=Membership.Role.STUDENT)

    def staff(self) -> MembershipQuerySet:
        return self.filter(role__in=Membership.STAFF)

    def for_editor(self, user: User) -> MembershipQuerySet:
        """The memberships that this person comes across in the administration."""
        return self.filter(classroom__in=Classroom.objects.for_editor(user))

    def at(self, moment: datetime) -> MembershipQuerySet:
        """Those that lasted at this moment."""
        return self.filter(joined_at__lte=moment).filter(Q(left_at=None) | Q(left_at__gt=moment))


class Membership(models.Model):
    """A person's stay in a class. It ends with a date and is never deleted.

    Joining again begins another one, so that a class sees nothing of the time between.
    """

    class Role(models.TextChoices):
        STUDENT = "student", _("Student")
        ASSISTANT = "assistant", _("Assistant")
        INSTRUCTOR = "instructor", _("Instructor")

    STAFF = (Role.INSTRUCTOR, Role.ASSISTANT)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    classroom = models.ForeignKey(Classroom, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.STUDENT)
    labels = models.ManyToManyField(
        ClassLabel, verbose_name=_("labels"), blank=True, related_name="memberships"
    )
    extra_time_factor = _extra_time_factor()
    extra_time_reason = models.CharField(_("reason"), max_length=200, blank=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                name="membership_one_at_a_time",
                fields=["classroom", "person"],
                condition=Q(left_at=None),
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_begins",
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")),
            ),
            _factor_has_a_reason("membership_extra_time_has_a_reason"),
        ]
        indexes = [models.Index(name="membership_of_person", fields=["person", "left_at"])]

    def __str__(self) -> str:
        return f"{self.classroom_id}: {self.person_id}"

    @property
    def is_current(self) -> bool:
        return self.left_at is None
