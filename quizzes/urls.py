"""Addresses of the question pages."""

from __future__ import annotations

from django.urls import path

from quizzes.views import (
    assignments,
    attempt_receipts,
    attempt_scripts,
    attempts,
    exams,
    practice,
    results,
    samples,
)

app_name = "quizzes"

urlpatterns = [
    path("practice/", practice.practice, name="practice"),
    path("samples/", samples.sample_list, name="sample-list"),
    path("samples/<int:number>/", samples.sample_detail, name="sample-detail"),
    path("exams/", exams.exam_list, name="exam-list"),
    path("exams/<slug:slug>/", exams.exam_detail, name="exam-detail"),
    path("exams/<slug:slug>/start/", exams.exam_start, name="exam-start"),
    path("assignments/<uuid:public_id>/", assignments.assignment_detail, name="assignment-detail"),
    path(
        "assignments/<uuid:public_id>/start/",
        assignments.assignment_start,
        name="assignment-start",
    ),
    path(
        "attempts/<uuid:public_id>/q/<int:position>/",
        attempts.attempt_question,
        name="attempt-question",
    ),
    path(
        "attempts/<uuid:public_id>/answers/",
        attempt_scripts.attempt_answers,
        name="attempt-answers",
    ),
    path(
        "attempts/<uuid:public_id>/state/", attempt_scripts.attempt_state_view, name="attempt-state"
    ),
    path(
        "attempts/<uuid:public_id>/paper/", attempt_scripts.attempt_paper_view, name="attempt-paper"
    ),
    path(
        "attempts/<uuid:public_id>/take-over/",
        attempt_scripts.attempt_take_over,
        name="attempt-take-over",
    ),
    path("attempts/<uuid:public_id>/review/", attempts.attempt_review, name="attempt-review"),
    path(
        "attempts/<uuid:public_id>/sections/next/",
        attempts.attempt_next_section,
        name="attempt-next-section",
    ),
    path(
        "attempts/<uuid:public_id>/receipts/",
        attempt_receipts.attempt_receipts,
        name="attempt-receipts",
    ),
    path(
        "attempts/<uuid:public_id>/unsent/",
        attempt_receipts.attempt_unsent,
        name="attempt-unsent",
    ),
    path("attempts/<uuid:public_id>/submit/", attempts.attempt_submit, name="attempt-submit"),
    path("attempts/<uuid:public_id>/result/", attempts.attempt_result, name="attempt-result"),
    path(
        "attempts/<uuid:public_id>/result/<int:position>/",
        results.attempt_result_question,
        name="attempt-result-question",
    ),
]
