"""Test databases that two test runs at the same time do not share."""

from __future__ import annotations

import os
import re
from pathlib import Path

from django.db.backends.postgresql import creation

_LEFT_BEHIND = re.compile(r"^test_.*_(\d+)$")


class DatabaseCreation(creation.DatabaseCreation):
    """Names each test database after the process that made it, and clears those of dead ones."""

    def _get_test_db_name(self) -> str:
        return f"{super()._get_test_db_name()}_{os.getpid()}"  # type: ignore[misc]

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        self._drop_left_behind()
        name: str = super()._create_test_db(verbosity, autoclobber, keepdb)  # type: ignore[misc]
        return name

    def _drop_left_behind(self) -> None:
        with self._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute("SELECT datname FROM pg_database")
            for (name,) in cursor.fetchall():
                match = _LEFT_BEHIND.match(name)
                if match and not _lives(int(match[1])):
                    quoted = self.connection.ops.quote_name(name)
                    cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return False
