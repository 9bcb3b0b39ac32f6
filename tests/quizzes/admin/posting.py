"""What the forms of the administration post."""

from __future__ import annotations

from django.urls import reverse

from quizzes.models import AttemptItem
from tests.factories.attempts import make_attempt


def use(question):
    """Put the question on somebody's paper."""
    attempt = make_attempt("single")
    AttemptItem.objects.create(
        attempt=attempt,
        position=2,
        question=question,
        revision=question.revisions.order_by("-number").first(),
        domain=question.placements.get().domain,
    )


def add_address(kind, slug="stones"):
    return f"{reverse('admin:quizzes_question_add')}?set={slug}&kind={kind}"


def change_address(question):
    return reverse("admin:quizzes_question_change", args=[question.pk])


def posted(rows, *, correct, domain=None, initial=0, **changes):
    """What the desk's form sends; a row is (English, Chinese, why, why in Chinese)."""
    data = {
        "stem_en": "Which stone is black?",
        "stem_zh": "哪种石头是黑色的？",
        "explanation_en": "Basalt is.",
        "explanation_zh": "玄武岩是黑色的。",
        "reference": "https://docs.example.org/basalt",
        "shuffle": "on",
        "correct": [str(number) for number in correct],
        "options-TOTAL_FORMS": str(len(rows)),
        "options-INITIAL_FORMS": str(initial),
        "places-TOTAL_FORMS": "1",
        "places-INITIAL_FORMS": "0",
        "places-0-domain": str(domain.pk) if domain else "",
        "places-0-main": "",
        "external_id": "stones-001",
        "difficulty": "3",
        "tags": "rocks, colours",
        "enemy_group": "",
        "verification": "sourced",
        "status": "ready" if domain else "draft",
        "_save": "1",
    }
    for number, row in enumerate(rows):
        names = ("text_en", "text_zh", "why_en", "why_zh", "id")
        data |= {f"options-{number}-{name}": text for name, text in zip(names, row, strict=False)}
    return {**data, **changes}


ROWS = [
    ("Basalt", "玄武岩", "It is black.", "它是黑色的。"),
    ("Chalk", "白垩", "It is white.", "它是白色的。"),
    ("Amber", "琥珀", "It is yellow.", "它是黄色的。"),
    ("", "", "", ""),
]
