"""The one clock that decides anything: the database's."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def db_now() -> datetime:
    """Read the database's clock at this statement, as an aware datetime in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    now: datetime = row[0]
    return now
