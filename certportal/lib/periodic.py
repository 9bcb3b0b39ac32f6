"""The list of periodic work: apps add to it, the worker goes through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Job:
    """Something to do every so often; it must be harmless to do it once too often."""

    name: str
    every: timedelta
    run: Callable[[], object]


_jobs: dict[str, Job] = {}


def register(job: Job) -> None:
    """Add `job`; call it from an app's `ready`. A second job of that name replaces the first."""
    _jobs[job.name] = job


def jobs() -> tuple[Job, ...]:
    """Every job, in the order they were added."""
    return tuple(_jobs.values())


class Timetable:
    """Says which jobs are due; `now` is any clock that only goes forward, in seconds."""

    def __init__(self, jobs: tuple[Job, ...]) -> None:
        self._jobs = jobs
        self._next = {job.name: 0.0 for job in jobs}

    def take_due(self, now: float) -> list[Job]:
        """Return the jobs that are due and count their next turn from `now`."""
        due = [job for job in self._jobs if now >= self._next[job.name]]
        for job in due:
            self._next[job.name] = now + job.every.total_seconds()
        return due

    def seconds_left(self, now: float) -> float:
        """How long nothing is due."""
        return max(0.0, min(self._next.values(), default=now + 1) - now)
