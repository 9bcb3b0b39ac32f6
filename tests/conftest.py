"""What every test may use."""

from __future__ import annotations

from certportal.local_postgres.pytest_plugin import django_db_modify_db_settings

__all__ = ["django_db_modify_db_settings"]
