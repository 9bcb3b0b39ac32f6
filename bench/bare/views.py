"""A whole exam with the checked save, without anything that a portal adds."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from bench.bare.models import Answer, Attempt, Question


@login_required
def exam(request: HttpRequest) -> HttpResponse:
    request.session["attempt"] = Attempt.objects.create(user=request.user).pk
    return redirect("/q/1")


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


@login_required
@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    attempt = Attempt.objects.filter(pk=request.session["attempt"], submitted=None)
    attempt.update(submitted=timezone.now())
    return redirect("/result")


@login_required
def result(request: HttpRequest) -> HttpResponse:
    answers = Answer.objects.filter(attempt_id=request.session["attempt"])
    rows = list(answers.select_related("question").order_by("question_id"))
    score = sum(row.choice == row.question.correct for row in rows)
    return render(request, "result.html", {"rows": rows, "score": score})
