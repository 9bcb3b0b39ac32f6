"""Starts and stops a PostgreSQL of our own, safely for any number of processes at once."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self

from certportal.local_postgres.programs import (
    LocalPostgresError,
    data_folder,
    make_public_folder,
    program_folder,
    server_account,
)

USER = "certportal"
DATABASE = "certportal"
PORT = "5432"  # only names the socket: nothing listens on the network
START_LIMIT = 30.0
LOCK_LIMIT = 120.0
_PAUSE = 0.1
_LOG_LIMIT = 5_000_000
_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})

_BASE_SETTINGS = MappingProxyType(
    {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "shared_buffers": "64MB",
        "max_connections": "100",
    }
)
# Tests may lose everything when the machine stops, but must see commits as the portal sees them:
# synchronous_commit stays on.
_FAST_SETTINGS = MappingProxyType({"fsync": "off", "full_page_writes": "off"})

# What a server killed without warning leaves behind for a moment; anything else is a real failure.
_PASSING_TROUBLE = re.compile(
    r"lock file|pre-existing shared memory|is another postmaster|could not bind|in use"
)


@dataclass(frozen=True)
class ConnectionParams:
    """How a client reaches the server: `host` is the folder of its socket."""

    host: str
    port: str
    user: str


class Cluster:
    """One data folder and the server on it; `settings` count from the next start."""

    def __init__(
        self, base: Path, *, fast: bool = False, settings: Mapping[str, str] = _NO_SETTINGS
    ) -> None:
        self.data_dir = data_folder(base)
        self.fast = fast
        self.settings = {**_BASE_SETTINGS, **(_FAST_SETTINGS if fast else {}), **settings}

    # --- what is there ---

    @property
    def account_id(self) -> int:
        return server_account(self.data_dir).uid

    @property
    def socket_dir(self) -> Path:
        # Socket paths must stay below about 100 characters, so not inside the data folder.
        name = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        return Path(f"/tmp/certportal-pg-{self.account_id}-{name}")  # noqa: S108 - ours, checked

    @property
    def params(self) -> ConnectionParams:
        return ConnectionParams(host=str(self.socket_dir), port=PORT, user=USER)

    @property
    def log_file(self) -> Path:
        return self.data_dir / "server.log"

    def url(self, database: str = DATABASE) -> str:
        """The server as a DATABASE_URL."""
        return f"postgres://{USER}@:{PORT}/{database}?host={self.socket_dir}"

    def pid(self) -> int | None:
        """The process id in the server's lock file, whether or not that process lives."""
        lines = self._lock_lines()
        return int(lines[0]) if lines and lines[0].isdigit() else None

    def is_ready(self) -> bool:
        """Whether the server takes connections; costs two system calls, no process."""
        lines = self._lock_lines()
        if len(lines) < 8 or lines[7].strip() != "ready":  # noqa: PLR2004 - its status line
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(5)
            try:
                probe.connect(str(self.socket_dir / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return True

    def _lock_lines(self) -> list[str]:
        try:
            return (self.data_dir / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return []
        except PermissionError as error:
            raise LocalPostgresError(
                f"{self.data_dir} belongs to another user. Start this as that user, or remove "
                "the folder to begin with an empty database."
            ) from error

    # --- start and stop ---

    def start(self) -> ConnectionParams:
        """Return once the server takes connections, starting it if nobody has."""
        if not self.is_ready():
            with self._alone():
                if not self.is_ready():
                    self._create()
                    self._make_socket_dir()
                    self._start()
        return self.params

    def stop(self) -> None:
        """Stop the server if it runs; connections are closed, finished work is kept."""
        if self._lock_lines():
            with self._alone():
                if self._postmaster_lives():
                    self._stop()

    def kill(self) -> None:
        """Kill the postmaster without warning, as a crash would (for the fault tests)."""
        pid = self.pid()
        if pid is not None and self._postmaster_lives():
            os.kill(pid, signal.SIGKILL)
            while _is_server(pid, self.data_dir):
                time.sleep(_PAUSE / 10)

    def remove(self) -> None:
        """Stop the server and delete its folders."""
        self.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)
        shutil.rmtree(self.socket_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextlib.contextmanager
    def lease(self) -> Iterator[ConnectionParams]:
        """Run the server while anybody holds a lease; the last one to leave stops it.

        A holder that is killed gives its lease back, too.
        """
        self._make_parent()
        users = os.open(self.data_dir.with_suffix(".users"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield self.start()
            finally:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.stop()
        finally:
            os.close(users)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the one lock under which this data folder's server is started or stopped."""
        self._make_parent()
        path = self.data_dir.with_suffix(".lock")
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + LOCK_LIMIT
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise LocalPostgresError(
                            f"Another process has held {path} for {LOCK_LIMIT:.0f} seconds. "
                            "End it and try again."
                        ) from None
                    time.sleep(_PAUSE / 4)
            yield
        finally:
            os.close(lock)

    def _make_parent(self) -> None:
        parent = self.data_dir.parent
        if parent.exists():
            return
        make_public_folder(parent.parent)
        with contextlib.suppress(FileExistsError):
            parent.mkdir(mode=0o700)
            account = server_account(self.data_dir)
            os.chown(parent, account.uid, account.gid)

    def _make_socket_dir(self) -> None:
        folder = self.socket_dir
        account = server_account(self.data_dir)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, account.uid, account.gid)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
            raise LocalPostgresError(f"{folder} is not our folder. Remove it and try again.")
        folder.chmod(0o700)

    def _create(self) -> None:
        """Make the data folder with its database, whole or not at all."""
        if (self.data_dir / "PG_VERSION").exists():
            return
        scratch = self.data_dir.with_suffix(".new")
        shutil.rmtree(scratch, ignore_errors=True)
        self._run(
            "initdb",
            *("-D", str(scratch), "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-locale"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"),
            *("--no-instructions", "--set=log_checkpoints=off"),
            *(["--no-sync"] if self.fast else []),
        )
        # One-user mode, so that a server that answers always has the database.
        self._run(
            "postgres",
            *("--single", "-D", str(scratch), "postgres"),
            stdin=f"CREATE DATABASE {DATABASE}\n",
        )
        scratch.rename(self.data_dir)

    def _stop(self) -> None:
        done = self._popen("pg_ctl", "-D", str(self.data_dir), "-m", "fast", "-t", "30", "stop")
        # pg_ctl waits in vain for a server that somebody killed meanwhile.
        if done.returncode != 0 and self._postmaster_lives():
            raise LocalPostgresError(f"The local PostgreSQL did not stop: {done.stderr.strip()}")

    def _start(self) -> None:
        deadline = time.monotonic() + START_LIMIT
        while not self.is_ready():
            trouble = "it is still starting"
            if not self._postmaster_lives():
                self._remove_stale_locks()
                trouble = self._try_start()
                if trouble and not _PASSING_TROUBLE.search(trouble):
                    raise self._failure(trouble)
            if self.is_ready():
                return
            if time.monotonic() > deadline:
                raise self._failure(trouble)
            time.sleep(_PAUSE)

    def _failure(self, trouble: str) -> LocalPostgresError:
        return LocalPostgresError(
            f"The local PostgreSQL did not start: {trouble.strip() or 'no reason given'} "
            f"(see {self.log_file}; set DATABASE_URL to use another server)"
        )

    def _try_start(self) -> str:
        """Start the server; return what its log says when that fails, else ''."""
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_LIMIT:
            self.log_file.unlink()
        seen = self.log_file.stat().st_size if self.log_file.exists() else 0
        options = {**self.settings, "unix_socket_directories": str(self.socket_dir), "port": PORT}
        started = self._popen(
            "pg_ctl",
            *("-D", str(self.data_dir), "-w", "-t", "60", "-l", str(self.log_file)),
            *("-o", " ".join(f"-c {name}='{value}'" for name, value in options.items())),
            "start",
            # A pipe would stay open as long as the server lives, and this call with it.
            stdout=subprocess.DEVNULL,
        )
        if started.returncode == 0:
            return ""
        with contextlib.suppress(FileNotFoundError), self.log_file.open("rb") as log:
            log.seek(seen)
            return log.read(4000).decode(errors="replace") or "pg_ctl failed"
        return "pg_ctl failed"

    # --- what a killed server leaves behind ---

    def _postmaster_lives(self) -> bool:
        """Whether the lock file names a server on this folder, not a zombie or a stranger."""
        pid = self.pid()
        return pid is not None and _is_server(pid, self.data_dir)

    def _remove_stale_locks(self) -> None:
        """Remove the lock files of a dead server; PostgreSQL keeps them while the pid is taken.

        That a process of the dead server still writes is not possible: we wait for them all,
        and PostgreSQL itself checks its shared memory, which carries the folder's identity.
        """
        if not (self.data_dir / "postmaster.pid").exists():
            return
        deadline = time.monotonic() + START_LIMIT
        while _servers_in(self.data_dir) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        names = [self.socket_dir / f".s.PGSQL.{PORT}{end}" for end in ("", ".lock")]
        for path in (self.data_dir / "postmaster.pid", *names):
            path.unlink(missing_ok=True)

    # --- running its programs ---

    def psql(self, *arguments: str) -> int:
        """Run psql on the terminal and return its exit code."""
        programs = program_folder(server_account(self.data_dir))
        command = [str(programs / "psql"), "-h", str(self.socket_dir), "-p", PORT, "-U", USER]
        return subprocess.run([*command, *(arguments or (DATABASE,))], check=False).returncode  # noqa: S603 - our own program

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        done = self._popen(program, *arguments, stdin=stdin)
        if done.returncode != 0:
            raise LocalPostgresError(f"{program} failed: {done.stderr.strip() or done.stdout}")

    def _popen(
        self, program: str, *arguments: str, stdin: str = "", stdout: int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        account = server_account(self.data_dir)
        return subprocess.run(  # noqa: S603 - our own program, no shell
            [str(program_folder(account) / program), *arguments],
            check=False,
            text=True,
            input=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE if stdout == subprocess.PIPE else stdout,
            # The server's account may not be able to enter our working folder.
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            umask=0o077,
            user=account.uid if account.is_other else None,
            group=account.gid if account.is_other else None,
            extra_groups=[] if account.is_other else None,
        )


def ensure(data_dir: Path, *, fast_tests: bool = False) -> ConnectionParams:
    """Return how to reach the server on `data_dir`, after starting it if need be."""
    return Cluster(data_dir, fast=fast_tests).start()


def stop(data_dir: Path) -> None:
    """Stop the server on `data_dir` if it runs."""
    Cluster(data_dir).stop()


def _is_server(pid: int, data_dir: Path) -> bool:
    process = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():
        return _is_server_by_ps(pid)
    try:
        # A server works in its data folder; a zombie has none, and a stranger another.
        return (process / "comm").read_text().strip() == "postgres" and Path.readlink(
            process / "cwd"
        ) == data_dir
    except OSError:
        return False


def _is_server_by_ps(pid: int) -> bool:
    shown = subprocess.run(  # noqa: S603 - fixed words and a number
        ["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return "postgres" in shown and not shown.startswith("Z")


def _servers_in(data_dir: Path) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if _is_server(pid, data_dir)]
