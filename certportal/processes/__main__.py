"""`make run`: everything a portal needs, in one process group that one Ctrl-C ends.

This process stays small (no Django in it) because it lives as long as the portal does.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import MutableMapping, Sequence
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from types import FrameType

from certportal.lib.kept_secret import kept_secret
from certportal.local_postgres.programs import LocalPostgresError, default_base
from certportal.local_postgres.server import Cluster
from certportal.processes import probe

BASE_DIR = Path(__file__).resolve().parents[2]
READY_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 12.0
_PAUSE = 0.1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PREPARE = [sys.executable, "manage.py", "prepare"]
WEB = [sys.executable, "-m", "gunicorn", "--config", "python:certportal.gunicorn"]
WORKER = [sys.executable, "manage.py", "worker"]


class CannotRun(Exception):  # noqa: N818 - an outcome that is told to a person
    """The portal cannot go on; the message is one sentence that says what to do."""


class Stopped(Exception):  # noqa: N818 - not an error
    """Somebody asked the portal to stop."""


class Portal:
    """The children of this process, in the order they were started."""

    def __init__(self) -> None:
        self._children: list[tuple[str, subprocess.Popen[bytes]]] = []

    def run(self) -> None:
        """Start everything, say where it is, and watch it until told to stop."""
        with ExitStack() as running:
            if not os.environ.get("DATABASE_URL") and not os.environ.get("DATABASE_URL_FILE"):
                say("Starting PostgreSQL")
                running.enter_context(Cluster(default_base()).lease())
            running.callback(self.stop)
            self._prepare()
            say("Starting the web server and the worker")
            self._start("web server", WEB)
            self._start("worker", WORKER)
            self._wait_until_ready()
            say(welcome())
            while True:
                self._check_children()
                time.sleep(_PAUSE * 5)

    def _start(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        # Ctrl-C reaches the whole group: a child that has no handler of its own yet waits for us.
        child = subprocess.Popen(command, cwd=BASE_DIR, preexec_fn=_ignore_interrupt)  # noqa: S603, PLW1509 - fixed commands; this process has one thread
        self._children.append((name, child))
        return child

    def _prepare(self) -> None:
        if self._start("preparation", PREPARE).wait() != 0:
            raise CannotRun("The portal could not be prepared; the reason stands above.")
        self._children.clear()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_LIMIT_SECONDS
        while True:
            status, body = probe.ask("readyz")
            if status == HTTPStatus.OK:
                return
            self._check_children()
            if time.monotonic() > deadline:
                raise CannotRun(f"The portal started but does not get ready: {body}")
            time.sleep(_PAUSE)

    def _check_children(self) -> None:
        for name, child in self._children:
            code = child.poll()
            if code is not None:
                raise CannotRun(f"The {name} ended unexpectedly (code {code}); see above.")

    def stop(self) -> None:
        """Stop the children, politely first."""
        _ignore_signals()
        for _, child in self._children:
            with suppress(ProcessLookupError):
                child.terminate()
        deadline = time.monotonic() + STOP_LIMIT_SECONDS
        for _, child in self._children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _ignore_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fill_environment(environment: MutableMapping[str, str]) -> None:
    """Set what a portal on one's own machine needs and nobody has set."""
    environment.setdefault("PORT", "8000")
    environment.setdefault("DEMO", "1")
    environment.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
    environment.setdefault("PYTHONUNBUFFERED", "1")
    # Code that stays compiled makes every later start quicker.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment.setdefault("GUNICORN_LOG_LEVEL", "warning")
    # A person who pressed Ctrl-C is waiting; a worker that was just starting misses the word.
    environment.setdefault("GRACEFUL_TIMEOUT", "3")
    if not environment.get("SECRET_KEY") and not environment.get("SECRET_KEY_FILE"):
        environment["SECRET_KEY"] = kept_secret(_var_dir() / "secret-key")
    if environment["DEMO"] == "1" and not environment.get("DEMO_PASSWORD"):
        environment["DEMO_PASSWORD"] = kept_secret(_var_dir() / "demo-password", size=9)


def _var_dir() -> Path:
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")


def check_port(text: str) -> None:
    """Refuse a port that is none or that somebody else uses."""
    if not text.isdigit() or not 0 < int(text) < 65536:  # noqa: PLR2004 - the range of ports
        raise CannotRun(f"PORT must be a number from 1 to 65535, not {text!r}.")
    with socket.socket() as probe_socket:
        probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe_socket.bind(("127.0.0.1", int(text)))
        except PermissionError:
            raise CannotRun(f"Port {text} needs root. Choose another: PORT=8001 make run") from None
        except OSError:
            raise CannotRun(
                f"Port {text} is in use. Stop what runs there, or choose another: "
                f"PORT={int(text) % 65535 + 1} make run"
            ) from None


def welcome() -> str:
    """Where the portal is, and whom to sign in as."""
    lines = ["", f"The portal is ready: http://localhost:{os.environ['PORT']}"]
    if os.environ["DEMO"] == "1":
        names = ("student", "student2", "instructor", "admin")
        lines += ["", f"Demo sign-ins (password for all: {os.environ['DEMO_PASSWORD']})"]
        lines += [f"  {name}@example.com" for name in names]
    return "\n".join([*lines, "", "Press Ctrl-C to stop.", ""])


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    _ignore_signals()
    raise Stopped


def _ignore_signals() -> None:
    # Once is enough: a second signal must not interrupt the stopping.
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def main() -> int:
    """Run the portal until told to stop; 0 then, 1 when it could not go on."""
    os.chdir(BASE_DIR)
    try:
        for number in _STOP_SIGNALS:
            signal.signal(number, _on_signal)
        fill_environment(os.environ)
        check_port(os.environ["PORT"])
        Portal().run()
    except Stopped:
        say("Stopped.")
        return 0
    except (CannotRun, LocalPostgresError) as error:
        sys.stderr.write(f"{error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
