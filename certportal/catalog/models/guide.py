"""Versions of a certification's exam guide: facts of the exam, domains, objectives."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certportal.catalog.models.certification import Certification
from certportal.lib.translated import Translated

# Where a vendor publishes no pass mark as a share of the questions.
ESTIMATED_CUT = Decimal("0.72")


class ExamGuideQuerySet(models.QuerySet["ExamGuide"]):
    def current(self) -> ExamGuideQuerySet:
        return self.filter(is_current=True)

    def in_catalogue_order(self) -> ExamGuideQuerySet:
        return self.order_by("certification__vendor__position", "certification__position")


class ExamGuide(Translated):
    """One version of what an exam asks. Questions, exams and results point at a version."""

    certification = models.ForeignKey(
        Certification,
        verbose_name=_("certification"),
        on_delete=models.PROTECT,
        related_name="guides",
    )
    version = models.CharField(_("version"), max_length=40)
    is_current = models.BooleanField(_("current"), default=True)

    # Number of questions; where the vendor gives a range, `total` is its middle.
    total = models.PositiveSmallIntegerField(_("questions"), null=True, blank=True)
    scored = models.PositiveSmallIntegerField(_("scored"), null=True, blank=True)
    unscored = models.PositiveSmallIntegerField(_("not scored"), null=True, blank=True)
    total_min = models.PositiveSmallIntegerField(_("questions, at least"), null=True, blank=True)
    total_max = models.PositiveSmallIntegerField(_("questions, at most"), null=True, blank=True)
    questions_note = models.TextField(_("about the number of questions"), blank=True)
    duration_minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)

    # The vendor's own scale; all three or none.
    scale_low = models.PositiveIntegerField(_("lowest score"), null=True, blank=True)
    scale_cut = models.PositiveIntegerField(_("score to pass"), null=True, blank=True)
    scale_high = models.PositiveIntegerField(_("highest score"), null=True, blank=True)
    # The share of the questions that passes a mock.
    cut_fraction = models.DecimalField(
        _("share to pass"), max_digits=4, decimal_places=3, default=ESTIMATED_CUT
    )
    cut_is_estimate = models.BooleanField(_("share is an estimate"), default=True)

    formats = models.TextField(_("question formats"), blank=True)
    # Names of our question kinds that the real exam uses.
    official_kinds = models.JSONField(_("official kinds"), default=list, blank=True)
    # False: the weights only hold the place of ones still to come; no mock is drawn by them.
    weights_official = models.BooleanField(_("weights may be relied on"), default=True)
    weights_note = models.TextField(_("about the weights"), blank=True)

    guide_url = models.URLField(_("exam guide"), max_length=300, blank=True)
    # The vendor's pages behind these facts: [{"what": {"en", "zh-hans"}, "url", "date"}].
    sources = models.JSONField(_("sources"), default=list, blank=True)
    checked_on = models.DateField(_("checked on"))

    objects = ExamGuideQuerySet.as_manager()

    class Meta:
        verbose_name = _("exam guide")
        verbose_name_plural = _("exam guides")
        ordering = ["certification", "-is_current", "version"]
        constraints = [
            models.UniqueConstraint(name="guide_version_once", fields=["certification", "version"]),
            models.UniqueConstraint(
                name="guide_one_current",
                fields=["certification"],
                condition=Q(is_current=True),
            ),
            models.CheckConstraint(
                name="guide_counts_add_up",
                condition=Q(scored=None)
                | Q(unscored=None)
                | Q(total=None)
                | Q(total=F("scored") + F("unscored")),
            ),
            models.CheckConstraint(
                name="guide_range_around_total",
                condition=Q(total_min=None, total_max=None)
                # A comparison with NULL would pass a CHECK, hence the isnull.
                | Q(
                    total__isnull=False,
                    total_min__isnull=False,
                    total_max__isnull=False,
                    total_min__lte=F("total"),
                    total_max__gte=F("total"),
                ),
            ),
            models.CheckConstraint(
                name="guide_scale_whole_and_ordered",
                condition=Q(scale_low=None, scale_cut=None, scale_high=None)
                | Q(
                    scale_low__isnull=False,
                    scale_cut__isnull=False,
                    scale_high__isnull=False,
                    scale_low__lt=F("scale_cut"),
                    scale_cut__lt=F("scale_high"),
                ),
            ),
            models.CheckConstraint(
                name="guide_cut_is_a_share",
                condition=Q(cut_fraction__gt=0, cut_fraction__lt=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certification} {self.version}"

    @property
    def scale(self) -> tuple[int, int, int] | None:
        """Lowest, passing and highest score where the vendor publishes them."""
        if self.scale_low is None or self.scale_cut is None or self.scale_high is None:
            return None
        return self.scale_low, self.scale_cut, self.scale_high

    @property
    def question_range(self) -> str:
        """The number of questions as the vendor gives it: "65", "40–60", or nothing."""
        if self.total_min is not None and self.total_max is not None:
            return f"{self.total_min}–{self.total_max}"
        return "" if self.total is None else str(self.total)


class ExamDomain(Translated):
    """A section of an exam guide. Its weights and those of its siblings make exactly 100."""

    guide = models.ForeignKey(
        ExamGuide, verbose_name=_("exam guide"), on_delete=models.PROTECT, related_name="domains"
    )
    key = models.CharField(_("key"), max_length=8)
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=200)
    weight = models.DecimalField(_("weight"), max_digits=5, decimal_places=2)
    # As the vendor writes it: "24%", "15-20%", "~13%"; empty where it is not published.
    official_weight = models.CharField(_("published weight"), max_length=20, blank=True)
    # False: no longer in the catalogue, kept for what points at it.
    is_current = models.BooleanField(_("current"), default=True)

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering = ["guide", "position", "key"]
        constraints = [
            models.UniqueConstraint(name="domain_key_once_per_guide", fields=["guide", "key"]),
            models.CheckConstraint(
                name="domain_weight_is_a_percentage",
                condition=Q(weight__gt=0, weight__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guide_id} {self.key}"


class Objective(Translated):
    """Something a candidate must know or do, below a domain."""

    domain = models.ForeignKey(
        ExamDomain, verbose_name=_("domain"), on_delete=models.PROTECT, related_name="objectives"
    )
    # Unique within the guide (the loader sees to it), so that it may move between domains.
    key = models.CharField(_("key"), max_length=60)
    number = models.CharField(_("number"), max_length=12)
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=200)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    services = models.JSONField(_("services"), default=list, blank=True)
    is_verified = models.BooleanField(_("seen in an outline of the vendor"), default=True)
    is_current = models.BooleanField(_("current"), default=True)

    class Meta:
        verbose_name = _("objective")
        verbose_name_plural = _("objectives")
        ordering = ["domain", "position"]
        constraints = [
            models.UniqueConstraint(name="objective_key_once_per_domain", fields=["domain", "key"])
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.key}"


class ObjectiveSuccession(Translated):
    """Where an objective of a retired exam lives on; without a domain: nowhere."""

    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="continuations")
    successor_domain = models.ForeignKey(
        ExamDomain, on_delete=models.PROTECT, null=True, blank=True, related_name="inherits"
    )
    # Null beside a domain: the domain is known, its tasks are not yet.
    successor_objective = models.ForeignKey(
        Objective, on_delete=models.PROTECT, null=True, blank=True, related_name="inherits"
    )
    reason = models.TextField(_("reason"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("succession of an objective")
        verbose_name_plural = _("successions of objectives")
        ordering = ["objective", "position"]
        constraints = [
            models.UniqueConstraint(
                name="objective_succession_once",
                fields=["objective", "successor_domain", "successor_objective"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="objective_succession_names_the_domain",
                condition=Q(successor_objective=None) | Q(successor_domain__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.objective_id} to {self.successor_domain_id}"
