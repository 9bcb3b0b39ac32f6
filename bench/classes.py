"""The page of a class at 1, 30, 300 and 1,000 students, and a roster of 5,000 rows."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.client import Browser
from bench.cpu import cpu_seconds
from bench.report import report
from bench.stage import ROOT, Server, Stage

SIZES = ((1, 700), (30, 20_000), (300, 30_000), (1000, 100_000))
"""Students and their answers."""
COMPARED = 30
"""The size whose page is compared with the bare question page."""
MOST_STATEMENTS = 12
ROSTER_ROWS = 5_000


@dataclass(frozen=True)
class Teacher:
    """The instructor of the seeded class, signed in."""

    browser: Browser
    path: str

    def open_class(self) -> bytes:
        reply = self.browser.get(self.path)
        assert reply.status == 200, reply.status
        return reply.body


def measure(stage: Stage, bare_page: Callable[[], object], *, rounds: int) -> None:
    """Seed a class of every size, look at its page, and rehearse a roster in the largest."""
    for students, answers in SIZES:
        with _class_of(stage, students, answers) as (server, teacher, database):
            name = f"class page, {students} students"
            _look(stage, teacher, name, database)
            if students == COMPARED:
                _compare(stage, server, teacher, bare_page, rounds)
        if students == SIZES[-1][0]:
            _rehearse_roster(stage, database)


@contextlib.contextmanager
def _class_of(stage: Stage, students: int, answers: int) -> Iterator[tuple[Server, Teacher, str]]:
    database = f"class{students}"
    stage.execute(f"CREATE DATABASE {database}")
    environment = {**stage.environment(database), "DEMO": "1"}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bench.seed_class", str(students), str(answers)],
        cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    seeded = json.loads(done.stdout)
    report(f"demo class of {students} with {answers} answers: seeding", seeded["seconds"], "s")
    sys.stderr.write(f"class of {students} stands after {time.monotonic() - began:.0f} s\n")
    server = Server("certportal.wsgi:application", "/healthz", environment)
    try:
        browser = Browser(server.port, seeded["session"])
        yield server, Teacher(browser, f"/teach/classes/{seeded['slug']}/"), database
    finally:
        server.stop()


def _look(stage: Stage, teacher: Teacher, name: str, database: str) -> None:
    for _ in range(40):  # every thread has its connection before anything is counted
        page = teacher.open_class()
    statements: list[str] = []
    with stage.counted(statements, database=database):
        teacher.open_class()
    report(f"{name}: statements", len(statements), "statements", MOST_STATEMENTS)
    report(f"{name}: HTML", len(page) / 1024, "KB", 150)
    took = []
    for _ in range(20):
        began = time.monotonic()
        teacher.open_class()
        took.append(1000 * (time.monotonic() - began))
    report(f"{name}: median time", statistics.median(took), "ms")


def _compare(
    stage: Stage,
    server: Server,
    teacher: Teacher,
    bare_page: Callable[[], object],
    rounds: int,
) -> None:
    pairs = [
        (
            _cpu_ms(stage.bare.process.pid, bare_page),
            _cpu_ms(server.process.pid, teacher.open_class),
        )
        for _ in range(rounds)
    ]
    bare, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    report(f"class page, {COMPARED} students: CPU", ours, "ms", bare)


def _cpu_ms(pid: int, act: Callable[[], object], count: int = 120) -> float:
    before = cpu_seconds(pid)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: [act() for _ in range(count)]).result()
    return 1000 * (cpu_seconds(pid) - before) / count


def _rehearse_roster(stage: Stage, database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.rehearse_roster", str(ROSTER_ROWS)],
        cwd=ROOT, env=stage.environment(database), check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    report(f"roster of {ROSTER_ROWS} rows: rehearsal", float(done.stdout), "s", 10)
