"""The database's clock under the control of a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

_BEGIN = """
    CREATE SCHEMA IF NOT EXISTS stopped;
    CREATE OR REPLACE FUNCTION stopped.clock_timestamp() RETURNS timestamptz
        LANGUAGE sql VOLATILE AS $$ SELECT current_setting('tests.clock')::timestamptz $$;
    SET search_path = stopped, pg_catalog, public;
"""


class StoppedClock:
    """Stands in the way of `clock_timestamp()` until the test's transaction is rolled back.

    Every statement that names the clock sees the same moment, `db_now` and hand-written SQL
    alike. Only defaults of columns (`recorded_at`) were bound to the real clock before.
    """

    def __init__(self, now: datetime = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN)
        self.set(now)

    def set(self, now: datetime) -> None:
        self.now = now
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('tests.clock', %s, false)", [now.isoformat()])

    def tick(self, by: timedelta) -> None:
        self.set(self.now + by)
