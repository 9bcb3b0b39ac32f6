"""Attempts, answers and scores: administrators may look, nobody may write."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from quizzes.admin.scoped import M, ReadOnlyAdmin
from quizzes.models import AnswerEvent, Attempt, Score


class EvidenceAdmin(ReadOnlyAdmin[M]):
    """Evidence is never edited by hand, and only administrators see it here."""

    show_full_result_count = False
    list_per_page = 50

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(Attempt)
class AttemptAdmin(EvidenceAdmin[Attempt]):
    list_display = ("public_id", "student", "mode", "exam", "status", "started_at")
    list_filter = ("mode", "status")
    list_select_related = ("student", "exam")
    search_fields = ("public_id", "student__email")
    ordering = ("-started_at",)


@admin.register(AnswerEvent)
class AnswerEventAdmin(EvidenceAdmin[AnswerEvent]):
    list_select_related = ("attempt",)
    ordering = ("-pk",)


@admin.register(Score)
class ScoreAdmin(EvidenceAdmin[Score]):
    list_select_related = ("attempt",)
    ordering = ("-pk",)
