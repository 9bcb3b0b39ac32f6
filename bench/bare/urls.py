"""Two addresses."""

from __future__ import annotations

from django.urls import path

from bench.bare import views

urlpatterns = [path("q/<int:pk>", views.question), path("answer/<int:pk>", views.answer)]
