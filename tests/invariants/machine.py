"""Two clients, a clock and a sweeper in any order, on PostgreSQL, held against the model."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from quizzes.engine.saving import read_batch
from quizzes.models import Attempt
from quizzes.services.answering import save_entries, save_form, take_over
from quizzes.services.closing import close_overdue_attempt, submit_attempt, sweep
from quizzes.services.granting import CannotGrantError, grant_time
from tests.factories.accounts import UserFactory
from tests.factories.attempts import make_attempt
from tests.factories.clock import StoppedClock
from tests.invariants.model import GRACE, IDLE, KEPT, MARGIN, Item, Message, Model
from tests.invariants.stored import Stored, grade

INSTANT = timedelta(microseconds=1)
LIMIT = timedelta(minutes=10)
KINDS = ("single", "multiple")
ANSWERS: dict[int, list[Any]] = {
    1: [None, {"choice": "a"}, {"choice": "b"}, {"choice": "c"}],
    2: [None, {"choices": ["a"]}, {"choices": ["a", "c"]}, {"choices": ["b", "c"]}],
}
MARKS = [
    {"flag": True},
    {"flag": False},
    {"struck": ["b", "a"]},
    {"struck": []},
    {"seen": True},
    {"flag": True, "seen": True},
]
# What a page has no say in; it is kept as it came and changes nothing (I16).
MEDDLING = [{}, {}, {"score": 100, "user": 1, "time": "1999-01-01", "outcome": "accepted"}]

# What ends things waits until there is something to end, or most runs would be of ended sittings.
SETTLED = 1

clients = st.sampled_from((0, 1))
places = st.sampled_from((1, 2))
numbers = st.integers(0, 200)
answers = st.lists(st.tuples(places, numbers), min_size=1, max_size=4)


class Client:
    """A page: the epoch it writes in and the next number there."""

    def __init__(self, epoch: int, first: int) -> None:
        self.epoch, self.seq = epoch, first


class Sitting(RuleBasedStateMachine):
    """Each run in a savepoint of its own, so that every run starts with one open attempt."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.clock = StoppedClock()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    @initialize(mode=st.sampled_from(("mock", "mock", "practice")))
    def start(self, mode: str) -> None:
        now = self.clock.now
        self.attempt = make_attempt(*KINDS, mode=mode, left=LIMIT, now=now)
        self.model = Model(
            now=now,
            started_at=self.attempt.started_at,
            deadline=self.attempt.deadline_at,
            items={position: Item() for position in ANSWERS},
        )
        # The second page was loaded beside the first: both believe to write in epoch 1.
        self.clients = [Client(1, 1), Client(1, 100)]
        self.made: list[Message] = []
        self.known: dict[tuple[int, int], str] = {}
        self.closed: tuple[Any, ...] | None = None
        self.least = self.model.remaining_ms

    @property
    def who(self) -> dict[str, Any]:
        return {"public_id": self.attempt.public_id, "student": self.attempt.student}

    # What a page makes; nothing is sent yet.

    def _make(self, client: int, entry: dict[str, Any]) -> None:
        page = self.clients[client]
        self.made.append(Message(page.epoch, {"seq": page.seq, **entry}))
        page.seq += 1

    @rule(client=clients, several=answers, loaded=st.booleans(), sent=st.booleans())
    def answer(self, client: int, several: list[tuple[int, int]], loaded: bool, sent: bool) -> None:
        if loaded:
            # A page that is loaded anew takes nothing over.
            self.clients[client] = Client(self.model.epoch, self.model.acknowledged + 1)
        for item, choice in several:
            self._make(client, self._entry(item, choice))
        if sent:
            self.deliver(len(self.made) - len(several), len(several) - 1)

    def _entry(self, item: int, choice: int) -> dict[str, Any]:
        entry = {"item": item, "answer": ANSWERS[item][choice % len(ANSWERS[item])]}
        if self.attempt.mode == "practice" and choice % 5 == 1:
            entry["final"] = True
        return entry | MEDDLING[choice % len(MEDDLING)]

    @rule(client=clients, item=st.just(1), mark=st.sampled_from(MARKS))
    def mark(self, client: int, item: int, mark: dict[str, Any]) -> None:
        self._make(client, {"item": item, "mark": mark})

    @precondition(lambda self: self.made)
    @rule(number=numbers, choice=numbers)
    def say_otherwise(self, number: int, choice: int) -> None:
        """A page that numbers badly: the same key with another answer."""
        message = self._pick(number)
        answer = ANSWERS[message.item][choice % len(ANSWERS[message.item])]
        entry = {"seq": message.entry["seq"], "item": message.item, "answer": answer}
        self.made.append(Message(message.epoch, entry))

    def _pick(self, number: int) -> Message:
        return self.made[number % len(self.made)]

    # What reaches the server, in any order and any number of times.

    def _batch(self, first: int, more: int) -> list[Message]:
        start = first % len(self.made)
        chosen = self.made[start : start + 1 + more]
        return [message for message in chosen if message.epoch == chosen[0].epoch]

    def _send(self, messages: list[Message]) -> Any:
        body = {"epoch": messages[0].epoch, "entries": [it.entry for it in messages]}
        return save_entries(**self.who, batch=read_batch(json.dumps(body).encode()))

    @precondition(lambda self: self.made)
    @rule(first=numbers, more=st.integers(0, 3))
    def deliver(self, first: int, more: int) -> None:
        messages = self._batch(first, more)
        expected = self.model.deliver(messages)
        reply = self._send(messages)
        assert [(it.outcome.value, it.duplicate) for it in reply.entries] == expected
        self._check_reply(reply)
        for message, entry in zip(messages, reply.entries, strict=True):
            assert entry.seq == message.entry["seq"]
            if entry.outcome.value in KEPT:
                # I14: whoever asks again is told the same.
                assert self.known.setdefault(message.key, entry.outcome.value) == entry.outcome

    @precondition(lambda self: self.made)
    @rule(numbers=st.lists(numbers, min_size=1, max_size=4))
    def deliver_in_disorder(self, numbers: list[int]) -> None:
        """One request each, in whatever order they come."""
        for number in numbers:
            self.deliver(number, 0)

    @precondition(lambda self: self.made)
    @rule(number=numbers)
    def drop(self, number: int) -> None:
        """Lost on the way, and the page that kept it is gone."""
        self.made.remove(self._pick(number))

    @precondition(lambda self: self.made)
    @rule(first=numbers, more=st.integers(0, 2))
    def crash_before_commit(self, first: int, more: int) -> None:
        """The process dies, and the database forgets what it had not confirmed."""
        before = Stored.of(self.attempt)
        savepoint = transaction.savepoint()
        self._send(self._batch(first, more))
        transaction.savepoint_rollback(savepoint)
        assert Stored.of(self.attempt) == before

    @precondition(lambda self: self.made)
    @rule(first=numbers, more=st.integers(0, 2))
    def crash_after_commit(self, first: int, more: int) -> None:
        """Stored, and the page never hears of it."""
        messages = self._batch(first, more)
        self.model.deliver(messages)
        self._send(messages)

    @precondition(lambda self: len(self.model.events) > SETTLED)
    @rule(item=places, choice=numbers)
    def form_post(self, item: int, choice: int) -> None:
        entry = {"item": item, "answer": ANSWERS[item][choice % len(ANSWERS[item])]}
        self.model.open_form()
        message = Message(self.model.epoch, {"seq": self.model.acknowledged + 1, **entry})
        expected = self.model.deliver([message], form=True)
        reply = save_form(**self.who, entries=[entry])
        assert [(it.outcome.value, it.duplicate) for it in reply.entries] == expected
        self._check_reply(reply)

    def _check_reply(self, reply: Any) -> None:
        model = self.model
        assert (reply.status, reply.epoch) == (model.status, model.epoch)
        assert (reply.remaining_ms, reply.acknowledged) == (model.remaining_ms, model.acknowledged)
        # I15: time only runs down.
        if self.least is not None:
            assert reply.remaining_ms <= self.least
            self.least = reply.remaining_ms

    # Everything else that happens to a sitting.

    @precondition(lambda self: len(self.model.events) > SETTLED)
    @rule(client=clients)
    def take_over(self, client: int) -> None:
        epoch = take_over(**self.who)
        assert epoch == self.model.take_over()
        if self.model.status == "open":
            self.clients[client] = Client(epoch, 1)

    @rule(by=st.sampled_from((1, 20, 60, 200)))
    def tick(self, by: int) -> None:
        self._go_to(self.clock.now + timedelta(seconds=by))

    @precondition(lambda self: len(self.model.events) > SETTLED)
    @rule(boundary=st.sampled_from((0, 1, 2)), instants=st.sampled_from((-1, 0, 1)))
    def tick_to_boundary(self, boundary: int, instants: int) -> None:
        if self.model.deadline is None:
            since = (self.model.started_at, self.model.last_arrival or self.model.started_at)
            ends = [since[0] + IDLE, since[1] + IDLE, self.clock.now + IDLE / 2]
        else:
            deadline = self.model.deadline
            ends = [deadline, deadline + GRACE, deadline + GRACE + MARGIN]
        self._go_to(max(self.clock.now, ends[boundary] + instants * INSTANT))

    @precondition(lambda self: self.made)
    @rule(instants=st.sampled_from((-1, 0, 1)), first=numbers, more=st.integers(0, 2))
    def deliver_at_the_last_moment(self, instants: int, first: int, more: int) -> None:
        """An instant before, at and after the end of the grace."""
        if self.model.deadline is not None and self.clock.now < self.model.deadline + GRACE:
            self._go_to(self.model.deadline + GRACE + instants * INSTANT)
        self.deliver(first, more)

    def _go_to(self, now: Any) -> None:
        self.clock.set(now)
        self.model.now = now

    @precondition(lambda self: len(self.model.events) > 3 * SETTLED)
    @rule()
    def submit(self) -> None:
        self.model.submit()
        submit_attempt(**self.who)
        once = Stored.of(self.attempt)
        # I8: asking again gives the same.
        assert submit_attempt(**self.who).status == self.model.status
        assert Stored.of(self.attempt) == once

    @precondition(lambda self: len(self.model.events) > SETTLED)
    @rule(minutes=st.integers(1, 3))
    def grant_time(self, minutes: int) -> None:
        granted = self.model.grant(timedelta(minutes=minutes))
        try:
            grant_time(self.attempt, by=self.attempt.student, minutes=minutes, reason="Alarm.")
        except CannotGrantError:
            assert not granted
        else:
            assert granted
            # I15: nothing but a grant gives time back.
            self.least = self.model.remaining_ms

    @rule()
    def sweep(self) -> None:
        was_open = self.model.status == "open"
        self.model.sweep()
        assert sweep() == (was_open and self.model.status != "open")
        # I11
        margin = GRACE + MARGIN
        assert not Attempt.objects.open().filter(deadline_at__lt=self.clock.now - margin).exists()

    @rule()
    def read(self) -> None:
        self.model.read()
        close_overdue_attempt(**self.who)

    @precondition(lambda self: self.made)
    @rule(number=numbers)
    def stranger(self, number: int) -> None:
        before = Stored.of(self.attempt)
        body = json.dumps({"epoch": 1, "entries": [self._pick(number).entry]}).encode()
        try:
            save_entries(
                public_id=self.attempt.public_id, student=UserFactory(), batch=read_batch(body)
            )
        except Attempt.DoesNotExist:
            assert Stored.of(self.attempt) == before
        else:
            raise AssertionError("a stranger saved")

    # What must hold after every step.

    @invariant()
    def the_tables_say_what_the_model_says(self) -> None:
        stored = Stored.of(self.attempt)
        self._check_log(stored)
        self._check_standing(stored)
        self._check_end(stored)

    def _check_log(self, stored: Stored) -> None:
        pages = [it for it in stored.events if it.kind in {"answer", "mark"}]
        keys = [it.key for it in pages]
        assert len(keys) == len(set(keys)), "I1"
        log = {it.key: (it.payload, it.outcome) for it in pages}
        model = {key: (it.payload, how) for key, (it, how) in self.model.events.items()}
        assert log == model, "I14"
        assert all(log[key][1] == outcome for key, outcome in self.known.items()), "I2"
        limit = self.model.deadline
        if limit is not None:
            accepted = [it for it in pages if it.outcome == "accepted"]
            assert all(it.arrived_at <= limit + GRACE for it in accepted), "I4"

    def _check_standing(self, stored: Stored) -> None:
        assert stored.answers == stored.newest_accepted(), "I3"
        assert stored.answers == stored.replayed(), "I12"
        model = {
            position: (*item.key, item.answer)
            for position, item in self.model.items.items()
            if item.key != (0, 0)
        }
        assert stored.answers == model, "I10, I13, I16"
        for position, mark in stored.marks.items():
            item = self.model.items[position]
            flag, struck = item.flag, item.struck
            assert mark == (flag[1], flag[0], struck[1], struck[0], item.seen_at)

    def _check_end(self, stored: Stored) -> None:
        assert (stored.status, stored.epoch) == (self.model.status, self.model.epoch), "I9"
        closes = [it for it in stored.events if it.kind == "close"]
        assert len(closes) == (stored.status != "open"), "I7"
        if stored.status == "open":
            assert stored.scores == []
            assert self.closed is None, "I9"
            return
        if self.model.deadline is not None:
            assert stored.ended_at == min(stored.processed_at, self.model.deadline)
        assert [(it.points, it.answers_hash) for it in stored.scores] == [
            grade(self.attempt.mode, KINDS, stored.answers)
        ], "I6"
        self.closed = self.closed or stored.after_the_end
        assert stored.after_the_end == self.closed, "I5"
