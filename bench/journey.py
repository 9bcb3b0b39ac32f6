"""A whole exam, from signing in to the result, on the portal and on the bare project."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.client import Browser, Reply
from bench.cpu import cpu_seconds
from bench.report import report
from bench.sessions import PASSWORD
from bench.stage import Server, Stage

QUESTIONS = 65
STEPS = (
    "sign in",
    "open the exam",
    "load a question",
    "save an answer",
    "submit",
    "see the result",
)
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def must(condition: object, reply: Reply) -> None:
    """A fast error page is a failed step, not a fast one."""
    if not condition:
        raise SystemExit(f"a step of the journey failed: {reply.status}\n{reply.body[:500]!r}")


class Bare:
    """A student of the bare project."""

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
    """A student of the portal, whose page saves as its script does."""

    def __init__(self, port: int, number: int) -> None:
        self.email = f"journey{number}@example.com"
        self.browser = Browser(port)
        self.pages: dict[int, str] = {}
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

    def save(self, n: int) -> None:
        self.seq += 1
        entry = {"seq": self.seq, "item": n, "answer": some_answer(self.pages[n])}
        entry["meta"] = {"visible_ms": 40_000, "changes": 1}
        done = self.browser.post_json(f"{self.attempt}/answers/", {"epoch": 1, "entries": [entry]})
        must(done.status == 200 and b'"accepted"' in done.body, done)

    def submit(self) -> None:
        done = self.browser.post_form(f"{self.attempt}/submit/")
        must(done.status == 302, done)

    def see_result(self) -> None:
        page = self.browser.get(f"{self.attempt}/result/")
        must(page.status == 200, page)


class PortalByForms(Portal):
    """The same without a script: every answer is a plain form post."""

    def save(self, n: int) -> None:
        fields = form_fields(self.pages[n])
        done = self.browser.post_form(f"{self.attempt}/q/{n}/", **fields, go="next")
        must(done.status == 302, done)


def _values(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}"[^>]*? value="([^"]+)"', page)


def some_answer(page: str) -> dict[str, object]:
    """A valid answer to the question on a page, in the shape that scripts send."""
    if choices := _values(page, "choices"):
        return {"choices": sorted(choices)[: _choose(page)]}
    if orders := re.findall(r'name="order-([^"]+)"', page):
        return {"order": orders}
    if prompts := re.findall(r'<select[^>]*name="pair-([^"]+)"', page):
        option = re.findall(r'<option value="([^"]+)"', page)[0]
        return {"pairs": dict.fromkeys(prompts, option)}
    if 'name="value"' in page:
        return {"value": "1"}
    if 'name="text"' in page:
        return {"text": "something"}
    return {"choice": _values(page, "choice")[0]}


def form_fields(page: str) -> dict[str, object]:
    """The same answer as the fields of the plain form."""
    answer = some_answer(page)
    if "order" in answer:
        places = enumerate(answer["order"], start=1)
        return {f"order-{part}": place for place, part in places}
    if "pairs" in answer:
        return {f"pair-{prompt}": option for prompt, option in answer["pairs"].items()}
    return answer


def _choose(page: str) -> int:
    found = re.search(r'data-choose="(\d+)"', page)
    return int(found.group(1)) if found else 1


@dataclass
class Costs:
    """What the steps of some students took."""

    cpu: dict[str, float] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> float:
        """CPU milliseconds of one exam: every step as often as it happens."""
        return sum(self.cpu[step] * times(step) for step in STEPS)


def times(step: str) -> int:
    """How often a step happens in one exam."""
    return QUESTIONS if step in {"load a question", "save an answer"} else 1


def walk(server: Server, students: Sequence[Bare | Portal]) -> Costs:
    """Every student takes each step; the CPU of a step is that of the server's processes."""
    acts: dict[str, Callable[[Bare | Portal], object]] = {
        "sign in": lambda it: it.sign_in(),
        "open the exam": lambda it: it.open_exam(),
        "load a question": lambda it: [it.load(n) for n in range(1, QUESTIONS + 1)],
        "save an answer": lambda it: [it.save(n) for n in range(1, QUESTIONS + 1)],
        "submit": lambda it: it.submit(),
        "see the result": lambda it: it.see_result(),
    }
    costs = Costs()
    with ThreadPoolExecutor(len(students)) as pool:
        for step, act in acts.items():
            received = sum(student.browser.received for student in students)
            before = cpu_seconds(server.process.pid)
            list(pool.map(act, students))
            count = len(students) * times(step)
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
    found = {}
    for step, act in acts.items():
        if step == "submit":
            for n in range(1, QUESTIONS + 1):
                student.load(n)
                student.save(n)
        statements: list[str] = []
        with stage.counted(statements, database=database):
            act()
        found[step] = len(statements)
    return found


@dataclass(frozen=True)
class Comparison:
    """The medians of all rounds, side by side."""

    bare: Costs
    portal: Costs
    forms: Costs
    statements: dict[str, tuple[int, int]]


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
    statements = {step: (counts[0][step], counts[1][step]) for step in STEPS}
    found = Comparison(bare, portal, forms, statements)
    _print(found)
    return found


def _median(walks: Sequence[Costs]) -> Costs:
    return Costs(
        {step: statistics.median(walk.cpu[step] for walk in walks) for step in STEPS},
        {step: statistics.median(walk.sent[step] for walk in walks) for step in STEPS},
    )


def _print(found: Comparison) -> None:
    for step in STEPS:
        report(f"journey, {step}: CPU", found.portal.cpu[step], "ms", found.bare.cpu[step])
        bare, portal = found.statements[step]
        report(f"journey, {step}: statements", portal, "statements", bare)
        ours, theirs = found.portal.sent[step] / 1024, found.bare.sent[step] / 1024
        report(f"journey, {step}: sent", ours, "KB", theirs)
    report("journey, a whole exam: CPU", found.portal.whole, "ms", found.bare.whole)
    report("journey by forms, a whole exam: CPU", found.forms.whole, "ms", found.bare.whole)
