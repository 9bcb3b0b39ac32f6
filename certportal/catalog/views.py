"""The public list of certifications."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from certportal.catalog.forms import filters_from
from certportal.catalog.selectors.certification_list import certification_list as list_page


@require_safe
def certification_list(request: HttpRequest) -> HttpResponse:
    """Every certification, or those that the reader's search and filters leave."""
    filters = filters_from(request.GET)
    context = {"page": list_page(filters), "filters": filters}
    return render(request, "catalog/certification_list.html", context)
