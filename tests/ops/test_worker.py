from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from certportal import housekeeping
from certportal.health import SWEEP_KEY, sweep_age
from certportal.lib import periodic as jobs
from certportal.lib.periodic import Job, Timetable
from quizzes.management.commands import worker
from quizzes.services import closing, periodic

SECOND = timedelta(seconds=1)


def _job(name: str, every: int = 10, run=lambda: None) -> Job:
    return Job(name, timedelta(seconds=every), run)


def test_everything_is_due_at_first_and_then_in_its_turn():
    fast, slow = _job("fast", 10), _job("slow", 60)
    timetable = Timetable((fast, slow))
    assert timetable.take_due(1000.0) == [fast, slow]
    assert timetable.take_due(1009.9) == []
    assert timetable.seconds_left(1009.0) == pytest.approx(1.0)
    assert timetable.take_due(1010.0) == [fast]
    # Time lost in between is not made up for.
    assert timetable.take_due(1100.0) == [fast, slow]
    assert timetable.take_due(1100.0) == []
    assert timetable.seconds_left(2000.0) == 0


def test_a_job_is_registered_once_by_its_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "_jobs", {})
    jobs.register(_job("same", 1))
    jobs.register(_job("same", 2))
    assert [job.every for job in jobs.jobs()] == [timedelta(seconds=2)]


def test_a_failing_job_is_logged_and_the_next_one_runs(caplog: pytest.LogCaptureFixture):
    done: list[str] = []

    def fail() -> None:
        raise ValueError("no")

    assert periodic.run(_job("bad", run=fail)) is False
    assert periodic.run(_job("good", run=lambda: done.append("good"))) is True
    assert done == ["good"]
    assert "periodic job failed: bad" in caplog.text


def test_attempts_are_looked_for_often_enough_to_close_within_a_minute():
    first = periodic.all_jobs()[0]
    assert first.run is periodic.sweep_attempts
    assert first.every == 15 * SECOND


def test_a_slow_job_does_not_delay_the_sweep(monkeypatch: pytest.MonkeyPatch):
    stop, swept = threading.Event(), threading.Event()

    def be_slow() -> None:
        # Until the sweep has had its turn, which it would never have behind this job.
        assert swept.wait(10)
        stop.set()

    monkeypatch.setattr(periodic, "SWEEP", _job("sweep", run=swept.set))
    monkeypatch.setattr(periodic, "other_jobs", lambda: (_job("slow", run=be_slow),))
    works = worker.works(worker.Queue(), stop)
    threads = [threading.Thread(target=works[name], daemon=True) for name in ("clock", "sweep")]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)

    assert not any(thread.is_alive() for thread in threads)
    assert swept.is_set()


def test_what_ended_without_a_grade_is_looked_for():
    jobs_by_name = {job.name: job for job in periodic.all_jobs()}
    assert jobs_by_name["ungraded attempts"].run is closing.grade_ungraded


def test_the_clock_stops_when_told_and_one_broken_thread_leaves_the_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    stop = threading.Event()
    turns: list[str] = []

    def fail() -> None:
        turns.append("broken")
        raise ValueError("no")

    def go_on() -> None:
        turns.append("sound")
        if turns.count("sound") >= 3 and turns.count("broken") >= 2:
            stop.set()
        stop.wait(0.01)

    monkeypatch.setattr(worker, "_AFTER_FAILURE_SECONDS", 0.01)
    monkeypatch.setattr(worker, "connection", _NoConnection)
    threads = [
        threading.Thread(target=worker._keep_going, args=(work, stop), name=name, daemon=True)
        for name, work in (("queue", fail), ("clock", go_on))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert "the queue thread failed" in caplog.text


class _NoConnection:
    @staticmethod
    def close() -> None:
        pass


@pytest.fixture
def cache_table(db):
    call_command("createcachetable", verbosity=0)
    cache.clear()


@pytest.mark.usefixtures("cache_table")
def test_closing_overdue_attempts_leaves_word_for_readyz(capsys: pytest.CaptureFixture[str]):
    assert sweep_age() is None
    call_command("close_overdue_attempts")
    assert capsys.readouterr().out == "closed: 0\n"
    assert timedelta(0) <= sweep_age() < 5 * SECOND


@pytest.mark.usefixtures("cache_table")
def test_tick_does_all_work_and_says_what_failed(monkeypatch: pytest.MonkeyPatch):
    call_command("tick")
    assert sweep_age() is not None

    def fail() -> None:
        raise ValueError("no")

    monkeypatch.setattr(periodic, "all_jobs", lambda: (_job("good"), _job("bad", run=fail)))
    with pytest.raises(CommandError, match=r"Failed, see the log: bad\."):
        call_command("tick")


@pytest.mark.usefixtures("cache_table")
def test_expired_cache_rows_go_and_the_others_stay():
    cache.set("kept", 1, timeout=None)
    cache.set("fresh", 1, timeout=100)
    cache.set("old", 1, timeout=100)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE django_cache SET expires = %s WHERE cache_key LIKE %s",
            [timezone.now() - timedelta(hours=1), "%old"],
        )
    assert housekeeping.remove_expired_cache_rows() == 1
    assert cache.get("kept") == cache.get("fresh") == 1
    assert cache.get(SWEEP_KEY) is None
