"""A whole exam, from signing in to the result, on the portal and on the bare project."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.answers import answer_in_paper, form_fields
from bench.client import Browser, Reply
from bench.cpu import cpu_seconds
from bench.report import report
from bench.sessions import PASSWORD
from bench.stage import Server, Stage

QUESTIONS = 65
STEPS = (
    "sign in",
    "open the exam",
    "fetch the paper",
    "load a question",
    "save an answer",
    "submit",
    "see the result",
)


def must(condition: object, reply: Reply) -> None:
    """A fast error page is a failed step, not a fast one."""
    if not condition:
        raise SystemExit(f"a step of the journey failed: {reply.status}\n{reply.body[:500]!r}")


class Bare:
    """A student of the bare project."""

    takes = {"load a question": QUESTIONS, "save an answer": QUESTIONS, "fetch the paper": 0}
    """How often a step happens in one exam, where that is not once."""

    def __init__(self, port: int, number: int) -> None:
        self.name, self.number = f"student{number}", number
        self.browser = Browser(port)

    def sign_in(self) -> None:
        page = self.browser.get("/login")
        must(b"password" in page.body, page)
        done = self.browser.post_form("/login", username=self.name, password=PASSWORD)
        must(done.status == 302, done)

    def open_exam(self) -> None:
        page = self.browser.get("/exam")
        must(page.status == 302, page)
        page = self.browser.get(page.headers["Location"])
        must(b"Question 1 of" in page.body, page)

    def load(self, n: int) -> None:
        page = self.browser.get(f"/q/{n}")
        must(b"Choose one" in page.body, page)

    def save(self, n: int) -> None:
        done = self.browser.post_form(f"/answer/{n}", choice=(self.number + n) % 5)
        must(done.status == 200, done)

    def submit(self) -> None:
        done = self.browser.post_form("/submit")
        must(done.status == 302, done)

    def see_result(self) -> None:
        page = self.browser.get("/result")
        must(b"Score" in page.body, page)


class Portal:
    """A student of the portal: one page, the paper, and saves, as its script does it."""

    takes = {"load a question": 0, "save an answer": QUESTIONS}

    def __init__(self, port: int, number: int) -> None:
        self.email = f"journey{number}@example.com"
        self.browser = Browser(port)
        self.pages: dict[int, str] = {}
        self.answers: dict[int, dict[str, object]] = {}
        self.attempt = ""
        self.seq = 0

    def sign_in(self) -> None:
        page = self.browser.get("/accounts/login/")
        must(b'name="login"' in page.body, page)
        done = self.browser.post_form("/accounts/login/", login=self.email, password=PASSWORD)
        must(done.status == 302, done)

    def open_exam(self) -> None:
        done = self.browser.post_form("/exams/clf-c02/start/")
        must(done.status == 302, done)
        self.attempt = done.headers["Location"].removesuffix("/q/1/")
        self.load(1)

    def load(self, n: int) -> None:
        page = self.browser.get(f"{self.attempt}/q/{n}/")
        must(page.status == 200, page)
        self.pages[n] = page.body.decode()

    def fetch_paper(self) -> None:
        paper = self.browser.get(f"{self.attempt}/paper/")
        must(paper.status == 200, paper)
        items = json.loads(paper.body)["items"]
        self.answers = {item["n"]: answer_in_paper(item) for item in items}

    def save(self, n: int) -> None:
        """An answer, and with it that its question was seen; the first one's page told that."""
        entries: list[dict[str, object]] = [{"item": n, "answer": self.answers[n]}]
        entries[0]["meta"] = {"visible_ms": 40_000, "changes": 1}
        if n > 1:
            entries.insert(0, {"item": n, "mark": {"seen": True}})
        for entry in entries:
            self.seq += 1
            entry["seq"] = self.seq
        done = self.browser.post_json(f"{self.attempt}/answers/", {"epoch": 1, "entries": entries})
        must(done.body.count(b'"accepted"') == len(entries), done)

    def submit(self) -> None:
        done = self.browser.post_form(f"{self.attempt}/submit/")
        must(done.status == 302, done)

    def see_result(self) -> None:
        page = self.browser.get(f"{self.attempt}/result/")
        must(page.status == 200, page)


class PortalByForms(Portal):
    """The same without a script: every question is a page, every answer a plain form post."""

    takes = {"load a question": QUESTIONS, "save an answer": QUESTIONS, "fetch the paper": 0}

    def save(self, n: int) -> None:
        fields = form_fields(self.pages[n])
        done = self.browser.post_form(f"{self.attempt}/q/{n}/", **fields, go="next")
        must(done.status == 302, done)


@dataclass
class Costs:
    """What the steps of some students took."""

    times: dict[str, int]
    """How often each step happens in one exam."""
    cpu: dict[str, float] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> float:
        """CPU milliseconds of one exam: every step as often as it happens."""
        return sum(self.cpu[step] * times for step, times in self.times.items())


