"""The background process: a thread for queued tasks, one for the sweep, one for the clock."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker as QueueWorker

from certportal.lib.periodic import Job, Timetable
from quizzes.services import periodic

logger = logging.getLogger("certportal.worker")

_AFTER_FAILURE_SECONDS = 5.0
_STOP_LIMIT_SECONDS = 20.0


class Command(BaseCommand):
    help = "Run queued tasks and periodic work until told to stop (SIGTERM or SIGINT)."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        stop = threading.Event()

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGINT, on_signal)
        signal.signal(signal.SIGTERM, on_signal)
        queue = Queue()
        threads = [
            threading.Thread(target=_keep_going, args=(work, stop), name=name, daemon=True)
            for name, work in works(queue, stop).items()
        ]
        for thread in threads:
            thread.start()
        logger.info("worker started")
        stop.wait()
        queue.stop()
        for thread in threads:
            thread.join(_STOP_LIMIT_SECONDS)
        logger.info("worker stopped")


def works(queue: Queue, stop: threading.Event) -> dict[str, Callable[[], None]]:
    """What goes on side by side, by the name of its thread."""
    return {
        "queue": queue.run,
        # Alone, so that no other job, however slow, keeps an overdue attempt open.
        "sweep": clock(stop, (periodic.SWEEP,)),
        "clock": clock(stop, periodic.other_jobs()),
    }


class Queue:
    """django-tasks' worker without its hold on the process: it stops when asked."""

    def __init__(self) -> None:
        self._worker: QueueWorker | None = None

    def run(self) -> None:
        self._worker = QueueWorker(
            queue_names=["*"],
            interval=1.0,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        self._worker.run()

    def stop(self) -> None:
        if self._worker is not None:
            self._worker.running = False


def clock(stop: threading.Event, jobs: tuple[Job, ...]) -> Callable[[], None]:
    """Return the loop that does each of these jobs when it is due."""
    timetable = Timetable(jobs)

    def run() -> None:
        while not stop.is_set():
            close_old_connections()
            for job in timetable.take_due(time.monotonic()):
                periodic.run(job)
            close_old_connections()
            stop.wait(timetable.seconds_left(time.monotonic()))

    return run


def _keep_going(work: Callable[[], None], stop: threading.Event) -> None:
    """Run `work` until told to stop; what breaks one thread must not stop the other."""
    try:
        while not stop.is_set():
            try:
                work()
            except Exception:
                logger.exception("the %s thread failed", threading.current_thread().name)
                stop.wait(_AFTER_FAILURE_SECONDS)
    finally:
        connection.close()
