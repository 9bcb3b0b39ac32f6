"""One's own progress: all certifications, and one of them in detail."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from certportal.accounts.http import UserRequest
from certportal.catalog.models import Certification
from certportal.lib.clock import db_now
from progress.selectors import my_progress as selectors


@require_safe
def my_progress(request: UserRequest) -> HttpResponse:
    page = selectors.my_progress(request.user, now=db_now())
    return render(request, "progress/progress/list.html", {"page": page})


@require_safe
def my_progress_detail(request: UserRequest, slug: str) -> HttpResponse:
    certification = get_object_or_404(Certification.objects.select_related("vendor"), slug=slug)
    page = selectors.certification_progress(request.user, certification, now=db_now())
    return render(request, "progress/progress/detail.html", {"page": page})
