"""Addresses of one's own account."""

from __future__ import annotations

from django.urls import path

from certportal.accounts import views

app_name = "accounts"

urlpatterns = [
    path("settings/", views.edit_settings, name="settings"),
    path("settings/notices/", views.notices, name="notices"),
    path("settings/notices/read/", views.notices_read, name="notices-read"),
    path("settings/erase/", views.erase, name="erase"),
    path("reminders/stop/<str:token>/", views.stop_reminders_by_mail, name="stop-reminders"),
]
