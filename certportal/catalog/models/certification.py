"""Vendors, their certifications, and which one follows a retired one."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certportal.lib.translated import Translated


class Vendor(Translated):
    slug = models.SlugField(_("short name for addresses"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ExamLanguage(Translated):
    """A language in which exams are offered; names come with the catalogue."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("exam language")
        verbose_name_plural = _("exam languages")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class Certification(Translated):
    """What one can earn. What its exam asks stands in its exam guides."""

    class Level(models.TextChoices):
        FOUNDATIONAL = "foundational", _("Foundational")
        ASSOCIATE = "associate", _("Associate")
        PROFESSIONAL = "professional", _("Professional")
        SPECIALTY = "specialty", _("Specialty")

    class Role(models.TextChoices):
        BEGINNER = "beginner", _("Starting out")
        ARCHITECT = "architect", _("Cloud architect")
        ML_ENGINEER = "ml-engineer", _("Machine learning engineer")
        AI_DEVELOPER = "ai-developer", _("AI developer")
        DATA = "data", _("Data engineer or analyst")

    class Kind(models.TextChoices):
        PROCTORED = "proctored", _("Proctored exam")
        HANDS_ON = "hands-on", _("Hands-on exam")
        COURSE = "course", _("Course certificate, no exam")

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        BETA = "beta", _("Beta")
        RETIRED = "retired", _("Retired")

    code = models.CharField(_("code"), max_length=40, unique=True)
    slug = models.SlugField(_("short name for addresses"), max_length=60, unique=True)
    vendor = models.ForeignKey(
        Vendor, verbose_name=_("vendor"), on_delete=models.PROTECT, related_name="certifications"
    )
    name = models.CharField(_("name"), max_length=160)
    level = models.CharField(_("level"), max_length=12, choices=Level)
    role = models.CharField(_("role"), max_length=12, choices=Role)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PROCTORED)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    status_detail = models.TextField(_("about the status"), blank=True)
    # As the vendor gives it: for some the last day of the exam, for others the day after.
    retired_on = models.DateField(_("retired on"), null=True, blank=True)
    predecessor = models.CharField(_("replaces"), max_length=120, blank=True)
    replaced_by = models.ManyToManyField(
        "self",
        through="catalog.Succession",
        through_fields=("certification", "successor"),
        symmetrical=False,
        related_name="replaces",
    )
    languages = models.ManyToManyField(
        ExamLanguage, through="catalog.CertificationLanguage", related_name="certifications"
    )
    has_more_languages = models.BooleanField(_("and other languages"), default=False)
    price_usd = models.DecimalField(
        _("price in USD"), max_digits=7, decimal_places=2, null=True, blank=True
    )
    validity = models.TextField(_("validity"), blank=True)
    renewal = models.TextField(_("renewal"), blank=True)
    prerequisites = models.TextField(_("prerequisites"), blank=True)
    recommended_experience = models.TextField(_("recommended experience"), blank=True)
    notes = models.TextField(_("notes"), blank=True)
    certification_url = models.URLField(_("official page"), max_length=300, blank=True)
    # Names of facts that no official page confirmed; the page says so beside them.
    unverified = models.JSONField(_("not verified"), default=list, blank=True)
    checked_on = models.DateField(_("checked on"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Folded text of code, names, vendor and domains in all languages; the loader fills it.
    search_text = models.TextField(_("text that the search reads"), editable=False, default="")

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        ordering = ["vendor__position", "position", "code"]
        constraints = [
            models.CheckConstraint(
                name="certification_retired_has_a_date",
                condition=Q(status="retired", retired_on__isnull=False)
                | (~Q(status="retired") & Q(retired_on=None)),
            ),
            models.CheckConstraint(
                name="certification_level_known",
                condition=Q(level__in=["foundational", "associate", "professional", "specialty"]),
            ),
            models.CheckConstraint(
                name="certification_status_known",
                condition=Q(status__in=["active", "beta", "retired"]),
            ),
            models.CheckConstraint(
                name="certification_price_not_negative",
                condition=Q(price_usd=None) | Q(price_usd__gte=0),
            ),
        ]
        indexes = [
            GinIndex(
                name="certification_search", fields=["search_text"], opclasses=["gin_trgm_ops"]
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_retired(self) -> bool:
        return self.status == self.Status.RETIRED


class Succession(models.Model):
    """A retired certification and one to go on with."""

    certification = models.ForeignKey(
        Certification, on_delete=models.PROTECT, related_name="successions"
    )
    successor = models.ForeignKey(
        Certification, on_delete=models.PROTECT, related_name="preceded_by"
    )
    # False: our advice where to go on; the vendor named no successor.
    is_official = models.BooleanField(_("named by the vendor"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("successor")
        verbose_name_plural = _("successors")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="succession_once", fields=["certification", "successor"]),
            models.CheckConstraint(
                name="succession_not_by_itself", condition=~Q(certification=F("successor"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certification_id} to {self.successor_id}"


class CertificationLanguage(models.Model):
    """A language of an exam, with the last day on which it can be sat in it, if announced."""

    certification = models.ForeignKey(
        Certification, on_delete=models.PROTECT, related_name="offered_in"
    )
    language = models.ForeignKey(ExamLanguage, on_delete=models.PROTECT, related_name="offers")
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("language of the exam")
        verbose_name_plural = _("languages of the exam")
        ordering = ["language__position"]
        constraints = [
            models.UniqueConstraint(
                name="certification_language_once", fields=["certification", "language"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.certification_id} in {self.language_id}"
