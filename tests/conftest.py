"""What every test may use."""

from __future__ import annotations

import os

from hypothesis import settings

from certportal.local_postgres.pytest_plugin import django_db_modify_db_settings

__all__ = ["django_db_modify_db_settings"]

# Playwright's synchronous interface runs an event loop, inside which Django refuses queries.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

# Machines are shared: how long an example took says nothing about the code.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")
