"""Everything that starts an attempt: draws the paper and freezes it."""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from certportal.accounts.models import User
from certportal.catalog.models import ExamGuide
from certportal.lib.clock import db_now
from certportal.lib.durability import is_durable
from quizzes.engine.drawing import draw, practice_draw
from quizzes.engine.kinds.registry import get_kind
from quizzes.engine.terms import term
from quizzes.models import Attempt, AttemptItem, Exam, Placement, QuestionRevision
from quizzes.selectors.candidates import candidates_for, mock_placements
from quizzes.selectors.mock_offers import MockOffer, domain_weights, mock_offer
from quizzes.selectors.withholding import withheld_question_ids
from quizzes.services.closing import close_overdue_attempt
from quizzes.services.errors import CannotStartError

LARGEST_PRACTICE = 50


def start_mock(*, student: User, exam: Exam) -> Attempt:
    """Start a mock exam, or return the one that this student has open.

    Two starts at once make one attempt: the database keeps a second one out.

    Raises:
        CannotStartError: `retired`, `too_few` and the other reasons of an offer,
            or `not_durable` when the database may forget what it confirmed.
    """
    running = _running(student, exam)
    if running is not None:
        return running
    require_durable_database()
    offer = mock_offer(exam.guide)
    if not offer.available:
        raise CannotStartError(offer.reason)
    now = db_now()
    seed = secrets.randbits(62)
    paper = draw(
        candidates_for(mock_placements([exam.guide]), student=student, now=now),
        weights=domain_weights(exam.guide),
        size=offer.size,
        seed=seed,
    )
    terms = mock_terms(student, offer)
    attempt = Attempt(
        student=student,
        mode=Attempt.Mode.MOCK,
        exam=exam,
        guide=exam.guide,
        started_at=now,
        deadline_at=now + timedelta(minutes=offer.minutes) * float(student.own_extra_time_factor),
        terms=terms,
        seed=seed,
        relaxations=list(paper.relaxations),
    )
    try:
        return _freeze(attempt, paper.picks)
    except IntegrityError:
        # Somebody (a second click, another tab) was quicker by a moment.
        return Attempt.objects.open().get(student=student, exam=exam)


def start_practice(
    *,
    student: User,
    guide: ExamGuide,
    size: int,
    domain_keys: Collection[str] = (),
    question_ids: Collection[int] | None = None,
) -> Attempt:
    """Start a practice of at most `size` questions, unseen ones first.

    Questions on the paper of an open timed attempt are left out.

    Raises:
        CannotStartError: `no_questions`.
    """
    placements = Placement.objects.for_practice().filter(guide=guide)
    if domain_keys:
        placements = placements.filter(domain__key__in=domain_keys)
    if question_ids is not None:
        placements = placements.filter(question_id__in=question_ids)
    now = db_now()
    seed = secrets.randbits(62)
    candidates = candidates_for(
        placements, student=student, now=now, without=withheld_question_ids(student)
    )
    paper = practice_draw(candidates, size=min(size, LARGEST_PRACTICE), seed=seed)
    if not paper.picks:
        raise CannotStartError("no_questions")
    attempt = Attempt(
        student=student,
        mode=Attempt.Mode.PRACTICE,
        guide=guide,
        started_at=now,
        terms={"questions": term(len(paper.picks), "choice")},
        seed=seed,
        relaxations=list(paper.relaxations),
    )
    return _freeze(attempt, paper.picks)


def require_durable_database() -> None:
    """Refuse an exam where the database may lose what it confirmed.

    Raises:
        CannotStartError: `not_durable`.
    """
    if settings.EXAMS_NEED_DURABLE_DATABASE and not is_durable():
        raise CannotStartError("not_durable")


def _running(student: User, exam: Exam) -> Attempt | None:
    attempt = Attempt.objects.open().filter(student=student, exam=exam).first()
    if attempt is None:
        return None
    close_overdue_attempt(public_id=attempt.public_id, student=student)
    return Attempt.objects.open().filter(pk=attempt.pk).first()


def _freeze(attempt: Attempt, picks: Sequence[int]) -> Attempt:
    """Write the attempt with its paper, all or nothing."""
    revisions = {
        revision.question_id: revision
        for revision in QuestionRevision.objects.filter(question_id__in=picks).newest().defer("key")
    }
    domains = dict(
        Placement.objects.filter(guide=attempt.guide, question_id__in=picks).values_list(
            "question_id", "domain_id"
        )
    )
    items = [
        AttemptItem(
            attempt=attempt,
            position=position,
            question_id=question_id,
            revision=revisions[question_id],
            domain_id=domains[question_id],
            presentation_order=option_order(revisions[question_id].body, attempt.seed, question_id),
        )
        for position, question_id in enumerate(picks, start=1)
    ]
    with transaction.atomic():
        attempt.save(force_insert=True)
        AttemptItem.objects.bulk_create(items)
    return attempt


def option_order(body: Mapping[str, Any], seed: int, question_id: int) -> dict[str, list[str]]:
    """The order in which one attempt shows the options of a question."""
    # Chosen anew for every attempt; nothing secret hangs on it.
    rng = random.Random(f"{seed}:{question_id}")  # noqa: S311
    return get_kind(body["kind"]).presentation_order(body, rng)


def mock_terms(student: User, offer: MockOffer) -> dict[str, Any]:
    """The rules of a mock that a student starts without being asked, as they are frozen."""
    guide = offer.guide
    return {
        "questions": term(offer.size, "guide" if offer.size == guide.total else "bank"),
        "minutes": term(offer.minutes, "guide"),
        "extra_time": term(str(_plain(student.own_extra_time_factor)), "choice"),
        "cut_fraction": term(
            str(_plain(guide.cut_fraction)), "estimate" if guide.cut_is_estimate else "guide"
        ),
        "scale": term(guide.scale and list(guide.scale), "guide"),
        "grace_seconds": term(settings.EXAM_GRACE_SECONDS, "portal"),
        "feedback": term("after_end", "portal"),
    }


def _plain(factor: Decimal) -> Decimal:
    return factor.normalize()
