"""What a request says about its caller, and what a browser is asked to remember."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a script that reads JSON rather than a person with a page."""
    match = request.resolver_match
    return (
        (match is not None and hasattr(match.func, "answers_json"))
        or request.content_type == "application/json"
        or request.headers.get("Accept", "").split(",")[0].strip() == "application/json"
    )


def answers_json(view: View) -> View:
    """Mark a view that only scripts ask: its errors are JSON whatever the caller accepts."""
    view.answers_json = True  # type: ignore[attr-defined]
    return view


def uncached(data: dict[str, Any]) -> JsonResponse:
    """JSON that nobody keeps; Chinese as it is written, not as escapes of twice the length."""
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    return JsonResponse(data, headers={"Cache-Control": "no-store"}, json_dumps_params=compact)


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the reader's choice on this device, in the cookie that Django's own menu sets."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
