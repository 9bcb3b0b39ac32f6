"""Where to learn: resources, and paths through several certifications."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certportal.catalog.models.certification import Certification, Vendor
from certportal.lib.translated import Translated


class Resource(Translated):
    """A book, course, site or programme; one without certifications is for everybody."""

    class Kind(models.TextChoices):
        PRACTICE = "practice", _("Practice questions")
        SITE = "site", _("Site")
        COURSE = "course", _("Course")
        BOOK = "book", _("Book")
        PROGRAMME = "programme", _("Programme")
        COMMUNITY = "community", _("Community")

    slug = models.SlugField(_("short name for addresses"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=160)
    publisher = models.CharField(_("publisher"), max_length=80, blank=True)
    url = models.URLField(_("address"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)
    certifications = models.ManyToManyField(
        Certification, blank=True, related_name="resources", verbose_name=_("certifications")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_current = models.BooleanField(_("current"), default=True)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class LearningPath(Translated):
    """Certifications in a sensible order; or a vendor's course that prepares for some."""

    class Kind(models.TextChoices):
        PORTAL = "portal", _("Path of the portal")
        VENDOR = "vendor", _("Path of a vendor")

    slug = models.SlugField(_("short name for addresses"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    vendor = models.ForeignKey(
        Vendor,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="paths",
        verbose_name=_("vendor"),
    )
    name = models.CharField(_("name"), max_length=160)
    note = models.TextField(_("note"), blank=True)
    url = models.URLField(_("address"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_current = models.BooleanField(_("current"), default=True)

    class Meta:
        verbose_name = _("learning path")
        verbose_name_plural = _("learning paths")
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                name="path_of_a_vendor_names_it",
                condition=~Q(kind="vendor") | Q(vendor__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name


class LearningPathStep(models.Model):
    """One step: a typed reference such as `certification:CLF-C02`, checked by the loader."""

    path = models.ForeignKey(LearningPath, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"))
    reference = models.CharField(_("what"), max_length=120)

    class Meta:
        verbose_name = _("step of a path")
        verbose_name_plural = _("steps of a path")
        ordering = ["path", "position"]
        constraints = [
            models.UniqueConstraint(name="path_step_order", fields=["path", "position"]),
            models.UniqueConstraint(name="path_step_once", fields=["path", "reference"]),
            models.CheckConstraint(
                name="path_step_is_a_reference",
                condition=Q(reference__regex=r"^[a-z_]+:[A-Za-z0-9._-]+$"),
            ),
        ]
        indexes = [models.Index(name="path_step_by_reference", fields=["reference"])]

    def __str__(self) -> str:
        return self.reference
