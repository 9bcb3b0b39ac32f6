"""The page of one certification."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from certportal.accounts.models import User
from certportal.catalog.models import Certification
from certportal.catalog.selectors.certification_facts import certification_facts
from progress.selectors.certification import exam_side


@require_safe
def certification_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What the exam asks, what the bank holds for it, and where the reader stands."""
    found = get_object_or_404(Certification.objects.select_related("vendor"), slug=slug)
    facts = certification_facts(found)
    student = request.user if isinstance(request.user, User) else None
    side = exam_side(facts.exam, student) if facts.exam else None
    return render(request, "progress/certification.html", {"facts": facts, "side": side})
