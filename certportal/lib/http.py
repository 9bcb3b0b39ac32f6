"""What a request says about its caller."""

from __future__ import annotations

from django.http import HttpRequest


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a script that reads JSON rather than a person with a page."""
    return (
        request.content_type == "application/json"
        or request.headers.get("Accept", "").split(",")[0].strip() == "application/json"
    )
