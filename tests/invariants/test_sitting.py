"""Invariants of a sitting under any order of events, and proof that the machine sees faults."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from quizzes.engine import saving
from quizzes.services import answering, closing, ledger
from tests.invariants.machine import Sitting

pytestmark = pytest.mark.django_db

COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}
QUICK = settings(max_examples=8, stateful_step_count=20, derandomize=True, **COMMON)
LONG = settings(max_examples=100, stateful_step_count=30, **COMMON)
# Finding a fault is enough, its smallest example is not needed.
# What is drawn is the same every time, but not the papers it is done to: a fault that takes
# a rare order of moves needs room. Only one that is never found uses all of it.
FINDING = settings(
    max_examples=600,
    stateful_step_count=30,
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    **COMMON,
)


def test_the_invariants_hold():
    run_state_machine_as_test(Sitting, settings=QUICK)


@pytest.mark.slow
def test_the_invariants_hold_for_long():
    run_state_machine_as_test(Sitting, settings=LONG)


def _believe(monkeypatch, **lie):
    """Decide as if the attempt stood otherwise than it does."""

    def decide(entry, *, epoch, standing, state):
        told = {name: epoch if value == "its own" else value for name, value in lie.items()}
        return saving.decide(entry, epoch=epoch, standing=replace(standing, **told), state=state)

    monkeypatch.setattr(answering, "decide", decide)


def _no_seq_guard(monkeypatch):
    def decide(entry, *, epoch, standing, state):
        return saving.decide(
            entry, epoch=epoch, standing=standing, state=replace(state, answer_key=(0, 0))
        )

    monkeypatch.setattr(answering, "decide", decide)
    guard = "WHERE (stands.epoch, stands.seq) < (excluded.epoch, excluded.seq)"
    assert guard in ledger._UPSERT_ANSWERS
    monkeypatch.setattr(ledger, "_UPSERT_ANSWERS", ledger._UPSERT_ANSWERS.replace(guard, ""))
    ledger._write_statement.cache_clear()


def _close_at_the_deadline(monkeypatch):
    monkeypatch.setattr(
        closing, "close_if_overdue", lambda attempt, _now: closing._close(attempt, "expired")
    )


def _sweep_without_margin(monkeypatch):
    monkeypatch.setattr(closing, "SWEEP_MARGIN", timedelta(seconds=-10))


def _grade_twice(monkeypatch):
    monkeypatch.setattr(closing.Attempt, "is_open", property(lambda self: self.status != "voided"))


FAULTS = {
    "no seq guard": _no_seq_guard,
    "no grace check": lambda patch: _believe(patch, in_time=True),
    "no epoch check": lambda patch: _believe(patch, epoch="its own", may_write=True),
    "no status check": lambda patch: _believe(patch, is_open=True),
    "no look for duplicates": lambda patch: patch.setattr(
        answering, "_stored_events", lambda *_: {}
    ),
    "a read ends a running attempt": _close_at_the_deadline,
    "the sweeper comes too early": _sweep_without_margin,
    "an end ends twice": _grade_twice,
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_the_machine_sees(fault, monkeypatch):
    FAULTS[fault](monkeypatch)
    try:
        with pytest.raises(Exception) as seen:  # noqa: PT011 - whatever it stumbles over first
            run_state_machine_as_test(Sitting, settings=FINDING)
    finally:
        ledger._write_statement.cache_clear()
    assert not isinstance(seen.value, TypeError | AttributeError | NameError)
