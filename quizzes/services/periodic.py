"""What the worker does every so often; closing overdue attempts comes first."""

from __future__ import annotations

import logging
from datetime import timedelta

from certportal import housekeeping
from certportal.health import note_sweep
from certportal.lib import periodic
from quizzes.services import closing

logger = logging.getLogger("certportal.worker")

SWEEP_EVERY = timedelta(seconds=15)
HEAL_EVERY = timedelta(minutes=5)


def sweep_attempts() -> int:
    """Close and grade what is overdue, and leave word that somebody looked."""
    closed = closing.sweep()
    note_sweep()
    return closed


SWEEP = periodic.Job("overdue attempts", SWEEP_EVERY, sweep_attempts)
_HEAL = periodic.Job("ungraded attempts", HEAL_EVERY, closing.grade_ungraded)


def other_jobs() -> tuple[periodic.Job, ...]:
    """Every periodic job but the sweep: this app's, the portal's own, and the upper floors'."""
    return (_HEAL, *housekeeping.JOBS, *periodic.jobs())


def all_jobs() -> tuple[periodic.Job, ...]:
    """Every periodic job of the portal; the sweep comes first."""
    return (SWEEP, *other_jobs())


def run(job: periodic.Job) -> bool:
    """Do `job`; a failure is logged and reported as False, so that the others get their turn."""
    try:
        job.run()
    except Exception:
        logger.exception("periodic job failed: %s", job.name)
        return False
    return True
