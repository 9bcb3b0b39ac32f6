"""Two answers for machines: is the process alive, and is the portal ready for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from certportal.lib.durability import is_durable

SWEEP_KEY = "worker:sweep"
OLDEST_SWEEP = timedelta(seconds=120)


def note_sweep() -> None:
    """Remember that overdue attempts were just looked for."""
    cache.set(SWEEP_KEY, timezone.now().isoformat(), timeout=None)


def sweep_age() -> timedelta | None:
    """How long ago overdue attempts were looked for; None when nobody ever did."""
    noted = cache.get(SWEEP_KEY)
    return timezone.now() - datetime.fromisoformat(noted) if noted else None


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """The database answers and keeps its word, its tables are current, the worker works."""
    try:
        state = _state()
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": "unavailable", "database": False}, status=503)
    ready = state.ready
    return JsonResponse(
        {
            "status": "ok" if ready else "unavailable",
            "database": True,
            "durable": state.durable,
            "migrated": state.migrated,
            "sweeper_age_s": state.sweeper_age_s,
        },
        status=200 if ready else 503,
    )


@dataclass(frozen=True)
class _State:
    durable: bool
    migrated: bool
    sweeper_age_s: float | None

    @property
    def ready(self) -> bool:
        # While developing, the worker may be off.
        swept = settings.DEBUG or (
            self.sweeper_age_s is not None and self.sweeper_age_s <= OLDEST_SWEEP.total_seconds()
        )
        return self.durable and self.migrated and swept


def _state() -> _State:
    durable = is_durable()
    migrated = _migrations.applied()
    age = sweep_age() if migrated else None
    return _State(durable, migrated, None if age is None else round(age.total_seconds(), 1))


class _Migrations:
    """Asks until the answer is yes once: new migrations come only with a new process."""

    def __init__(self) -> None:
        self._seen_applied = False

    def applied(self) -> bool:
        if not self._seen_applied:
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            self._seen_applied = not plan
        return self._seen_applied


_migrations = _Migrations()
