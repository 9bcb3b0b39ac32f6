"""The calendar of one's classes: a secret address to subscribe to, and what stands behind it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certportal.accounts.http import UserRequest
from certportal.accounts.models import CalendarAddress
from certportal.accounts.services.calendar_addresses import (
    UnknownCalendarError,
    make_calendar_address,
    person_of_calendar,
    revoke_calendar_address,
)
from certportal.lib.clock import db_now
from certportal.lib.icalendar import CONTENT_TYPE, calendar
from progress.selectors.my_calendar import my_calendar

_PRODUCT = "-//Certportal//Classes//EN"


@require_safe
def calendar_feed(_request: HttpRequest, token: str) -> HttpResponse:
    """What calendar programs fetch; they have the address and nothing else."""
    try:
        person = person_of_calendar(token)
    except UnknownCalendarError as error:
        raise Http404 from error
    language = person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        name = _("Certportal: my classes")
        file = calendar(my_calendar(person), name=name, stamp=db_now(), product=_PRODUCT)
    headers = {
        # Whoever follows a link to it gets a file to add, not a page.
        "Content-Disposition": 'inline; filename="classes.ics"',
        "Cache-Control": "private, no-cache",
        "Content-Language": language,
        "X-Robots-Tag": "noindex",
    }
    return HttpResponse(file, content_type=CONTENT_TYPE, headers=headers)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_address(request: UserRequest) -> HttpResponse:
    """Make the address, anew too, or end it. It is shown once: only its digest is kept."""
    url = ""
    if request.method == "POST":
        if request.POST.get("do") == "revoke":
            revoke_calendar_address(request.user)
            return redirect("progress:calendar-address")
        token = make_calendar_address(request.user)
        url = settings.PUBLIC_URL + reverse("progress:calendar-feed", args=[token])
    address = CalendarAddress.objects.filter(person=request.user).first()
    return render(request, "progress/classes/calendar.html", {"address": address, "url": url})
