"""Mock exams, for reading: the loader makes them from the catalogue."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from quizzes.admin.scoped import ReadOnlyAdmin
from quizzes.models import Exam


@admin.register(Exam)
class ExamAdmin(ReadOnlyAdmin[Exam]):
    list_display = ("slug", "guide", "created_at")
    list_select_related = ("guide__certification",)
    search_fields = ("slug",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exam]:
        # Every student may see which mocks there are; so may staff.
        return Exam.objects.all()
