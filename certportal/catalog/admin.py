"""The catalogue in the administration: to look at; it is edited in its files."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from certportal.catalog.models import (
    Certification,
    ExamDomain,
    ExamGuide,
    LearningPath,
    LearningPathStep,
    Objective,
    Resource,
    Vendor,
)


class LookedAt(admin.options.BaseModelAdmin[Any]):
    """Superusers see it; nobody changes it here, for the next load would undo that."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> list[str]:
        """Every column, so that no form is built behind the page."""
        options = self.model._meta  # noqa: SLF001 - Django's documented API
        return [field.name for field in options.concrete_fields]

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser


class DomainRows(LookedAt, admin.TabularInline[ExamDomain, ExamGuide]):
    template = "admin/edit_inline/to_read.html"
    model = ExamDomain
    fields = ["key", "name", "weight", "official_weight", "is_current"]


class StepRows(LookedAt, admin.TabularInline[LearningPathStep, LearningPath]):
    template = "admin/edit_inline/to_read.html"
    model = LearningPathStep
    fields = ["position", "reference"]


@admin.register(Vendor)
class VendorAdmin(LookedAt, admin.ModelAdmin[Vendor]):
    list_display = ["name", "slug"]


@admin.register(Certification)
class CertificationAdmin(LookedAt, admin.ModelAdmin[Certification]):
    list_display = ["code", "name", "vendor", "level", "status", "retired_on", "checked_on"]
    list_filter = ["vendor", "status", "level", "role"]
    list_select_related = ["vendor"]
    search_fields = ["search_text"]


@admin.register(ExamGuide)
class ExamGuideAdmin(LookedAt, admin.ModelAdmin[ExamGuide]):
    list_display = ["certification", "version", "is_current", "total", "duration_minutes"]
    list_filter = ["is_current"]
    list_select_related = ["certification"]
    search_fields = ["certification__code", "version"]
    inlines = [DomainRows]


@admin.register(Objective)
class ObjectiveAdmin(LookedAt, admin.ModelAdmin[Objective]):
    list_display = ["number", "title", "domain", "is_verified", "is_current"]
    list_select_related = ["domain"]
    list_filter = ["is_current", "is_verified", "domain__guide__certification"]
    search_fields = ["title", "key"]


@admin.register(Resource)
class ResourceAdmin(LookedAt, admin.ModelAdmin[Resource]):
    list_display = ["name", "kind", "publisher", "is_current"]
    list_filter = ["kind", "is_current"]
    search_fields = ["name"]


@admin.register(LearningPath)
class LearningPathAdmin(LookedAt, admin.ModelAdmin[LearningPath]):
    list_display = ["name", "kind", "vendor", "is_current"]
    list_select_related = ["vendor"]
    inlines = [StepRows]
