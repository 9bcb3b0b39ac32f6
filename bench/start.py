"""How long a start takes, from a fresh clone and again, and what the portal then weighs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench.cpu import pss_megabytes, tree
from bench.stage import ROOT, free_port

Report = Callable[[str, float, str, float | None], None]


def measure(report: Report) -> None:
    """Clone the last commit, `make run` twice; the package cache is whatever it is."""
    folder = Path(tempfile.mkdtemp(prefix="certportal-start-"))
    folder.chmod(0o755)
    clone = folder / "portal"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    try:
        first, _ = _run(clone)
        report("fresh clone to the first page", first, "s", 60.0)
        second, weight = _run(clone)
        report("second start to the first page", second, "s", 5.0)
        report("PSS of gunicorn and worker", weight, "MB", 350.0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(clone: Path) -> tuple[float, float]:
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "PUBLIC_URL"}}
    began = time.monotonic()
    process = subprocess.Popen(
        ["make", "--no-print-directory", "run"],
        cwd=clone,
        env={**kept, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for_page(port, began + 300)
        took = time.monotonic() - began
        time.sleep(3)
        return took, pss_megabytes(_portal_trees(process.pid))
    finally:
        os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)


def _portal_trees(root: int) -> list[int]:
    """The tops of gunicorn and the worker below `make run`."""
    tops = []
    for pid in tree(root):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            if ("gunicorn" in words or "manage.py worker" in words) and parent not in tops:
                tops.append(pid)
    return [pid for pid in tops if not any(pid in tree(other)[1:] for other in tops)]


def _wait_for_page(port: int, limit: float) -> None:
    while time.monotonic() < limit:
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as ready:
                if ready.status == 200:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                    return
        time.sleep(0.1)
    raise SystemExit("make run did not become ready")
