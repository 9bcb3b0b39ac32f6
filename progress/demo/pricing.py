"""The instructor's own questions and mock exams, two of the questions with a wrong key."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from certportal.accounts.models import User
from certportal.catalog.models import ExamGuide
from quizzes.formats import parse
from quizzes.models import Exam, Question, QuestionSet
from quizzes.models.exam import Feedback
from quizzes.services.exam_editing import Drawing, publish_exam, save_exam
from quizzes.services.importing import import_questions

SET_SLUG = "demo-week-6-pricing-models"
MISKEYED = {"pricing-05": "b", "pricing-09": "a"}
"""What is really right in the questions whose key is wrong: statistics are to find them."""

_FILE = Path(__file__).with_name("week-6-pricing.yaml")


@dataclass(frozen=True, slots=True)
class OwnExams:
    """What the instructor has made."""

    questions: QuestionSet
    pricing: Exam
    check: Exam
    rehearsal: Exam


def make_own_exams(instructor: User, guide: ExamGuide) -> OwnExams:
    """A question set and three published mock exams."""
    questions = _make_set(instructor)
    shipped = QuestionSet.objects.get(is_shipped=True, slug=guide.certification.slug)
    billing = guide.domains.get(key="D4")
    return OwnExams(
        questions=questions,
        pricing=_publish(
            Exam(
                title="Week 6: pricing models",
                guide=guide,
                size=12,
                minutes=18,
                cut_fraction=Decimal("0.6"),
                feedback=Feedback.AFTER_CLOSE,
                instructions="Twelve questions on what things cost. No notes, please.",
            ),
            Drawing(weights={billing: Decimal(100)}, sources=[questions]),
            by=instructor,
        ),
        check=_publish(
            Exam(title="Short check", guide=guide, size=20, minutes=25, feedback="score_only"),
            Drawing(weights={}, sources=[shipped]),
            by=instructor,
        ),
        rehearsal=_publish(
            Exam(title="Rehearsal with pricing", guide=guide, size=30, minutes=45),
            Drawing(weights={}, sources=[questions, shipped]),
            by=instructor,
        ),
    )


def _make_set(instructor: User) -> QuestionSet:
    questions = QuestionSet.objects.create(
        slug=SET_SLUG,
        title="Week 6: pricing models",
        description="My own questions for the sixth week of Cloud Foundations.",
        use=QuestionSet.Use.EXAM_ONLY,
        owner=instructor,
    )
    bank = parse(_FILE.read_bytes(), name=_FILE.name)
    plan = import_questions(
        bank, question_set=questions, by=instructor, status=Question.Status.READY
    )
    if plan.errors:
        raise ValueError(f"{_FILE.name}: {plan.errors}")
    return questions


def _publish(exam: Exam, drawing: Drawing, *, by: User) -> Exam:
    save_exam(exam, by=by, drawing=drawing)
    publish_exam(exam, by=by)
    return exam
