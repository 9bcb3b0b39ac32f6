"""Answers to requests that cannot be served."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader

from certportal.lib.http import wants_json

RETRY_AFTER_SECONDS = "2"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in the caller's own format that the form's token was missing or old."""
    if wants_json(request):
        return JsonResponse({"code": "csrf"}, status=403)
    return render(request, "403_csrf.html", {"reason": reason}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours: 503 with a time to try again where the database cannot answer, else 500.

    Reads neither session nor database, as they may be what failed.
    """
    busy = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status, code = (503, "unavailable") if busy else (500, "error")
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse({"code": code}, status=status)
    else:
        number = getattr(request, "request_id", "")
        page = loader.get_template(f"{status}.html").render({"request_id": number})
        response = HttpResponse(page, status=status)
    if busy:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return response
