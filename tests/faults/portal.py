"""A whole portal for the fault tests: its own PostgreSQL, gunicorn, and worker processes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import psycopg2
from psycopg2 import extensions

from certportal.local_postgres.server import PORT as POSTGRES_PORT
from certportal.local_postgres.server import Cluster
from tests.faults.proxy import Proxy, to_port, to_socket
from tests.faults.students import Student

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
_LATCH = 4711


def until(condition: Callable[[], Any], *, patience: float = PATIENCE) -> Any:
    """Wait for `condition`, and return what it said."""
    limit = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.01)
    return found


class Portal:
    """gunicorn as in `make run`, on a cluster with the settings of `make run`."""

    server: subprocess.Popen[bytes]

    def __init__(self, seats: int) -> None:
        self._wanted = seats
        # Not pytest's folder: the account of the database must be able to enter it.
        self.folder = Path(tempfile.mkdtemp(prefix="certportal-fault-"))
        self.folder.chmod(0o755)
        self.cluster = Cluster(self.folder / "pg")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            **{k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
            "DATABASE_URL": self.cluster.url(),
            "PORT": str(self.port),
            "PUBLIC_URL": f"http://localhost:{self.port}",
            "SECRET_KEY": "fault-" * 12,
            "PYTHONPATH": str(ROOT),
            "STATIC_ROOT": str(self.folder / "static"),
        }

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, self.folder, ignore_errors=True)
            undo.callback(self.cluster.remove)
            self.cluster.start()
            self._seats = json.loads(self.run_python("-m", "tests.faults.seed", str(self._wanted)))
            self.log = undo.enter_context((self.folder / "gunicorn.log").open("wb"))
            undo.callback(self.stop_serving)
            self.serve()
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def seat(self, students: int, **changes: Any) -> list[Student]:
        """Students with a running mock exam whom no test has met yet."""
        assert len(self._seats) >= students, "seed more students"
        taken, self._seats = self._seats[:students], self._seats[students:]
        return [replace(Student(self.port, *row), **changes) for row in taken]

    def seat_answered(self, students: int) -> list[Student]:
        """The same, after each has answered some questions."""
        seated = self.seat(students)
        for student in seated:
            for _ in range(3):
                assert student.answer() == "accepted"
        return seated

    # --- its processes ---

    def run_python(self, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            check=True,
            stdout=subprocess.PIPE,
        )
        return done.stdout.decode()

    @contextmanager
    def process(self, *arguments: str) -> Iterator[Process]:
        """A Python process beside the web server: the worker, or one sweep."""
        with tempfile.TemporaryFile(dir=self.folder) as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
            try:
                yield Process(process, log.fileno())
            finally:
                process.terminate()
                process.wait(PATIENCE)

    def act(self, *arguments: str) -> Any:
        """Something that others do during an exam; see acts.py."""
        return json.loads(self.run_python("-m", "tests.faults.acts", *arguments))

    def sweep(self) -> str:
        """Look for overdue attempts once, in a process of its own."""
        return self.run_python("manage.py", "close_overdue_attempts")

    def network(self) -> Proxy:
        """A way to the web server that fails on purpose."""
        return Proxy(to_port(self.port))

    @contextmanager
    def database_network(self) -> Iterator[Proxy]:
        """Let the web server reach its database by a way that fails on purpose."""
        socket_path = self.cluster.socket_dir / f".s.PGSQL.{POSTGRES_PORT}"
        with Proxy(to_socket(str(socket_path))) as proxy:
            url = self.cluster.url().split("?")[0].split("@")
            name = url[1].rpartition("/")[2]
            self.restart(DATABASE_URL=f"{url[0]}@127.0.0.1:{proxy.port}/{name}")
            try:
                yield proxy
            finally:
                self.restart()

    def restart(self, **environment: str) -> None:
        """Stop the web server and start it with another environment."""
        with self.down(**environment):
            pass

    @contextmanager
    def down(self, **environment: str) -> Iterator[None]:
        """No web server while the block runs."""
        self.stop_serving()
        yield
        self.serve(**environment)

    def serve(self, **environment: str) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "certportal/gunicorn.py"],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        limit = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < limit, (self.folder / "gunicorn.log").read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.get("/healthz").status == http.HTTPStatus.OK
        return False

    def stop_serving(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.server.terminate()
        try:
            self.server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait(5)

    def get(self, path: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=8)
        with contextlib.closing(connection):
            connection.request("GET", path)
            with connection.getresponse() as response:
                response.read()
                return response

    def readiness(self) -> tuple[int, Any]:
        """What the portal says of itself to whoever watches it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=8)
        with contextlib.closing(connection):
            connection.request("GET", "/readyz")
            with connection.getresponse() as response:
                return response.status, json.loads(response.read())

    def web_workers(self) -> set[int]:
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return {int(pid) for pid in children.split()}

    def kill_a_web_worker(self) -> None:
        workers = until(self.web_workers)
        with contextlib.suppress(ProcessLookupError):
            os.kill(random.choice(sorted(workers)), signal.SIGKILL)

    def kill_the_web_workers(self) -> None:
        for pid in self.web_workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def renew_the_web_workers(self) -> None:
        """What `kill -HUP` does: new workers come, the old ones finish what they do and go."""
        old = self.web_workers()
        self.server.send_signal(signal.SIGHUP)
        until(lambda: self.web_workers() and not self.web_workers() & old)

    # --- its database ---

    @contextmanager
    def database(self) -> Iterator[extensions.connection]:
        """A connection of the test's own; what it does is committed at the end."""
        connection = psycopg2.connect(self.cluster.url())
        with contextlib.closing(connection), connection:
            yield connection

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[tuple]:
        with self.database() as database, database.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def at_large(self, statement: str) -> None:
        """Run a statement that no database can do to itself, nor any transaction."""
        database = psycopg2.connect(self.cluster.url("postgres"))
        with contextlib.closing(database):
            database.autocommit = True
            with database.cursor() as cursor:
                cursor.execute(statement)

    def crash(self) -> None:
        """Kill the database without warning and start it again."""
        self.cluster.kill()
        self.cluster.start()

    def end_all_connections(self) -> None:
        self.rows(f"SELECT pg_terminate_backend(pid) {_OTHER_CLIENTS}")

    def connections(self) -> int:
        return self.rows(f"SELECT count(*) {_OTHER_CLIENTS}")[0][0]

    def status(self, student: Student) -> tuple[str, int, int]:
        """How the database has an attempt: its status, closes and scores."""
        return self.rows(_STATUS, {"attempt": student.attempt})[0]

    def set_back(self, students: Sequence[Student], *, hours: int) -> None:
        """Let everything about these attempts have happened that much earlier."""
        attempts = [student.attempt for student in students]
        with self.database() as database, database.cursor() as cursor:
            # Evidence is append-only; this is the one session that may move it.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in _SET_BACK:
                cursor.execute(statement, {"by": f"{hours} hours", "attempts": attempts})

    @contextmanager
    def scores_held(self) -> Iterator[Latch]:
        """Let everybody who is about to store a score wait: closed, but not graded yet."""
        with contextlib.closing(psycopg2.connect(self.cluster.url())) as database:
            # The trigger counts from now on, and the lock outlives statements.
            database.autocommit = True
            with database.cursor() as cursor:
                cursor.execute(_HOLD_SCORES)
                cursor.execute("SELECT pg_advisory_lock(%s)", [_LATCH])
                latch = Latch(self, cursor)
                try:
                    yield latch
                finally:
                    latch.release()
                    until(lambda: not latch.waiting())
                    cursor.execute("DROP FUNCTION hold_scores() CASCADE")


