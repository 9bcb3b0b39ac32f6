"""Small tidying of the portal's own tables; a job may run at any time, any number of times."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from certportal.lib.periodic import Job

_RESULTS_KEPT_DAYS = 14


def remove_expired_sessions() -> None:
    """Forget the sign-ins that are over."""
    call_command("clearsessions")


def remove_expired_cache_rows() -> int:
    """Delete what the database cache would only skip; return how many rows went."""
    cache = caches["default"]
    if not isinstance(cache, DatabaseCache):
        return 0
    table = connection.ops.quote_name(settings.CACHES["default"]["LOCATION"])
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [timezone.now()])  # noqa: S608 - a quoted name from the settings
        return int(cursor.rowcount)


def remove_old_task_results() -> None:
    """Forget how background tasks of weeks ago ended."""
    call_command("prune_db_task_results", min_age_days=_RESULTS_KEPT_DAYS, verbosity=0)


JOBS = (
    Job("expired sessions", timedelta(hours=1), remove_expired_sessions),
    Job("expired cache rows", timedelta(days=1), remove_expired_cache_rows),
    Job("old task results", timedelta(days=1), remove_old_task_results),
)
