"""Names of browsers."""

from __future__ import annotations

import pytest

from certportal.lib.user_agent import readable

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/156.0 Safari/537.36", "Chrome, Linux"),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/156.0 Safari/537.36 Edg/156.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:150.0) Firefox/150.0", "Firefox, macOS"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari, iPhone",
        ),
        (f"Mozilla/5.0 (Linux; Android 16) {WEBKIT} Chrome/156.0 Mobile", "Chrome, Android"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)
def test_browser_and_system_are_named(user_agent, name):
    assert readable(user_agent) == name
