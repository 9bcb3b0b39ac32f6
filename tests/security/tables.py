"""Fingerprints of the database, to see what a request changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import connection

# Sessions and counters of limits are how the portal remembers a visit; they are no content.
VISITS = frozenset({"django_session", "usersessions_usersession"})


def fingerprints() -> dict[str, str]:
    """Table -> a digest of all its rows, in one statement."""
    tables = sorted({model._meta.db_table for model in _models()} - VISITS)
    parts = [
        f"SELECT '{table}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) "  # noqa: S608
        f'FROM "{table}" AS t'
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def changed(before: dict[str, str]) -> set[str]:
    """The tables whose rows are not what they were."""
    after = fingerprints()
    return {table for table in after if after[table] != before[table]}


def _models() -> Iterable[type]:
    return apps.get_models(include_auto_created=True)
