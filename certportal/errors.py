"""Answers to requests that cannot be served."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from certportal.middleware import wants_json


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in the caller's own format that the form's token was missing or old."""
    if wants_json(request):
        return JsonResponse({"code": "csrf"}, status=403)
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
