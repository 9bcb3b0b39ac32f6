"""Prints one JSON object a line: name, value, unit, reference and ratio.

CPU figures are medians over alternating rounds of the bare project and the portal,
so that a machine that slows down slows both. `reference` is the bare project's value
or the ceiling that counts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import burst, classes, journey, paper, start
from bench.client import Browser
from bench.cpu import cpu_seconds
from bench.report import PRINTED, report
from bench.stage import Stage

QUESTIONS = 65


class Portal:
    """One student in a running mock of the portal."""

    def __init__(self, stage: Stage, number: int) -> None:
        session, self.attempt, answers = stage.portal_seed[number]
        self.answers = {int(n): answer for n, answer in answers.items()}
        self.browser = Browser(stage.portal.port, session)
        self.seq = 0

    def path(self, rest: str) -> str:
        return f"/attempts/{self.attempt}/{rest}/"

    def page(self, n: int) -> bytes:
        reply = self.browser.get(self.path(f"q/{n % QUESTIONS + 1}"))
        assert reply.status == 200, reply.status
        return reply.body

    def paper(self, _n: int) -> None:
        reply = self.browser.get(self.path("paper"))
        assert reply.status == 200, reply.status

    def save(self, n: int) -> None:
        self.seq += 1
        item = n % QUESTIONS + 1
        entry = {"seq": self.seq, "item": item, "answer": self.answers[item]}
        entry["meta"] = {"visible_ms": 40_000, "changes": 1}
        reply = self.browser.post_json(self.path("answers"), {"epoch": 1, "entries": [entry]})
        assert reply.status == 200, reply.body
        assert json.loads(reply.body)["entries"][0]["outcome"] == "accepted", reply.body


class Bare:
    """One student of the bare project."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.browser = Browser(stage.bare.port, stage.bare_sessions[number])

    def page(self, n: int) -> bytes:
        reply = self.browser.get(f"/q/{n % QUESTIONS + 1}")
        assert reply.status == 200, reply.status
        return reply.body

    def save(self, n: int) -> None:
        reply = self.browser.post_form(f"/answer/{n % QUESTIONS + 1}", choice=n % 5)
        assert reply.status == 200, reply.status


def cpu_ms(pid: int, steps: list[Callable[[int], object]], count: int) -> float:
    """CPU milliseconds a step, all students at once."""
    before = cpu_seconds(pid)
    with ThreadPoolExecutor(len(steps)) as pool:
        list(pool.map(lambda step: [step(n) for n in range(count)], steps))
    return 1000 * (cpu_seconds(pid) - before) / (count * len(steps))


def compare(
    stage: Stage, portals: list[Portal], bares: list[Bare], rounds: int, count: int
) -> None:
    for step in ("page", "save"):
        ours = [getattr(portal, step) for portal in portals]
        theirs = [getattr(bare, step) for bare in bares]
        cpu_ms(stage.portal.process.pid, ours, 20)
        cpu_ms(stage.bare.process.pid, theirs, 20)
        pairs = [
            (
                cpu_ms(stage.bare.process.pid, theirs, count),
                cpu_ms(stage.portal.process.pid, ours, count),
            )
            for _ in range(rounds)
        ]
        bare, portal = (statistics.median(side) for side in zip(*pairs, strict=True))
        name, most = {"page": ("question page", 1.0), "save": ("save an answer", 1.25)}[step]
        report(f"{name}: CPU", portal, "ms", bare)
        report(f"{name}: of the bare one's CPU", portal / bare, "", most)


def paper_cpu(stage: Stage, portals: list[Portal], rounds: int) -> None:
    """The whole paper in both languages, compared with one question of it."""
    pid = stage.portal.process.pid
    papers = [cpu_ms(pid, [it.paper for it in portals], 5) for _ in range(rounds + 1)]
    report("paper of 65: CPU", statistics.median(papers[1:]), "ms")


def count_statements(stage: Stage, student: Portal, *, show: bool) -> None:
    def counted(name: str, limit: int, act: Callable[[], object]) -> None:
        statements: list[str] = []
        with stage.counted(statements):
            act()
        report(f"{name}: statements", len(statements), "statements", limit)
        if show:
            sys.stderr.write("".join(f"    {statement[:150]}\n" for statement in statements))

    # Every thread of the server has its connection before anything is counted.
    for n in range(40):
        student.page(n)
    # The first sight of a question writes it down; that is the dearest page.
    counted("question page, first sight", 6, lambda: student.page(63))
    counted("paper of 65", 5, lambda: student.browser.get(student.path("paper")))
    counted("save an answer", 6, lambda: student.save(0))
    for n in range(QUESTIONS):
        student.save(n)
    counted("submit and grade 65", 10, lambda: student.browser.post_form(student.path("submit")))
    counted("result of 65", 6, lambda: student.browser.get(student.path("result")))


def sizes(student: Portal) -> None:
    pages = [student.page(n) for n in range(0, QUESTIONS, 4)]
    largest = max(pages, key=len)
    report("question page: HTML, largest of 17", len(largest) / 1024, "KB", 18)
    report(
        "question page: compressed", max(len(gzip.compress(p, 6)) for p in pages) / 1024, "KB", 4
    )
    whole = student.browser.get(student.path("paper")).body
    report("paper of 65: JSON", len(whole) / 1024, "KB", 250)
    report("paper of 65: compressed", len(gzip.compress(whole, 6)) / 1024, "KB", 60)
    student.browser.post_form(student.path("submit"))
    result = student.browser.get(student.path("result")).body
    report("result page of 65: HTML", len(result) / 1024, "KB", 100)


def main() -> None:
    options = _options()
    waiting = options.students if "burst" in options.only else 0
    with Stage(students=5, journeys=12, waiting=waiting) as stage:
        portals = [Portal(stage, n) for n in range(4)]
        bares = [Bare(stage, n) for n in range(4)]
        if "questions" in options.only:
            count_statements(stage, Portal(stage, 4), show=options.show)
            compare(stage, portals, bares, options.rounds, options.count)
            paper_cpu(stage, portals, options.rounds)
            sizes(portals[0])
        if "journey" in options.only:
            found = journey.measure(stage, rounds=3, students=4)
        if "burst" in options.only:
            burst.measure(stage, seconds=options.seconds)
        if "classes" in options.only:
            classes.measure(stage, lambda: bares[0].page(0), rounds=options.rounds)
    if "start" in options.only:
        start.measure(report)
    if options.write:
        paper.write(options.write, found, PRINTED)


PARTS = ("questions", "journey", "burst", "classes", "start")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="pairs of bare and portal")
    parser.add_argument("--count", type=int, default=60, help="steps a student and round")
    parser.add_argument("--students", type=int, default=300, help="who sit at once in the burst")
    parser.add_argument("--seconds", type=float, default=60, help="how long the burst answers")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts only")
    parser.add_argument("--show", action="store_true", help="print the statements as well")
    parser.add_argument("--write", type=Path, help="write the page of these figures, too")
    options = parser.parse_args()
    if options.write and "journey" not in options.only:
        parser.error("the page needs the journey")
    return options


if __name__ == "__main__":
    main()
