"""The page of one certification."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from certportal.accounts.models import User
from certportal.catalog.models import Certification
from progress.selectors.certification import exam_side
from progress.selectors.certification_facts import certification_facts


@require_GET
def certification_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What the exam asks, what the bank holds for it, and where the reader stands."""
    try:
        facts = certification_facts(slug, get_language() or "en")
    except Certification.DoesNotExist as error:
        raise Http404 from error
    student = request.user if isinstance(request.user, User) else None
    side = exam_side(facts.guide, student) if facts.guide else None
    context = {"facts": facts, "side": side}
    return render(request, "progress/certification.html", context)
