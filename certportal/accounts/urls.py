"""Addresses below /settings/."""

from __future__ import annotations

from django.urls import path

from certportal.accounts import views

app_name = "accounts"

urlpatterns = [
    path("", views.edit_settings, name="settings"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.notices_read, name="notices-read"),
    path("erase/", views.erase, name="erase"),
]
