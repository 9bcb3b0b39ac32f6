"""What every page knows: theme, section of the rail, languages, whether passkeys can work."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info

from certportal import appearance

# First match of the view's name decides; a view may overrule it with its own "section".
_SECTIONS = (
    ("progress:certification", "certifications"),
    ("progress:my-progress", "progress"),
    ("progress:class-list", "classes"),
    ("progress:class-join", "classes"),
    ("progress:class-invitation", "classes"),
    ("progress:class-leave", "classes"),
    ("progress:calendar", "classes"),
    ("quizzes:assignment", "classes"),
    ("progress:class-", "teach"),
    ("progress:teach", "teach"),
    ("catalog:", "certifications"),
    ("quizzes:practice", "practice"),
    ("quizzes:sample", "practice"),
    ("quizzes:exam", "exams"),
    ("quizzes:attempt", "exams"),
    ("progress:home", "today"),
    ("accounts:", "account"),
    ("account_", "account"),
    ("mfa_", "account"),
    ("usersessions_", "account"),
)


def portal(request: HttpRequest) -> dict[str, Any]:
    """Asks the database nothing; what needs the host name is worked out only when used."""
    theme = request.COOKIES.get(appearance.COOKIE, "")
    return {
        "theme": theme if theme in appearance.THEMES else "",
        "section": _section(request),
        "languages": [get_language_info(code) for code, _name in settings.LANGUAGES],
        "passkeys_available": partial(passkeys_available, request),
        "localhost_url": partial(localhost_url, request),
    }


def passkeys_available(request: HttpRequest) -> bool:
    """Browsers offer passkeys over https and on localhost, never on a bare IP address."""
    hostname = _hostname(request)
    return request.is_secure() or hostname == "localhost" or hostname.endswith(".localhost")


def localhost_url(request: HttpRequest) -> str:
    """The address of this page on the same machine where passkeys do work."""
    _host, _colon, port = request.get_host().rpartition(":")
    place = f"localhost:{port}" if port.isdigit() else "localhost"
    return f"http://{place}{request.get_full_path()}"


def _hostname(request: HttpRequest) -> str:
    host = request.get_host()
    name, _colon, port = host.rpartition(":")
    return (name if port.isdigit() else host).lower()


def _section(request: HttpRequest) -> str:
    match = request.resolver_match
    name = match.view_name if match else ""
    return next((section for start, section in _SECTIONS if name.startswith(start)), "")
