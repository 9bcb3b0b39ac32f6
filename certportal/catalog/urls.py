"""Addresses of the catalogue."""

from __future__ import annotations

from django.urls import path

from certportal.catalog import views

app_name = "catalog"

# /certifications/
urlpatterns = [path("", views.certification_list, name="certification-list")]
