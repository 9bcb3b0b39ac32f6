"""Brings database and files up to date, doing only what has changed since the last time."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from certportal.processes.translations import compile_translations

Say = Callable[[str], None]


def prepare_files(say: Say) -> None:
    """Compile translations and collect static files when their sources changed."""
    if compile_translations():
        say("Compiled the translations")
    stamp = Stamp("static", _static_fingerprint())
    if not stamp.fits() or not (settings.STATIC_ROOT / "staticfiles.json").exists():
        say("Collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write()


def prepare_database(say: Say) -> None:
    """Create or update tables, load catalogue and question banks, make the demonstration."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Updating the database tables")
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    stamp = Stamp("content", _content_fingerprint())
    if not stamp.fits():
        say("Loading the catalogue and the question banks")
        for command in ("load_catalog", "load_banks"):
            # Refusals come as errors; the list of what was created would fill the screen.
            call_command(command, verbosity=0, stdout=io.StringIO())
        stamp.write()
    if settings.DEMO:
        call_command("seed_demo", verbosity=0)


class Stamp:
    """A file under var/ that remembers from which sources something was made."""

    def __init__(self, name: str, fingerprint: str) -> None:
        self._path = settings.VAR_DIR / f"{name}.stamp"
        self._fingerprint = fingerprint

    def fits(self) -> bool:
        return self._path.exists() and self._path.read_text() == self._fingerprint

    def write(self) -> None:
        self._path.parent.mkdir(exist_ok=True)
        self._path.write_text(self._fingerprint)


def _static_fingerprint() -> str:
    lines = [str(settings.STORAGES["staticfiles"]["BACKEND"]), str(settings.STATIC_ROOT)]
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            lines.append(f"{name} {found.st_size} {found.st_mtime_ns}")
    return _digest("\n".join(lines).encode())


def _content_fingerprint() -> str:
    """Covers the data, the code that loads it, and which database it was loaded into."""
    base = settings.BASE_DIR
    files = [
        *(base / "certportal/catalog").rglob("*.py"),
        *(base / "certportal/catalog/data").rglob("*.*"),
        *(base / "quizzes").rglob("*.py"),
    ]
    contents = (path.read_bytes() for path in sorted(files) if path.is_file())
    return _digest(_database_identity().encode(), *contents)


def _database_identity() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier, oid FROM pg_control_system(), pg_database"
            " WHERE datname = current_database()"
        )
        return str(cursor.fetchone())


def _digest(*parts: bytes) -> str:
    return _join(hashlib.sha256(part).hexdigest() for part in parts)


def _join(digests: Iterable[str]) -> str:
    return hashlib.sha256("".join(digests).encode()).hexdigest()
