"""What every request passes: its id, its limits, its language and who may go on."""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.utils.translation import get_language_from_request

from certportal.lib.http import wants_json
from certportal.logs import request_number

Handler = Callable[[HttpRequest], HttpResponseBase]


def request_id(get_response: Handler) -> Handler:
    """Number the request; the reader sees the number on error pages."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        number = uuid.uuid4().hex[:12]
        token = request_number.set(number)
        request.request_id = number  # type: ignore[attr-defined]
        try:
            response = get_response(request)
        finally:
            request_number.reset(token)
        response["X-Request-ID"] = number
        return response

    return middleware


def usual_methods(get_response: Handler) -> Handler:
    """Answer 405 to methods that no page has: stock views take any for a GET."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method not in _METHODS:
            return HttpResponseNotAllowed(_METHODS)
        return get_response(request)

    return middleware


_METHODS = ("GET", "HEAD", "OPTIONS", "POST")


def refuse_nul(get_response: Handler) -> Handler:
    """Answer 400 to NUL bytes in an address: PostgreSQL cannot hold them."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponse(status=400)
        return get_response(request)

    return middleware


def personal_locale(get_response: Handler) -> Handler:
    """Speak the reader's language and show times in the reader's zone.

    A choice made on this device (the cookie) goes before the one stored with the person.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user
        language = _language(request, user)
        zone = zoneinfo.ZoneInfo(user.time_zone) if user.is_authenticated else None
        request.LANGUAGE_CODE = language
        with (
            translation.override(language),
            timezone.override(zone or timezone.get_default_timezone()),
        ):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def _language(request: HttpRequest, user: Any) -> str:
    if not request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) and user.is_authenticated:
        stored: str = user.language
        if stored:
            return stored
    return get_language_from_request(request)


def private_pages(get_response: Handler) -> Handler:
    """Keep accounts, sittings and what teachers read out of every cache.

    Other personal pages stay out of shared ones.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.path.startswith(_NEVER_STORED):
            if response.get("Cache-Control") != "no-store":
                add_never_cache_headers(response)
        elif request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True)
        return response

    return middleware


_NEVER_STORED = ("/accounts/", "/attempts/", "/settings/", "/teach/")


class LoginRequired(LoginRequiredMiddleware):
    """Sign-in everywhere but on the pages that settings name; scripts get 401 as JSON."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is not None and match.view_name in settings.PUBLIC_URL_NAMES:
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if wants_json(request):
            return JsonResponse({"code": "signed-out"}, status=401)
        return super().handle_no_permission(request, view_func)


def staff_second_factor(get_response: Handler) -> Handler:
    """Send staff without a second factor to the page where they set one up."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not settings.REQUIRE_STAFF_MFA or not request.user.is_authenticated:
            return get_response(request)
        if not request.user.is_staff or _may_go_on_without_factor(request):
            return get_response(request)
        from allauth.mfa.utils import is_mfa_enabled  # noqa: PLC0415 - needs loaded apps

        if is_mfa_enabled(request.user):
            return get_response(request)
        return redirect("mfa_index")

    return middleware


# Where staff without a second factor may still go: to get one (which needs a confirmed
# address), to prove who they are, and to leave.
_WITHOUT_FACTOR = (
    "/accounts/2fa/",
    "/accounts/confirm-email/",
    "/accounts/email/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
    "/static/",
)


def _may_go_on_without_factor(request: HttpRequest) -> bool:
    return request.path.startswith((*_WITHOUT_FACTOR, "/healthz", "/readyz", "/i18n/", "/theme/"))
