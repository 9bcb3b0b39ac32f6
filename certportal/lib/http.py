"""What a request says about its caller, and what a browser is asked to remember."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a script that reads JSON rather than a person with a page."""
    return (
        request.content_type == "application/json"
        or request.headers.get("Accept", "").split(",")[0].strip() == "application/json"
    )


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the reader's choice on this device, in the cookie that Django's own menu sets."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
