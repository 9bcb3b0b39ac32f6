"""Students who answer until they are told to stop, and keep each entry until it is acknowledged."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

TOKEN = "t" * 32
PATIENCE = 30.0
Entry = dict[str, Any]
Key = tuple[int, int]
"""(epoch, seq), by which an entry is known."""


@dataclass(frozen=True)
class Reply:
    """What came back; status 0 means that nothing did."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


NOTHING = Reply(0, http.client.HTTPMessage(), b"")


@dataclass(eq=False)
class Student:
    """One student with a running attempt, and everything that was sent and said about it."""

    port: int
    session: str
    attempt: str
    questions: int
    patience: float = 8.0
    """Seconds after which a request is given up."""
    epoch: int = 1
    sent: dict[Key, Entry] = field(default_factory=dict)
    told: dict[Key, str] = field(default_factory=dict)
    """The outcome of every acknowledged entry."""
    statuses: Counter[int] = field(default_factory=Counter)
    unkind: list[str] = field(default_factory=list)
    """Answers that a page could not make sense of, or that show what they should not."""
    repeated: int = 0
    longest_gap: float = 0.0

    @property
    def troubles(self) -> int:
        return self.statuses.total() - self.statuses[HTTPStatus.OK]

    @property
    def last_accepted(self) -> dict[int, Any]:
        """What the student believes to stand, by question."""
        accepted = [key for key, outcome in sorted(self.told.items()) if outcome == "accepted"]
        entries = [self.sent[key] for key in accepted]
        return {entry["item"]: entry["answer"] for entry in entries if "answer" in entry}

    def answer_until(self, stop: threading.Event) -> None:
        last = time.monotonic()
        while not stop.is_set():
            self.answer()
            now = time.monotonic()
            self.longest_gap = max(self.longest_gap, now - last)
            last = now

    def answer(self) -> str:
        """Answer some question, and say what became of it."""
        return self.send(self.next_entry())

    def next_entry(self) -> Entry:
        """An answer to some question, still to be sent."""
        seq = len(self.sent) + 1
        rng = random.Random(f"{self.attempt} {seq}")
        item, choice = rng.randint(1, self.questions), rng.choice("abcd")
        entry = {"seq": seq, "item": item, "answer": {"choice": choice}}
        self.sent[self.epoch, seq] = entry
        return entry

    def send(self, entry: Entry) -> str:
        """Send it until the portal says what became of it."""
        body = {"epoch": self.epoch, "entries": [entry]}
        said = self.insist(lambda: self.post("answers", body)).json["entries"][0]
        assert said["seq"] == entry["seq"]
        self.repeated += said["duplicate"]
        self.told[self.epoch, entry["seq"]] = said["outcome"]
        return said["outcome"]

    def end(self) -> Any:
        return self.insist(lambda: self.post("submit", {})).json

    def insist(self, ask: Callable[[], Reply]) -> Reply:
        """Ask as a page does: again and again until the portal answers."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            reply = ask()
            if reply.status == HTTPStatus.OK:
                return reply
            time.sleep(0.05 + random.random() / 10)
        raise AssertionError(f"no answer: {self.statuses}")

    def post(self, name: str, body: object) -> Reply:
        return self.ask("POST", f"/attempts/{self.attempt}/{name}/", json.dumps(body))

    def page(self, name: str) -> Reply:
        return self.ask("GET", f"/attempts/{self.attempt}/{name}/")

    def ask(self, method: str, path: str, body: str | None = None) -> Reply:
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        with closing(connection):
            try:
                connection.request(method, path, body, headers)
                with connection.getresponse() as response:
                    reply = Reply(response.status, response.headers, response.read())
            except (OSError, http.client.HTTPException):
                reply = NOTHING
        self.statuses[reply.status] += 1
        self.unkind += _what_is_unkind(reply, wants_json=body is not None)
        return reply


def _what_is_unkind(reply: Reply, *, wants_json: bool) -> list[str]:
    """A fault of the portal must say when to try again, in the reader's format, and no more."""
    if reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return []
    kind = "application/json" if wants_json else "text/html"
    is_kind = (
        reply.status == HTTPStatus.SERVICE_UNAVAILABLE
        and re.fullmatch(r"\d+", reply.headers["Retry-After"] or "")
        and reply.headers.get_content_type() == kind
        and not re.search(r"Traceback|OperationalError|psycopg|\.py\b", reply.text)
    )
    return [] if is_kind else [f"{reply.status} {reply.headers.items()} {reply.text[:300]}"]


@contextmanager
def answering(students: Sequence[Student]) -> Iterator[Callable[[int], None]]:
    """Let everybody answer while the block runs.

    The block is handed a function that waits until so many further entries were acknowledged.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(len(students)) as pool:
        running = [pool.submit(student.answer_until, stop) for student in students]

        def more(entries: int) -> None:
            enough = _acknowledged(students) + entries
            limit = time.monotonic() + PATIENCE
            while _acknowledged(students) < enough:
                assert time.monotonic() < limit, "nothing is saved any more"
                for future in running:
                    if future.done():
                        future.result()
                time.sleep(0.01)

        try:
            yield more
        finally:
            stop.set()
        for future in running:
            future.result()


def _acknowledged(students: Sequence[Student]) -> int:
    return sum(len(student.told) for student in students)
