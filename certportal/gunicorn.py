"""How gunicorn serves the portal; used by `make run` and by the container alike."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

wsgi_app = "certportal.wsgi:application"
bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# Loads the code once for all workers; nothing may connect to the database before the fork.
preload_app = True
timeout = 30
graceful_timeout = int(os.environ.get("GRACEFUL_TIMEOUT", "10"))
keepalive = 5
# Heartbeats on a disk under load would make gunicorn kill healthy workers.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes its own file
accesslog = "-" if os.environ.get("ACCESS_LOG") == "1" else None
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "info")
# Settings read this: only web processes get short database limits.
raw_env = ["CERTPORTAL_WEB_PROCESS=1"]
control_socket_disable = True


def when_ready(_server: Any) -> None:
    """Load what the first page would load, while its memory can still be shared."""
    # Imported here: the configuration itself is read before Django is set up.
    from django.template.loader import get_template  # noqa: PLC0415
    from django.urls import get_resolver  # noqa: PLC0415

    len(get_resolver().reverse_dict)  # building it loads every view
    get_template("base.html")
    gc.collect()
    # Without this the collector of each worker would copy every page it looks at.
    gc.freeze()
