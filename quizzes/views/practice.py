"""The door to practice: choose a certification, its domains and a number, then start."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from certportal.accounts.http import UserRequest
from certportal.catalog.models import ExamGuide
from quizzes.forms.practice import SIZES, USUAL_SIZE, PracticeForm
from quizzes.selectors.practice_doors import PracticeDoor, certification_doors, practice_door
from quizzes.services.continuing import sittings_to_continue
from quizzes.services.errors import CannotStartError
from quizzes.services.starting import start_practice


@require_http_methods(["GET", "HEAD", "POST"])
def practice(request: UserRequest) -> HttpResponse:
    """Certifications to practise, the domains of one of them, or the start."""
    if request.method == "POST":
        return _start(request, _door(request, request.POST.get("certification", "")))
    slug = request.GET.get("certification", "")
    if slug:
        return _render_door(request, _door(request, slug), chosen=request.GET.getlist("domain"))
    context = {
        "doors": certification_doors(request.user),
        "sittings": sittings_to_continue(request.user),
    }
    return render(request, "quizzes/practice/certifications.html", context)


def _door(request: UserRequest, slug: str) -> PracticeDoor:
    guide = (
        ExamGuide.objects.current()
        .select_related("certification__vendor")
        .prefetch_related("domains")
        # PostgreSQL refuses a NUL that a form may send.
        .filter(certification__slug=slug.replace("\x00", "?"))
        .first()
    )
    if guide is None:
        raise Http404
    return practice_door(guide, request.user)


def _start(request: UserRequest, door: PracticeDoor) -> HttpResponse:
    form = PracticeForm(request.POST, door=door)
    if not form.is_valid():
        errors = [str(text) for texts in form.errors.values() for text in texts]
        return _refuse(request, door, errors)
    try:
        attempt = start_practice(
            student=request.user,
            guide=door.guide,
            size=form.cleaned_data["size"],
            domain_keys=form.cleaned_data["domain"],
        )
    except CannotStartError:
        return _refuse(request, door, [_nothing_to_draw(door)])
    return redirect("quizzes:attempt-question", attempt.public_id, 1)


def _nothing_to_draw(door: PracticeDoor) -> str:
    if door.withheld:
        return _(
            "All questions there stand on the paper of your open mock exam. "
            "Choose another domain, or come back when the mock is over."
        )
    return _("There are no questions to practise there yet. Choose something else.")


def _refuse(request: UserRequest, door: PracticeDoor, errors: list[str]) -> HttpResponse:
    chosen = request.POST.getlist("domain")
    return _render_door(request, door, chosen=chosen, errors=errors, status=422)


def _render_door(
    request: UserRequest,
    door: PracticeDoor,
    *,
    chosen: list[str],
    errors: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "door": door,
        "chosen": chosen,
        "errors": errors,
        "sizes": SIZES,
        "size": _size(request),
    }
    return render(request, "quizzes/practice/domains.html", context, status=status)


def _size(request: UserRequest) -> int:
    """The number that was asked for, if it is one of those offered."""
    asked = request.POST.get("size") or request.GET.get("size") or ""
    return int(asked) if asked in {str(size) for size in SIZES} else USUAL_SIZE
