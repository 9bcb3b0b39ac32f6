"""A whole year of students at once: they start, answer and end an exam together.

The load comes from this machine, too, so the portal has what that leaves of it. A save
that fails is not tried again here, unlike in the page: every failure is counted.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.answers import answer_in_paper
from bench.client import TOKEN
from bench.report import report
from bench.stage import Stage

SAVE_EVERY = 5.0
P95_LIMIT = 250.0
_LOCATION = re.compile(rb"(?im)^location:\s*(\S+)")


@dataclass
class Student:
    """One person with one request at a time."""

    port: int
    session: str
    attempt: str = ""
    answers: dict[int, object] = field(default_factory=dict)
    seq: int = 0
    acknowledged: set[int] = field(default_factory=set)
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> bytes:
        """The whole reply; a connection each, as after some idle seconds in a browser."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost:8000\r\nConnection: close\r\n"
            f"Cookie: sessionid={self.session}; csrftoken={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode() + body)
            return await asyncio.wait_for(reader.read(), 60)
        finally:
            writer.close()

    async def start(self) -> bool:
        form = "application/x-www-form-urlencoded"
        reply = await self.ask("POST", "/exams/clf-c02/start/", kind=form)
        found = _LOCATION.search(reply)
        if not reply.startswith(b"HTTP/1.1 302") or found is None:
            return False
        self.attempt = found.group(1).decode().removesuffix("/q/1/")
        return True

    async def open_page(self) -> bool:
        return _is_fine(await self.ask("GET", f"{self.attempt}/q/1/"))

    async def fetch_paper(self) -> bool:
        reply = await self.ask("GET", f"{self.attempt}/paper/")
        if not _is_fine(reply):
            return False
        paper = json.loads(reply.partition(b"\r\n\r\n")[2])
        self.answers = {item["n"]: answer_in_paper(item) for item in paper["items"]}
        return True

    async def save(self) -> bool:
        async with self.busy:
            self.seq += 1
            item = (self.seq - 1) % len(self.answers) + 1
            seen = {"seq": self.seq, "item": item, "mark": {"seen": True}}
            entry = {"seq": self.seq + 1, "item": item, "answer": self.answers[item]}
            entries = [seen, entry] if self.seq // 2 < len(self.answers) else [entry]
            self.seq += 1
            body = json.dumps({"epoch": 1, "entries": entries}).encode()
            reply = await self.ask("POST", f"{self.attempt}/answers/", body, "application/json")
        if not _is_fine(reply):
            return False
        told = json.loads(reply.partition(b"\r\n\r\n")[2])["entries"]
        kept = [one["seq"] for one in told if one["outcome"] == "accepted"]
        self.acknowledged.update(kept)
        return len(kept) == len(entries)

    async def end(self) -> bool:
        path = f"{self.attempt}/submit/"
        reply = await self.ask("POST", path, kind="application/x-www-form-urlencoded")
        return reply.startswith(b"HTTP/1.1 302")


def _is_fine(reply: bytes) -> bool:
    return reply.startswith(b"HTTP/1.1 200")


@dataclass
class Phase:
    """How long each request of one kind took, in milliseconds, and how many failed."""

    took: list[float] = field(default_factory=list)
    failed: int = 0

    async def time(self, act: Callable[[], Awaitable[bool]]) -> None:
        began = time.perf_counter()
        try:
            done = await act()
        except (OSError, TimeoutError, ValueError):
            done = False
        self.took.append(1000 * (time.perf_counter() - began))
        self.failed += not done

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.took, n=20)[-1] if len(self.took) > 1 else 0.0


def measure(stage: Stage, *, seconds: float) -> None:
    """Let everybody who waits sit the exam, and report what they met."""
    students = [Student(stage.portal.port, session) for session in stage.waiting_sessions]
    phases = asyncio.run(_sit(students, seconds))
    many = f"{len(students)} students"
    report(f"{many} start together: last one has the paper after", phases["start"].took[-1], "ms")
    saves = phases["save"]
    report(f"{many}, a save every 5 s: saves", len(saves.took), "saves")
    report(f"{many}, a save every 5 s: p95", saves.p95, "ms", P95_LIMIT)
    report(f"{many} end together: p95", phases["end"].p95, "ms")
    report(f"{many}: failures", sum(it.failed for it in phases.values()), "requests")
    report(f"{many}: lost", _lost(stage, students), "answers")
    report(f"{many}: graded", _graded(stage, students), "attempts", len(students))
    report("most saves in a second with p95 below 250 ms", phases["rate"].took[0], "saves/s")


async def _sit(students: list[Student], seconds: float) -> dict[str, Phase]:
    phases = {name: Phase() for name in ("start", "save", "rate", "end")}
    await asyncio.gather(*(phases["start"].time(_begin(it)) for it in students))
    phases["start"].took.sort()
    started = [it for it in students if it.answers]
    await asyncio.gather(*(_answer(it, phases["save"], seconds) for it in started))
    phases["rate"].took.append(await _highest_rate(started))
    await asyncio.gather(*(phases["end"].time(_finish(it)) for it in started))
    return phases


def _begin(student: Student) -> Callable[[], Awaitable[bool]]:
    async def act() -> bool:
        return await student.start() and await student.open_page() and await student.fetch_paper()

    return act


def _finish(student: Student) -> Callable[[], Awaitable[bool]]:
    async def act() -> bool:
        return await student.save() and await student.end()

    return act


async def _answer(student: Student, phase: Phase, seconds: float) -> None:
    """One save every five seconds, each student beginning at some moment of the first five."""
    clock = time.perf_counter
    due = clock() + random.uniform(0, SAVE_EVERY)  # noqa: S311 - only spreads load
    last = clock() + seconds
    while due < last:
        await asyncio.sleep(max(0.0, due - clock()))
        await phase.time(student.save)
        due += SAVE_EVERY


async def _highest_rate(students: list[Student]) -> float:
    """Double until it is too much, then halve the difference four times."""
    low, high = 0.0, 50.0
    while high < 1600 and await _keeps_up(students, high):
        low, high = high, high * 2
    for _ in range(4):
        middle = (low + high) / 2
        if await _keeps_up(students, middle):
            low = middle
        else:
            high = middle
    return low


async def _keeps_up(students: list[Student], rate: float, seconds: float = 5.0) -> bool:
    """Send at this rate whatever comes back, and see whether the 95th percentile stays."""
    phase, began, tasks = Phase(), time.perf_counter(), []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        student = students[number % len(students)]
        tasks.append(asyncio.create_task(phase.time(student.save)))
    await asyncio.gather(*tasks)
    return phase.p95 < P95_LIMIT and not phase.failed


def _lost(stage: Stage, students: list[Student]) -> int:
    """Acknowledged entries without an accepted event."""
    stored = set(
        stage.rows(
            "SELECT public_id::text, seq FROM quizzes_answerevent AS event"
            " JOIN quizzes_attempt AS attempt ON attempt.id = event.attempt_id"
            " WHERE outcome = 'accepted' AND seq IS NOT NULL"
        )
    )
    told = {(it.attempt.rpartition("/")[2], seq) for it in students for seq in it.acknowledged}
    return len(told - stored)


def _graded(stage: Stage, students: list[Student]) -> int:
    graded = {
        public_id
        for (public_id,) in stage.rows(
            "SELECT public_id::text FROM quizzes_score AS score"
            " JOIN quizzes_attempt AS attempt ON attempt.id = score.attempt_id"
        )
    }
    return sum(it.attempt.rpartition("/")[2] in graded for it in students)
