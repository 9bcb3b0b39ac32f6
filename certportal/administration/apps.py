"""Puts the portal's own index in front of Django's administration."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    default_site = "certportal.administration.site.Administration"