def walk(server: Server, students: Sequence[Bare | Portal]) -> Costs:
    """Every student takes each step; the CPU of a step is that of the server's processes."""
    acts: dict[str, Callable[[Bare | Portal], object]] = {
        "sign in": lambda it: it.sign_in(),
        "open the exam": lambda it: it.open_exam(),
        "fetch the paper": lambda it: it.fetch_paper(),
        "load a question": lambda it: [it.load(n) for n in range(1, QUESTIONS + 1)],
        "save an answer": lambda it: [it.save(n) for n in range(1, QUESTIONS + 1)],
        "submit": lambda it: it.submit(),
        "see the result": lambda it: it.see_result(),
    }
    times = dict.fromkeys(STEPS, 1) | students[0].takes
    costs = Costs({step: count for step, count in times.items() if count})
    with ThreadPoolExecutor(len(students)) as pool:
        for step in costs.times:
            received = sum(student.browser.received for student in students)
            before = cpu_seconds(server.process.pid)
            list(pool.map(acts[step], students))
            count = len(students) * costs.times[step]
            costs.cpu[step] = 1000 * (cpu_seconds(server.process.pid) - before) / count
            received = sum(student.browser.received for student in students) - received
            costs.sent[step] = received / count
    return costs


def count_statements(stage: Stage, server: Server, student: Bare | Portal) -> dict[str, int]:
    """Statements of each step without transaction control, once the connections are warm."""
    database = "bare" if server is stage.bare else "certportal"
    acts: dict[str, Callable[[], object]] = {
        "sign in": student.sign_in,
        "open the exam": student.open_exam,
        "load a question": lambda: student.load(2),
        "save an answer": lambda: student.save(2),
        "submit": student.submit,
        "see the result": student.see_result,
    }
    if isinstance(student, Portal):
        acts = _before(acts, "load a question", {"fetch the paper": student.fetch_paper})
    found = {}
    for step, act in acts.items():
        if step == "submit":
            for n in range(3, QUESTIONS + 1):
                student.save(n)
        statements: list[str] = []
        with stage.counted(statements, database=database):
            act()
        found[step] = len(statements)
    return found


def _before(
    acts: dict[str, Callable[[], object]], step: str, new: dict[str, Callable[[], object]]
) -> dict[str, Callable[[], object]]:
    at = list(acts).index(step)
    items = list(acts.items())
    return dict([*items[:at], *new.items(), *items[at:]])


@dataclass(frozen=True)
class Comparison:
    """The medians of all rounds, side by side."""

    bare: Costs
    portal: Costs
    forms: Costs
    statements: dict[str, tuple[int | None, int]]

    def ours(self, step: str) -> Costs:
        """The side of the portal that has the step, that of its script first."""
        return self.portal if step in self.portal.times else self.forms


def measure(stage: Stage, *, rounds: int, students: int) -> Comparison:
    """Walk bare, portal and portal by forms in turns, so that all see the same machine."""
    numbers = iter(range(10_000))

    def some(kind: type[Bare | Portal], port: int) -> list[Bare | Portal]:
        return [kind(port, next(numbers) % stage.journeys) for _ in range(students)]

    walks = [
        (
            walk(stage.bare, some(Bare, stage.bare.port)),
            walk(stage.portal, some(Portal, stage.portal.port)),
            walk(stage.portal, some(PortalByForms, stage.portal.port)),
        )
        for _ in range(rounds)
    ]
    bare, portal, forms = (_median(side) for side in zip(*walks, strict=True))
    counts = [
        count_statements(stage, server, kind(server.port, next(numbers) % stage.journeys))
        for server, kind in ((stage.bare, Bare), (stage.portal, Portal))
    ]
    statements = {step: (counts[0].get(step), counts[1][step]) for step in STEPS}
    found = Comparison(bare, portal, forms, statements)
    _print(found)
    return found


def _median(walks: Sequence[Costs]) -> Costs:
    times = walks[0].times
    return Costs(
        times,
        {step: statistics.median(walk.cpu[step] for walk in walks) for step in times},
        {step: statistics.median(walk.sent[step] for walk in walks) for step in times},
    )


WHOLE_BY_SCRIPT, WHOLE_BY_FORMS = 0.8, 1.3
"""What a whole exam may cost, compared with the bare project's."""


def _print(found: Comparison) -> None:
    for step in STEPS:
        ours, bare = found.ours(step), found.bare
        report(f"journey, {step}: CPU", ours.cpu[step], "ms", bare.cpu.get(step))
        before, now = found.statements[step]
        report(f"journey, {step}: statements", now, "statements", before)
        sent = bare.sent[step] / 1024 if step in bare.sent else None
        report(f"journey, {step}: sent", ours.sent[step] / 1024, "KB", sent)
    saving = found.portal.cpu["save an answer"]
    report("submit and grade 65: CPU in saves", found.portal.cpu["submit"] / saving, "saves", 4)
    for name, side, most in (
        ("by script", found.portal, WHOLE_BY_SCRIPT),
        ("by forms", found.forms, WHOLE_BY_FORMS),
    ):
        report(f"a whole exam {name}: CPU", side.whole, "ms", found.bare.whole)
        report(f"a whole exam {name}: of the bare one's", side.whole / found.bare.whole, "", most)
