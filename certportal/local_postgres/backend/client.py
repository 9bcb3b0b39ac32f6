"""`manage.py dbshell` with the psql that came with the server."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db.backends.postgresql import client

from certportal.local_postgres.server import Cluster


class DatabaseClient(client.DatabaseClient):
    """Needs no psql on the machine."""

    def runshell(self, parameters: Iterable[str]) -> None:
        cluster = Cluster(settings.LOCAL_POSTGRES_DATA_DIR, fast=settings.LOCAL_POSTGRES_FAST)
        cluster.start()
        raise SystemExit(
            cluster.psql("-d", str(self.connection.settings_dict["NAME"]), *parameters)
        )
