"""Asks the running portal how it is: `python -m certportal.processes.probe healthz`."""

from __future__ import annotations

import http.client
import os
import sys
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 5.0


def port() -> int:
    """The port gunicorn listens on, as certportal/gunicorn.py decides it."""
    bind = os.environ.get("BIND") or f":{os.environ.get('PORT') or '8000'}"
    return int(bind.rsplit(":", 1)[1])


def ask(name: str) -> tuple[int, str]:
    """GET /`name` on this machine; the status (0 when nobody answers) and the body."""
    # The portal only answers to its own name.
    host = urlsplit(os.environ.get("PUBLIC_URL", "")).hostname or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", port(), timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", f"/{name}", headers={"Host": host})
        response = connection.getresponse()
        return response.status, response.read().decode()
    except OSError as error:
        return 0, str(error)
    finally:
        connection.close()


if __name__ == "__main__":
    status, body = ask(sys.argv[1] if len(sys.argv) > 1 else "healthz")
    sys.stdout.write(f"{body}\n")
    sys.exit(0 if status == http.client.OK else 1)
