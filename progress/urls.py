"""Addresses of the pages that show progress."""

from __future__ import annotations

from django.urls import path

from progress.views import certification, home

app_name = "progress"

urlpatterns = [
    path("", home.home, name="home"),
    path(
        "certifications/<slug:slug>/",
        certification.certification_detail,
        name="certification-detail",
    ),
]
