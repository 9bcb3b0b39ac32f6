"""A whole portal for the fault tests: its own PostgreSQL, gunicorn, and driving students."""

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
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from certportal.local_postgres.server import Cluster

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "t" * 32
PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Portal:
    """gunicorn as in `make run`, on a cluster with the settings of `make run`."""

    def __init__(self, students: int) -> None:
        # Not pytest's folder: the account of the database must be able to enter it.
        self.folder = Path(tempfile.mkdtemp(prefix="certportal-fault-"))
        self.folder.chmod(0o755)
        self.cluster = Cluster(self.folder / "pg")
        self.cluster.start()
        self.port = free_port()
        self.environment = {
            **{k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
            "DATABASE_URL": self.cluster.url(),
            "PORT": str(self.port),
            "PUBLIC_URL": f"http://localhost:{self.port}",
            "SECRET_KEY": "fault-" * 12,
            "PYTHONPATH": str(ROOT),
            "STATIC_ROOT": str(self.folder / "static"),
        }
        self.seeded = json.loads(self.run_python("-m", "tests.faults.seed", str(students)))
        self.log = (self.folder / "gunicorn.log").open("wb")
        self.server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "certportal/gunicorn.py"],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self._wait()

    def run_python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
        )
        return done.stdout.decode()

    def _wait(self) -> None:
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                with contextlib.closing(connection):
                    connection.request("GET", "/healthz")
                    with connection.getresponse() as response:
                        if response.status == 200:
                            return
            time.sleep(0.1)
        raise AssertionError((self.folder / "gunicorn.log").read_text())

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def kill_a_worker(self) -> None:
        workers = self.workers()
        if workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(workers), signal.SIGKILL)

    def rows(self, statement: str) -> list[tuple]:
        database = psycopg2.connect(self.cluster.url())
        with contextlib.closing(database), database, database.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.server.pid, signal.SIGTERM)
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait(5)
        self.log.close()
        self.cluster.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Student(threading.Thread):
    """Answers again and again, keeping each entry until it is acknowledged."""

    port: int
    session: str
    attempt: str
    questions: int
    until: float
    acknowledged: dict[int, dict] = field(default_factory=dict)
    troubles: int = 0
    longest_gap: float = 0.0
    repeated: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        rng = random.Random(self.attempt)
        seq, last = 0, time.monotonic()
        while time.monotonic() < self.until:
            seq += 1
            entry = {
                "seq": seq,
                "item": rng.randint(1, self.questions),
                "answer": {"choice": rng.choice("abcd")},
            }
            reply = self._insist(entry)
            if reply is None:
                return
            self.longest_gap = max(self.longest_gap, time.monotonic() - last)
            last = time.monotonic()
            self.repeated += reply["duplicate"]
            assert reply["outcome"] == "accepted", reply
            self.acknowledged[seq] = entry

    def _insist(self, entry: dict) -> dict | None:
        """Send until the server says what became of it."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            try:
                status, body = self.post("answers", {"epoch": 1, "entries": [entry]})
            except (OSError, http.client.HTTPException):
                status, body = 0, {}
            if status == 200:
                return body["entries"][0]
            self.troubles += 1
            time.sleep(0.05 + random.random() / 10)
        return None

    def post(self, name: str, body: dict) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=8)
        try:
            connection.request(
                "POST",
                f"/attempts/{self.attempt}/{name}/",
                json.dumps(body),
                {
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                    "Cookie": f"sessionid={self.session}; csrftoken={TOKEN}",
                    "X-CSRFToken": TOKEN,
                },
            )
            with connection.getresponse() as response:
                return response.status, json.loads(response.read() or b"{}")
        finally:
            connection.close()


def students_of(portal: Portal, seconds: float) -> list[Student]:
    until = time.monotonic() + seconds
    return [Student(portal.port, *row, until) for row in portal.seeded]


def lost(portal: Portal, students: list[Student]) -> list[tuple[str, int]]:
    """Acknowledged entries that the log does not hold exactly once (L1)."""
    stored = portal.rows(
        "SELECT a.public_id::text, e.seq FROM quizzes_answerevent e "
        "JOIN quizzes_attempt a ON a.id = e.attempt_id WHERE e.kind = 'answer'"
    )
    counts: dict[tuple[str, int], int] = {}
    for row in stored:
        counts[row] = counts.get(row, 0) + 1
    return [
        (student.attempt, seq)
        for student in students
        for seq in student.acknowledged
        if counts.get((student.attempt, seq)) != 1
    ]


def check_ledger(portal: Portal, students: list[Student]) -> None:
    """L1 to L3: nothing acknowledged is missing, the last answer stands, scores fit."""
    assert lost(portal, students) == []
    wrong_answers = portal.rows(
        """
        WITH last AS (
            SELECT DISTINCT ON (item_id) item_id, epoch, seq, payload->'answer' AS answer
            FROM quizzes_answerevent WHERE kind = 'answer' AND outcome = 'accepted'
            ORDER BY item_id, epoch DESC, seq DESC)
        SELECT * FROM last FULL JOIN quizzes_answer stands USING (item_id)
        WHERE (last.epoch, last.seq, last.answer)
              IS DISTINCT FROM (stands.epoch, stands.seq, stands.payload)
        """
    )
    assert wrong_answers == []
    for student in students:
        status, body = student.post("submit", {})
        assert (status, body["status"]) == (200, "submitted")
    assert json.loads(portal.run_python("-m", "tests.faults.regrade")) == []
