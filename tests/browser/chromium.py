"""Finds a Chromium: one that was named, the system's, Playwright's own, or npm's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# What @sparticuz/chromium becomes once its own code has unpacked it.
FROM_NPM = Path("node_modules/@sparticuz/chromium/bin/chromium")

OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def need_chromium(playwright: Playwright) -> str:
    """The path of a browser; without one the test is skipped, in CI it fails."""
    path = find_chromium(playwright)
    if path is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("no Chromium was found; install one or name it with CHROMIUM=/path")
    return path


def find_chromium(playwright: Playwright) -> str | None:
    """The path of a browser, or None on a machine that has none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    candidates = (
        *(shutil.which(name) for name in NAMES),
        playwright.chromium.executable_path,
        str(FROM_NPM),
    )
    return next((path for path in candidates if path and Path(path).exists()), None)
