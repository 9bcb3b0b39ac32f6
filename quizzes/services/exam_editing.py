"""Everything that writes an instructor's mock exam: its settings, its state, copies of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from certportal.accounts.models import User
from certportal.accounts.services.auditing import record
from certportal.catalog.models import ExamDomain
from quizzes.models import Exam, ExamSection, ExamWeight, QuestionSet
from quizzes.selectors.exam_blueprint import SectionPlan, own_sections
from quizzes.selectors.exam_check import problems_of

_LONGEST_TITLE = 120
_SETTINGS = (
    "title",
    "guide",
    "size",
    "minutes",
    "cut_fraction",
    "pilots",
    "feedback",
    "instructions",
)


class UndrawableExamError(Exception):
    """The exam cannot be drawn; `problems` are sentences in the reader's language."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


class WrongStateError(Exception):
    """The exam is not in a state from which this can be done."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What an exam draws by, apart from its own columns."""

    weights: Mapping[ExamDomain, Decimal]
    """Empty: those of the guide."""
    sources: Collection[QuestionSet]
    """Empty: the shared bank."""
    sections: Sequence[SectionPlan] = ()
    """Empty: the paper is one piece."""


@transaction.atomic
def save_exam(
    exam: Exam,
    *,
    by: User,
    drawing: Drawing | None = None,
    editors: Collection[User] | None = None,
    request: HttpRequest | None = None,
) -> Exam:
    """Write a new exam of `by` or a changed one; `None` leaves that part as it is.

    Of a changed one only the settings are written: somebody may publish it meanwhile.

    Raises:
        UndrawableExamError: it is published, could be drawn, and could not any more.
        WrongStateError: it was archived meanwhile.
    """
    is_new = exam.pk is None
    must_stay_drawable = False
    if is_new:
        exam.owner, exam.slug = by, _new_slug()
        exam.save()
    else:
        stored = Exam.objects.select_for_update().get(pk=exam.pk)
        if stored.archived_at:
            raise WrongStateError
        must_stay_drawable = stored.is_published and not problems_of(stored)
        exam.save(update_fields=_SETTINGS)
    if drawing is not None:
        _write_drawing(exam, drawing)
    if editors is not None:
        exam.editors.set(editors)
    if must_stay_drawable:
        _require_drawable(exam)
    action = "exam-added" if is_new else "exam-changed"
    record(action, actor=by, target=exam_target(exam), after=_facts(exam), request=request)
    return exam


@transaction.atomic
def publish_exam(exam: Exam, *, by: User, request: HttpRequest | None = None) -> None:
    """Offer it for assignments.

    Raises:
        UndrawableExamError: it lacks something now.
        WrongStateError: it is archived, or published already.
    """
    _lock(exam)
    if exam.archived_at or exam.published_at:
        raise WrongStateError
    _require_drawable(exam)
    exam.published_at = timezone.now()
    _save_state(exam, "exam-published", by=by, request=request)


@transaction.atomic
def unpublish_exam(exam: Exam, *, by: User, request: HttpRequest | None = None) -> None:
    """Make it a draft again. Raises WrongStateError: it is not published."""
    _lock(exam)
    if not exam.is_published:
        raise WrongStateError
    exam.published_at = None
    _save_state(exam, "exam-unpublished", by=by, request=request)


@transaction.atomic
def archive_exam(exam: Exam, *, by: User, request: HttpRequest | None = None) -> None:
    """Put it away; nothing is deleted. Raises WrongStateError: it is away already."""
    _lock(exam)
    if exam.archived_at:
        raise WrongStateError
    exam.archived_at = timezone.now()
    _save_state(exam, "exam-archived", by=by, request=request)


@transaction.atomic
def restore_exam(exam: Exam, *, by: User, request: HttpRequest | None = None) -> None:
    """Take it back as a draft: what it draws from may have changed meanwhile.

    Raises:
        WrongStateError: it is not archived.
    """
    _lock(exam)
    if not exam.archived_at:
        raise WrongStateError
    exam.archived_at = exam.published_at = None
    _save_state(exam, "exam-restored", by=by, request=request)


@transaction.atomic
def copy_exam(exam: Exam, *, by: User, request: HttpRequest | None = None) -> Exam:
    """A draft of `by` that asks for the same, without editors.

    Sets that `by` may not open are left out.
    """
    copy = Exam.objects.create(
        slug=_new_slug(),
        owner=by,
        title=_title_of_copy(exam),
        guide=exam.guide,
        size=exam.size,
        minutes=exam.minutes,
        cut_fraction=exam.cut_fraction,
        pilots=exam.pilots,
        feedback=exam.feedback,
        instructions=exam.instructions,
    )
    _write_drawing(
        copy,
        Drawing(
            weights={row.domain: row.weight for row in exam.weights.select_related("domain")},
            sources=list(QuestionSet.objects.for_editor(by).filter(exams=exam)),
            sections=own_sections(exam),
        ),
    )
    after = {"from": exam_target(exam), **_facts(copy)}
    record("exam-copied", actor=by, target=exam_target(copy), after=after, request=request)
    return copy


def exam_target(exam: Exam) -> str:
    return f"exam:{exam.pk}"


def _write_drawing(exam: Exam, drawing: Drawing) -> None:
    exam.sources.set(drawing.sources)
    exam.weights.all().delete()
    ExamWeight.objects.bulk_create(
        ExamWeight(exam=exam, domain=domain, weight=weight)
        for domain, weight in drawing.weights.items()
    )
    exam.sections.all().delete()
    ExamSection.objects.bulk_create(
        ExamSection(exam=exam, position=position, title=section.title, size=section.size)
        for position, section in enumerate(drawing.sections, start=1)
    )


def _require_drawable(exam: Exam) -> None:
    problems = problems_of(_stored(exam))
    if problems:
        raise UndrawableExamError(problems)


def _stored(exam: Exam) -> Exam:
    """As it stands in the tables, whatever this object holds or has read before."""
    return Exam.objects.get(pk=exam.pk)


def _lock(exam: Exam) -> None:
    exam.refresh_from_db(from_queryset=Exam.objects.select_for_update())


def _save_state(exam: Exam, action: str, *, by: User, request: HttpRequest | None) -> None:
    exam.save(update_fields=["published_at", "archived_at"])
    record(action, actor=by, target=exam_target(exam), request=request)


def _new_slug() -> str:
    """No certification is called like this; the exam has no address of its own anyway."""
    return f"own-{uuid.uuid4().hex[:16]}"


def _title_of_copy(exam: Exam) -> str:
    title = exam.title or exam.guide.certification.text("name")
    whole = _("Copy of %(title)s") % {"title": title}
    return Truncator(whole).chars(_LONGEST_TITLE)


def _facts(exam: Exam) -> dict[str, object]:
    return {
        "guide": exam.guide_id,
        "size": exam.size,
        "minutes": exam.minutes,
        "cut_fraction": exam.cut_fraction,
        "pilots": exam.pilots,
        "sections": [[row.title, row.size] for row in exam.sections.all()],
        "feedback": exam.feedback,
        "weights": {str(row.domain_id): str(row.weight) for row in exam.weights.all()},
        "sources": sorted(exam.sources.values_list("pk", flat=True)),
        "editors": sorted(exam.editors.values_list("pk", flat=True)),
    }
