"""The reader's choice of a light or dark page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "theme"
THEMES = ("light", "dark")
_A_YEAR = 365 * 24 * 3600


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme on this device; anything but light and dark means the device's own."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    # Not redirect(): it would take a word without a slash for the name of a view.
    response = HttpResponseRedirect(target)
    theme = request.POST.get("theme")
    if theme in THEMES:
        response.set_cookie(
            COOKIE,
            theme,
            max_age=_A_YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.SERVED_OVER_HTTPS,
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
