"""Database triggers that keep evidence as it was written.

Erasing a person is the one exception: it may blank what a person typed, in a
transaction that says so by setting `certportal.erasing`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pgtrigger
from django.db import connection

ERASED = "[erased]"
"""What stands where somebody's words stood."""

_ERASING = "current_setting('certportal.erasing', true) = 'on'"


def only_while_erasing(*, name: str, unchanged: Sequence[str]) -> pgtrigger.Trigger:
    """Refuse every UPDATE, but for an erasure that leaves the `unchanged` columns alone."""
    same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in unchanged)
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF {_ERASING} AND {same} THEN RETURN NEW; END IF;
            RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME;
        """,
    )


def refuse_truncate() -> pgtrigger.Trigger:
    """Refuse TRUNCATE, but on connections of the tests, which empty tables that way."""
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="""
            IF current_setting('certportal.may_truncate', true) = 'on' THEN RETURN NULL; END IF;
            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
        """,
    )


def allow_erasing() -> None:
    """Let this transaction, and no other, blank what a person typed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('certportal.erasing', 'on', true)")
