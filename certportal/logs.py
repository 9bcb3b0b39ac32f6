"""What log lines carry. Imports no app: logging is set up before there are any."""

from __future__ import annotations

import logging
from contextvars import ContextVar

request_number: ContextVar[str] = ContextVar("request_number", default="-")


class RequestIdFilter(logging.Filter):
    """Gives each log line the id of the request it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_number.get()
        return True
