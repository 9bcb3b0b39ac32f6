"""Whether the database keeps what it has confirmed."""

from __future__ import annotations

from django.conf import settings
from django.db import connection


def is_durable() -> bool:
    """Whether a confirmed answer survives a crash of the database and of its machine.

    Tests may do without `fsync` (EXAMS_NEED_DURABLE_DATABASE), never without waiting for commits.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('synchronous_commit'), current_setting('fsync')")
        commit, fsync = cursor.fetchone()
    return commit != "off" and (fsync == "on" or not settings.EXAMS_NEED_DURABLE_DATABASE)
