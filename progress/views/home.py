"""The front page: what this is for a stranger, what to do now for a student."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certportal.accounts.models import User
from certportal.lib.charts import Interval, interval_chart
from certportal.lib.translated import reader_language
from progress.selectors.public_home import public_home
from progress.selectors.today import today
from quizzes.engine.scoring import wilson
from quizzes.services.continuing import sittings_to_continue

# The drawn example of the public page: a result of 48 right of 65 with a pass line of 47.
_EXAMPLE_RIGHT, _EXAMPLE_SIZE, _EXAMPLE_LINE = 48, 65, 47


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Today for people who are signed in, the public page for everybody else."""
    if isinstance(request.user, User):
        return _today(request, request.user)
    return _public(request)


def _today(request: HttpRequest, student: User) -> HttpResponse:
    now = timezone.now()
    page = today(student, sittings_to_continue(student), now=now)
    return render(request, "progress/today.html", {"page": page, "now": now})


def _public(request: HttpRequest) -> HttpResponse:
    page = public_home()
    language = reader_language()
    found = page.sample
    context = {
        "page": page,
        "example": _example(),
        "card": found.card(language) if found else None,
        "feedback": found.feedback(None, language) if found else None,
    }
    return render(request, "progress/home.html", context)


def _example() -> dict[str, object]:
    """An invented result, drawn and worded by the same functions as a real one."""
    interval = wilson(_EXAMPLE_RIGHT, _EXAMPLE_SIZE)
    low, high = round(interval.low * _EXAMPLE_SIZE), round(interval.high * _EXAMPLE_SIZE)
    numbers = {
        "right": _EXAMPLE_RIGHT,
        "size": _EXAMPLE_SIZE,
        "line": _EXAMPLE_LINE,
        "low": low,
        "high": high,
    }
    chart = interval_chart(
        Interval(_EXAMPLE_RIGHT, low, high),
        scale=(0, _EXAMPLE_SIZE),
        target=(_EXAMPLE_LINE, _("pass line %(points)s") % {"points": _EXAMPLE_LINE}),
    )
    return {**numbers, "chart": chart}