class Process:
    """A running process and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], log: int) -> None:
        self._process = process
        self._log = log

    @property
    def said(self) -> str:
        return os.pread(self._log, 10_000_000, 0).decode()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)

    def result(self) -> int:
        return self._process.wait(PATIENCE)


class Latch:
    """Who waits before a score, and the way to let them go on."""

    def __init__(self, portal: Portal, cursor: Any) -> None:
        self._portal = portal
        self._cursor = cursor
        self._held = True

    def waiting(self) -> int:
        return self._portal.rows(_WAITING)[0][0]

    def release(self) -> None:
        if self._held:
            self._cursor.execute("SELECT pg_advisory_unlock(%s)", [_LATCH])
        self._held = False


_OTHER_CLIENTS = (
    "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
_STATUS = """
    SELECT status,
           (SELECT count(*)::int FROM quizzes_answerevent
            WHERE attempt_id = attempt.id AND kind = 'close'),
           (SELECT count(*)::int FROM quizzes_score WHERE attempt_id = attempt.id)
    FROM quizzes_attempt AS attempt WHERE public_id = %(attempt)s
"""
_SET_BACK = (
    """
    UPDATE quizzes_answerevent AS event
    SET arrived_at = arrived_at - %(by)s::interval, recorded_at = recorded_at - %(by)s::interval
    FROM quizzes_attempt AS attempt
    WHERE attempt.id = event.attempt_id AND public_id = ANY(%(attempts)s::uuid[])
    """,
    """
    UPDATE quizzes_answer AS answer SET saved_at = saved_at - %(by)s::interval
    FROM quizzes_attempt AS attempt
    WHERE attempt.id = answer.attempt_id AND public_id = ANY(%(attempts)s::uuid[])
    """,
    """
    UPDATE quizzes_attempt
    SET started_at = started_at - %(by)s::interval, deadline_at = deadline_at - %(by)s::interval
    WHERE public_id = ANY(%(attempts)s::uuid[])
    """,
)
# A shared lock: those who wait for the test do not wait for each other.
_HOLD_SCORES = f"""
    CREATE FUNCTION hold_scores() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock_shared({_LATCH}); RETURN NEW; END $$;
    CREATE TRIGGER hold_scores BEFORE INSERT ON quizzes_score
    FOR EACH ROW EXECUTE FUNCTION hold_scores();
"""
_WAITING = "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
