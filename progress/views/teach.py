"""The door of those who teach: their classes, the one that needs them first."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from certportal.accounts.http import UserRequest
from certportal.accounts.services.classes import may_teach
from progress.forms.class_filters import page_number
from progress.selectors.teach import teaching


@require_safe
def teach(request: UserRequest) -> HttpResponse:
    """My classes; nothing for those who neither teach nor assist nor could."""
    page = teaching(request.user, number=page_number(request.GET), now=timezone.now())
    is_anybody = page.current or page.archived or request.user.is_staff
    if not is_anybody:
        raise Http404
    context = {"page": page, "may_teach": may_teach(request.user)}
    return render(request, "progress/teach/home.html", context)
