"""The database engine: PostgreSQL as ever, started lazily."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.utils import OperationalError

from certportal.local_postgres.backend.client import DatabaseClient
from certportal.local_postgres.backend.creation import DatabaseCreation
from certportal.local_postgres.programs import LocalPostgresError
from certportal.local_postgres.server import ensure
from certportal.postgres import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks for the server only when a connection is wanted, so `manage.py check` starts nothing."""

    client_class = DatabaseClient
    creation_class = DatabaseCreation

    def get_connection_params(self) -> dict[str, Any]:
        try:
            server = ensure(
                settings.LOCAL_POSTGRES_DATA_DIR, fast_tests=settings.LOCAL_POSTGRES_FAST
            )
        except LocalPostgresError as error:
            raise OperationalError(str(error)) from error
        self.settings_dict.update(HOST=server.host, PORT=server.port, USER=server.user)
        return super().get_connection_params()
