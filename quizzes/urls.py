"""Addresses of the question pages."""

from __future__ import annotations

app_name = "quizzes"

urlpatterns: list[object] = []
