"""Waiting for what no page shows: something that the portal has stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

_TRIES = 150
_PAUSE_MS = 100


def wait_for(page: Page, happened: Callable[[], bool]) -> None:
    """Let the page go on until this has happened."""
    for _try in range(_TRIES):
        if happened():
            return
        page.wait_for_timeout(_PAUSE_MS)
    pytest.fail("what the test waited for did not happen")
