"""Hands periodic work that may take long to the queue, so that the clock goes on."""

from __future__ import annotations

from typing import Any

from django_tasks import TaskResultStatus
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult


def enqueue_once(task: Task[Any, Any]) -> bool:
    """Queue `task` unless it is waiting already; return whether it was queued.

    One that has begun does not count: it may hang, and the next one must not wait for it.
    """
    waiting = DBTaskResult.objects.filter(task_path=task.module_path, status=TaskResultStatus.READY)
    if waiting.exists():
        return False
    task.enqueue()
    return True
