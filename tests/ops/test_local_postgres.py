from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from certportal.local_postgres import programs
from certportal.local_postgres.server import Cluster, LocalPostgresError, ensure, stop

ROOT = Path(__file__).resolve().parents[2]
ENSURE = """
import sys
from pathlib import Path
import psycopg2
from certportal.local_postgres.server import Cluster
cluster = Cluster(Path(sys.argv[1]), fast=True)
server = cluster.start()
with psycopg2.connect(host=server.host, port=server.port, user=server.user,
                      dbname="certportal") as connection:
    connection.cursor().execute("SELECT 1")
print(cluster.pid())
"""


@pytest.fixture
def base() -> Iterator[Path]:
    # pytest's own folders are closed to others, and as root the server is another user.
    folder = Path(tempfile.mkdtemp(prefix="certportal-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder / "pg"
    Cluster(folder / "pg").remove()
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def _connect(cluster: Cluster):
    server = cluster.params
    connection = psycopg2.connect(
        host=server.host, port=server.port, user=server.user, dbname="certportal"
    )
    connection.autocommit = True
    return connection


def _ask(cluster: Cluster, statement: str) -> str:
    connection = _connect(cluster)
    try:
        cursor = connection.cursor()
        cursor.execute(statement)
        return str(cursor.fetchone()[0])
    finally:
        connection.close()


def _race(base: Path, processes: int = 6) -> set[str]:
    """Let several processes ask for the server at once; return the server pids they saw."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ENSURE, str(base)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    outputs = [process.communicate(timeout=90)[0].strip() for process in running]
    assert [process.returncode for process in running] == [0] * processes
    return set(outputs)


def test_first_start_makes_everything_and_a_second_call_is_quick(base: Path):
    cluster = Cluster(base, fast=True)
    cluster.start()
    assert cluster.data_dir == base / programs.major_version()
    assert _ask(cluster, "SELECT current_database()") == "certportal"
    assert _ask(cluster, "SHOW server_encoding") == "UTF8"
    assert _ask(cluster, "SHOW data_checksums") == "on"
    assert _ask(cluster, "SELECT lower('ÄÖ')") == "äö"

    before = time.perf_counter()
    for _ in range(20):
        ensure(base, fast_tests=True)
    assert (time.perf_counter() - before) / 20 < 0.02


def test_nothing_listens_on_the_network_and_the_socket_is_private(base: Path):
    with Cluster(base, fast=True) as cluster:
        assert _ask(cluster, "SHOW listen_addresses") == ""
        folder = cluster.socket_dir.stat()
        assert stat.S_IMODE(folder.st_mode) == 0o700
        assert folder.st_uid == cluster.data_dir.stat().st_uid
        assert len(str(cluster.socket_dir)) < 80
        assert stat.S_IMODE(cluster.data_dir.stat().st_mode) == 0o700


def test_only_the_tests_server_may_forget(base: Path):
    settings = {True: ("off", "off", "on"), False: ("on", "on", "on")}
    for fast, expected in settings.items():
        with Cluster(base, fast=fast) as cluster:
            found = tuple(
                _ask(cluster, f"SHOW {name}")
                for name in ("fsync", "full_page_writes", "synchronous_commit")
            )
            assert found == expected


def test_extra_settings_count(base: Path):
    with Cluster(base, settings={"synchronous_commit": "off", "work_mem": "5MB"}) as cluster:
        assert _ask(cluster, "SHOW synchronous_commit") == "off"
        assert _ask(cluster, "SHOW work_mem") == "5MB"


def test_a_setting_that_cannot_be_is_told_at_once(base: Path):
    before = time.perf_counter()
    with pytest.raises(LocalPostgresError, match="max_connections"):
        Cluster(base, fast=True, settings={"max_connections": "many"}).start()
    assert time.perf_counter() - before < 15


def test_stopping_keeps_the_data(base: Path):
    cluster = Cluster(base, fast=True)
    cluster.start()
    _connect(cluster).cursor().execute("CREATE TABLE kept AS SELECT 42 AS answer")
    stop(base)
    assert not cluster.is_ready()
    stop(base)  # twice is harmless
    cluster.start()
    assert _ask(cluster, "SELECT answer FROM kept") == "42"


def test_the_last_lease_stops_the_server(base: Path):
    cluster = Cluster(base, fast=True)
    with cluster.lease():
        with Cluster(base, fast=True).lease():
            pass
        assert cluster.is_ready()
    assert not cluster.is_ready()


@pytest.mark.slow
def test_six_processes_share_one_server(base: Path):
    assert len(_race(base)) == 1


@pytest.mark.slow
def test_after_a_kill_the_next_process_has_a_server_and_the_data(base: Path):
    cluster = Cluster(base, fast=True)
    cluster.start()
    _connect(cluster).cursor().execute("CREATE TABLE kept AS SELECT 42 AS answer")
    for _ in range(3):
        killed = cluster.pid()
        cluster.kill()
        assert len(_race(base)) == 1
        assert cluster.pid() != killed
        assert _ask(cluster, "SELECT answer FROM kept") == "42"


@pytest.mark.slow
@pytest.mark.parametrize("stranger", ["living", "zombie"])
def test_a_lock_file_naming_somebody_else_does_not_block(base: Path, stranger: str):
    cluster = Cluster(base, fast=True)
    cluster.start()
    lock = (cluster.data_dir / "postmaster.pid").read_text()
    cluster.kill()
    account = programs.server_account(cluster.data_dir)
    # Same user as the server, or PostgreSQL itself would see that it is a stranger.
    other = subprocess.Popen(
        ["sleep", "60" if stranger == "living" else "0"],
        user=account.uid if account.is_other else None,
        cwd="/",
    )
    try:
        if stranger == "zombie":
            os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        _write_as_found(cluster.data_dir / "postmaster.pid", _with_pid(lock, other.pid))
        _write_as_found(cluster.socket_dir / ".s.PGSQL.5432.lock", _with_pid(lock, other.pid))
        cluster.start()
        assert _ask(cluster, "SELECT 1") == "1"
    finally:
        other.kill()
        other.wait()


def _with_pid(lock: str, pid: int) -> str:
    return "\n".join([str(pid), *lock.split("\n")[1:]])


def _write_as_found(path: Path, text: str) -> None:
    owner = path.parent.stat()
    path.write_text(text)
    os.chown(path, owner.st_uid, owner.st_gid)
    path.chmod(0o600)


@pytest.mark.slow
def test_a_creation_that_was_cut_short_is_begun_again(base: Path):
    cluster = Cluster(base, fast=True)
    scratch = cluster.data_dir.with_suffix(".new")
    scratch.mkdir(parents=True)
    (scratch / "PG_VERSION").write_text("18\n")
    base.chmod(0o777)  # as if the server's account had made it
    cluster.start()
    assert _ask(cluster, "SELECT 1") == "1"
    assert not scratch.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be locked out for the server's sake")
def test_root_keeps_data_and_programs_where_the_server_can_read_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = programs.data_folder(closed / "pg")
    assert folder.is_relative_to("/var/lib/certportal/pg")
    assert folder != programs.data_folder(closed / "pg-test")

    shared = Path(tempfile.mkdtemp(dir="/tmp"))
    shared.chmod(0o755)
    monkeypatch.setattr(programs, "SHARED_HOME", shared)
    monkeypatch.setattr(programs, "_can_run", lambda *_: False)
    try:
        account = programs.server_account(tmp_path)
        copied = programs.program_folder(account)
        assert copied.is_relative_to(shared)
        assert programs.program_folder(account) == copied
        for program in ("postgres", "initdb", "psql"):
            done = subprocess.run(
                [str(copied / program), "--version"],
                user=account.uid,
                group=account.gid,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                text=True,
                check=True,
            )
            assert programs.major_version() in done.stdout
    finally:
        subprocess.run(["rm", "-rf", str(shared)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "starts"),
    [
        (["check"], False),
        (["collectstatic", "--noinput", "-v0"], False),
        (["showmigrations", "contenttypes"], True),
    ],
)
def test_only_commands_that_need_the_database_start_it(
    base: Path, tmp_path: Path, command: list[str], starts: bool
):
    environment = {
        **os.environ,
        "VAR_DIR": str(base.parent),
        "STATIC_ROOT": str(tmp_path / "static"),
        "DJANGO_SETTINGS_MODULE": "certportal.settings",
    }
    environment.pop("DATABASE_URL", None)
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    assert base.exists() is starts


def test_without_the_package_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(programs, "PACKAGE", "no-such-package")
    programs.major_version.cache_clear()
    try:
        with pytest.raises(LocalPostgresError, match="set DATABASE_URL"):
            programs.major_version()
    finally:
        monkeypatch.undo()
        programs.major_version.cache_clear()
