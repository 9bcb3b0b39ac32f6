"""Exams of instructors, and what the desk of one posts."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from quizzes.models import Exam, ExamWeight
from tests.factories.quizzes import ExamFactory


def own_exam(owner, guide, *, sources=(), weights=None, editors=(), published=False, **fields):
    """An exam of an instructor; weights by domain key."""
    exam = ExamFactory(
        guide=guide,
        owner=owner,
        slug=f"own-{Exam.objects.count()}",
        **{"title": "Midterm", **fields},
        published_at=timezone.now() if published else None,
    )
    exam.sources.set(sources)
    exam.editors.set(editors)
    for domain in guide.domains.all() if weights else ():
        ExamWeight.objects.create(exam=exam, domain=domain, weight=Decimal(weights[domain.key]))
    return exam


def address(exam, name="change"):
    return reverse(f"admin:quizzes_exam_{name}", args=[exam.pk])


def posted(exam, **changes):
    """The form of the desk as it stands, with changes; `weights` by domain key, `sections`."""
    weights = changes.pop("weights", {})
    sections = changes.pop("sections", exam.sections.values_list("title", "size"))
    data = {
        "title": exam.title,
        "guide": str(exam.guide_id),
        "size": exam.size or "",
        "minutes": exam.minutes or "",
        "pass_percent": "" if exam.cut_fraction is None else str(exam.cut_fraction * 100),
        "pilots": str(exam.pilots),
        "feedback": exam.feedback,
        "instructions": exam.instructions,
        "sources": [str(pk) for pk in exam.sources.values_list("pk", flat=True)],
        "editors": [str(pk) for pk in exam.editors.values_list("pk", flat=True)],
    }
    for domain in exam.guide.domains.all():
        data[f"weight_{domain.pk}"] = weights.get(domain.key, "")
    for number, (title, size) in enumerate(sections, start=1):
        data |= {f"section_{number}-title": title, f"section_{number}-size": str(size)}
    return {**data, **changes}


def every_address(exam):
    """(method, address, data) of everything that shows or changes an exam."""
    acts = ("publish", "unpublish", "archive", "restore", "copy")
    return [
        ("get", address(exam), {}),
        ("post", address(exam), posted(exam, title="Mine now", _save="1")),
        ("post", address(exam), posted(exam, title="Mine now", _check="1")),
        ("get", address(exam, "preview"), {}),
        ("get", address(exam, "preview"), {"keys": "1"}),
        ("get", address(exam, "history"), {}),
        *(("post", address(exam, act), {}) for act in acts),
    ]
