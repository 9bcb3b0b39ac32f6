"""What the benchmarks run on: one PostgreSQL, the bare project and the portal beside it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psycopg2

from certportal.local_postgres.server import Cluster

ROOT = Path(__file__).resolve().parent.parent
_CONTROL = re.compile(
    r"(?i)\s*(begin|commit|rollback|savepoint|release|set |show |deallocate|start transaction)"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """gunicorn with the portal's own configuration: two workers of four threads."""

    def __init__(self, application: str, probe: str, environment: dict[str, str]) -> None:
        self.port = free_port()
        self.environment = {**environment, "PORT": str(self.port)}
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the server runs
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "certportal/gunicorn.py", application],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
        )
        self._wait(probe)

    def _wait(self, probe: str) -> None:
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                with contextlib.closing(connection):
                    connection.request("GET", probe)
                    connection.getresponse().read()
                    return
            time.sleep(0.1)
        self.log.seek(0)
        raise SystemExit(f"the server does not answer:\n{self.log.read().decode()[-2000:]}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


class Stage:
    """Both projects, seeded and running; a context manager that leaves nothing behind."""

    def __init__(self, students: int, journeys: int = 0, waiting: int = 0) -> None:
        """`students` sit a mock, `journeys` have not signed in, `waiting` have not started."""
        self.students = students
        self.journeys = journeys
        self.waiting = waiting

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="certportal-bench-"))
        self.folder.chmod(0o755)
        self.cluster = Cluster(self.folder / "pg")
        self.cluster.start()
        self.execute("CREATE DATABASE bare")
        self.bare_sessions = self._seed("bench.seed_bare", "bare")
        seeded = self._seed("bench.seed_portal", "certportal", self.waiting)
        self.portal_seed, self.waiting_sessions = seeded["sitting"], seeded["waiting"]
        self.bare = Server("bench.bare.wsgi:application", "/q/1", self.environment("bare"))
        # The bare project has no page of its own to probe; the portal has.
        self.portal = Server(
            "certportal.wsgi:application", "/healthz", self.environment("certportal")
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.bare.stop()
        self.portal.stop()
        self.cluster.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, database: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
        return {
            **kept,
            "DATABASE_URL": self.cluster.url(database),
            "SECRET_KEY": "bench-" * 12,
            "PUBLIC_URL": "http://localhost:8000",
            "STATIC_ROOT": str(self.folder / "static"),
            "PYTHONPATH": str(ROOT),
        }

    def _seed(self, module: str, database: str, *more: int) -> Any:
        environment = self.environment(database)
        if database == "certportal":
            subprocess.run(
                [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"],
                cwd=ROOT, env=environment, check=True,
            )  # fmt: skip
        numbers = map(str, (self.students, self.journeys, *more))
        done = subprocess.run(
            [sys.executable, "-m", module, *numbers],
            cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        return json.loads(done.stdout)

    def rows(self, statement: str, database: str = "certportal") -> list[tuple[Any, ...]]:
        """What a question to the database is answered."""
        connection = psycopg2.connect(self.cluster.url(database))
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def execute(self, statement: str) -> None:
        database = psycopg2.connect(self.cluster.url("postgres"))
        database.autocommit = True
        with contextlib.closing(database), database.cursor() as cursor:
            cursor.execute(statement)

    @contextlib.contextmanager
    def counted(self, counts: list[str], *, database: str = "certportal") -> Iterator[None]:
        """Add the statements that run there meanwhile, without transaction control."""
        self.execute("ALTER SYSTEM SET log_line_prefix = '%m [%p] db=%d '")
        self.execute("ALTER SYSTEM SET log_statement = 'all'")
        self.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)
        start = self.cluster.log_file.stat().st_size
        yield
        time.sleep(0.3)
        with self.cluster.log_file.open(errors="replace") as log:
            log.seek(start)
            found = re.findall(rf"db={database} LOG:  statement: (.*)", log.read())
        counts += [statement for statement in found if not _CONTROL.match(statement)]
        self.execute("ALTER SYSTEM RESET log_statement")
        self.execute("SELECT pg_reload_conf()")
        time.sleep(0.3)
