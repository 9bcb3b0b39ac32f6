"""The question page and the checked save, without anything that a portal adds."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from bench.bare.models import Answer, Attempt, Question


@login_required
def question(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(Question, pk=pk)
    return render(request, "question.html", {"item": item, "numbers": range(1, 66)})


@login_required
@require_POST
def answer(request: HttpRequest, pk: int) -> JsonResponse:
    """What a correct portal does at least: the attempt row is locked and checked."""
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update().get(
            pk=request.session["attempt"], user=request.user
        )
        if attempt.submitted:
            return JsonResponse({"ok": False}, status=409)
        row = Answer(
            attempt=attempt,
            question_id=pk,
            choice=int(request.POST["choice"]),
            saved=timezone.now(),
        )
        Answer.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["attempt", "question"],
            update_fields=["choice", "saved"],
        )
    return JsonResponse({"ok": True})
