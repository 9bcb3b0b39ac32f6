"""What `make run` starts, it stops; what goes wrong, it says in a sentence."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from certportal.local_postgres.server import Cluster
from certportal.processes import __main__ as run

ROOT = Path(__file__).resolve().parents[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Started:
    """`make run` on its own port and folder, in its own process group."""

    def __init__(self, var: Path, **environment: str) -> None:
        self.port = _free_port()
        unset = {"DATABASE_URL", "SECRET_KEY", "DEMO", "DEMO_PASSWORD", "STATIC_ROOT"}
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        self.log = var / "run.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "certportal.processes"],
                cwd=ROOT,
                env={
                    **kept,
                    "DJANGO_SETTINGS_MODULE": "certportal.settings",
                    "PORT": str(self.port),
                    "VAR_DIR": str(var),
                    **environment,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        return self.log.read_text()

    def wait_until(self, words: str, *, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.output():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def group(self) -> dict[int, str]:
        """The living processes of its group and their commands."""
        shown = subprocess.run(
            ["ps", "-o", "pid=,stat=,args=", "-g", str(self.process.pid)],
            check=False,
            capture_output=True,
            text=True,
        ).stdout
        rows = (line.split(maxsplit=2) for line in shown.splitlines())
        return {int(pid): args for pid, state, args in rows if not state.startswith("Z")}

    def wait_for_processes(self, number: int, *, seconds: float = 20) -> None:
        """The portal is ready with gunicorn's first worker; the second comes a moment later."""
        deadline = time.monotonic() + seconds
        while len(self.group()) < number:
            assert time.monotonic() < deadline, self.group()
            time.sleep(0.05)

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(40)


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    # Where the server's account can enter, also when root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="certportal-run-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    Cluster(folder / "pg").remove()
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_that_was_started(var: Path, number: signal.Signals):
    portal = Started(var)
    try:
        portal.wait_until("Press Ctrl-C to stop.")
        assert portal.get("/healthz") == 200
        assert portal.get("/readyz") == 200
        portal.wait_for_processes(5)  # this one, gunicorn and its two workers, the worker
        assert Cluster(var / "pg").is_ready()
        os.killpg(portal.process.pid, number)
        assert portal.process.wait(30) == 0, portal.output()
        assert portal.group() == {}
        assert not Cluster(var / "pg").is_ready()
        assert "Traceback" not in portal.output()
        assert "Stopped." in portal.output()
    finally:
        portal.end()


@pytest.mark.slow
def test_the_second_start_repeats_no_work_and_says_where_and_who(var: Path):
    for _ in range(2):
        portal = Started(var)
        try:
            portal.wait_until("Press Ctrl-C to stop.")
        finally:
            portal.end()
    output = portal.output()
    assert f"http://localhost:{portal.port}\n" in output
    for name in ("student", "student2", "instructor", "admin"):
        assert f"{name}@example.com" in output
    password = (var / "demo-password").read_text()
    assert re.search(rf"password for all: {re.escape(password)}\)", output)
    for secret in ("demo-password", "secret-key"):
        assert stat.S_IMODE((var / secret).stat().st_mode) == 0o600
    assert "Loading the catalogue" not in output
    assert "Collecting static files" not in output


@pytest.mark.slow
@pytest.mark.parametrize("name", ["worker", "web server"])
def test_when_a_child_dies_it_says_so_and_stops_the_rest(var: Path, name: str):
    portal = Started(var)
    try:
        portal.wait_until("Press Ctrl-C to stop.")
        words = {"worker": "manage.py worker", "web server": "gunicorn"}[name]
        # The one that was started first is gunicorn's master.
        os.kill(min(pid for pid, args in portal.group().items() if words in args), signal.SIGKILL)
        assert portal.process.wait(30) == 1
        assert f"The {name} ended unexpectedly (code -9)" in portal.output()
        deadline = time.monotonic() + 10
        while portal.group() and time.monotonic() < deadline:
            time.sleep(0.1)  # gunicorn's workers notice that their master is gone
        assert portal.group() == {}
        assert not Cluster(var / "pg").is_ready()
    finally:
        portal.end()


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_told_in_a_sentence(var: Path):
    portal = Started(var, DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert portal.process.wait(60) == 1
    assert "The database does not answer" in portal.output()
    assert "Check DATABASE_URL" in portal.output()
    assert "Traceback" not in portal.output()


@pytest.mark.slow
def test_demo_accounts_are_refused_on_a_public_address(var: Path):
    portal = Started(var, PUBLIC_URL="https://study.example.org")
    assert portal.process.wait(60) == 1
    assert "loopback" in portal.output()


def test_a_port_in_use_is_told_with_a_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(run.CannotRun, match=f"Port {port} is in use.*PORT={port + 1} make run"):
            run.check_port(str(port))
    run.check_port(str(_free_port()))


@pytest.mark.parametrize("text", ["", "0", "65536", "http", "-1", "8000x"])
def test_a_port_that_is_none_is_told(text: str):
    with pytest.raises(run.CannotRun, match="PORT must be a number"):
        run.check_port(text)


def test_what_the_operator_set_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    given = {"PORT": "9", "DEMO": "0", "SECRET_KEY": "x" * 60}
    filled = dict(given)
    run.fill_environment(filled)
    assert given.items() <= filled.items()
    assert "DEMO_PASSWORD" not in filled
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_set_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    run.fill_environment(first)
    run.fill_environment(second)
    assert first == second
    assert first["DEMO"] == "1"
    assert first["PORT"] == "8000"
    assert len(first["SECRET_KEY"]) >= 50
    assert first["DEMO_PASSWORD"] == (tmp_path / "demo-password").read_text()


def test_the_process_that_watches_stays_small():
    # It lives as long as the portal: Django in it would cost 50 MB for nothing.
    code = "import sys, certportal.processes.__main__; print('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"
