"""Everything that starts an attempt: draws the paper and freezes it."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from certportal.accounts.models import Membership, User
from certportal.catalog.models import ExamGuide
from certportal.lib.clock import db_now
from certportal.lib.durability import is_durable
from quizzes.engine.arranging import Paper, arrange, trial_draw
from quizzes.engine.drawing import draw, fillable_size, practice_draw
from quizzes.engine.presenting import option_order
from quizzes.engine.terms import deadline, refusal, term
from quizzes.models import Assignment, Attempt, AttemptItem, Exam, Placement, QuestionRevision
from quizzes.selectors.assignment_terms import rules_of_blueprint, terms_for
from quizzes.selectors.candidates import candidates_for, mock_placements
from quizzes.selectors.exam_blueprint import Blueprint, exam_blueprint
from quizzes.selectors.mock_offers import MockOffer, domain_weights, mock_offer
from quizzes.selectors.withholding import withheld_question_ids
from quizzes.services.assignment_passwords import check_password_of
from quizzes.services.closing import close_overdue_attempt
from quizzes.services.errors import CannotStartError

LARGEST_PRACTICE = 50


def start_mock(*, student: User, exam: Exam) -> Attempt:
    """Start a mock exam, or return the one that this student has open.

    Two starts at once make one attempt: the database keeps a second one out.

    Raises:
        CannotStartError: `retired`, `too_few` and the other reasons of an offer,
            `only_assigned` for an instructor's exam,
            or `not_durable` when the database may forget what it confirmed.
    """
    if not exam.is_shipped:
        raise CannotStartError("only_assigned")
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
    )
    try:
        return _freeze(attempt, arrange(paper, seed=seed))
    except IntegrityError:
        # Somebody (a second click, another tab) was quicker by a moment.
        return Attempt.objects.open().get(student=student, exam=exam, assignment=None)


def start_assigned(*, student: User, assignment: Assignment, password: str = "") -> Attempt:
    """Start a sitting of an assigned exam, or return the one that this student has open.

    An open one is returned whatever has become of the assignment, and without its password.

    Raises:
        CannotStartError: `not_given`, `withdrawn`, `archived`, `wrong_password`,
            `too_many_passwords`, the reasons of `refusal` and of a blueprint,
            `exam_unpublished`, or `not_durable`.
    """
    if assignment.exam is None:
        raise CannotStartError("not_given")
    running = _running(student, assignment.exam, assignment)
    if running is not None:
        return running
    require_durable_database()
    check_password_of(assignment, student=student, password=password)
    try:
        with transaction.atomic():
            return _start_assigned(student, assignment.pk)
    except IntegrityError:
        return Attempt.objects.open().get(student=student, assignment=assignment)


def _start_assigned(student: User, assignment_id: int) -> Attempt:
    assignment = Assignment.objects.select_related("classroom", "exam__guide__certification").get(
        pk=assignment_id
    )
    # One start of a person in a class at a time: two could both see the last attempt left.
    member = _locked_member(student, assignment)
    quicker = Attempt.objects.open().filter(student=student, assignment=assignment).first()
    if quicker:
        return quicker
    now, blueprint = db_now(), exam_blueprint(_startable_exam(assignment))
    terms = terms_for(assignment, member, exam=rules_of_blueprint(blueprint))
    if terms is None:
        raise CannotStartError("not_given")
    used = Attempt.objects.counted().filter(student=student, assignment=assignment).count()
    code = refusal(terms, now=now, used=used) or blueprint.reason
    if code:
        raise CannotStartError(code)
    seed = secrets.randbits(62)
    paper = _assigned_paper(blueprint, student=student, now=now, seed=seed)
    attempt = Attempt(
        student=student,
        mode=Attempt.Mode.MOCK,
        exam=blueprint.exam,
        assignment=assignment,
        guide=blueprint.guide,
        started_at=now,
        deadline_at=deadline(now, terms),
        terms=terms.frozen(),
        seed=seed,
        sections=[
            {"key": _section_key(number), "title": section.title}
            for number, section in enumerate(blueprint.sections)
        ],
        section=_section_key(0) if blueprint.sections else "",
    )
    return _freeze(attempt, paper)


def _section_key(number: int) -> str:
    """How the section with this number, from 0, is named as long as the attempt lives."""
    return f"s{number + 1}"


def _locked_member(student: User, assignment: Assignment) -> Membership:
    member = (
        Membership.objects.current()
        .students()
        .select_for_update(no_key=True, of=("self",))
        .select_related("person")
        .filter(person=student, classroom=assignment.classroom)
        .first()
    )
    if member is None:
        raise CannotStartError("not_given")
    return member


def _startable_exam(assignment: Assignment) -> Exam:
    if assignment.is_withdrawn:
        raise CannotStartError("withdrawn")
    if assignment.classroom.archived_at:
        raise CannotStartError("archived")
    if assignment.exam is None or not assignment.exam.is_published:
        raise CannotStartError("exam_unpublished")
    return assignment.exam


def _assigned_paper(blueprint: Blueprint, *, student: User, now: datetime, seed: int) -> Paper:
    """A full paper, where possible without what stands on other open papers of the student."""
    every = candidates_for(blueprint.placements, student=student, now=now)
    withheld = withheld_question_ids(student)
    apart = [it for it in every if it.question_id not in withheld]
    weights, size = blueprint.weights, blueprint.size
    fits = fillable_size(apart, weights=weights, at_most=size, at_least=size) == size
    paper = draw(apart if fits else every, weights=weights, size=size, seed=seed)
    on_trial = (
        candidates_for(blueprint.trial_placements, student=student, now=now, without=withheld)
        if blueprint.trials
        else ()
    )
    return arrange(
        paper,
        sections=blueprint.section_sizes,
        trials=trial_draw(on_trial, beside=paper.members, size=blueprint.trials, seed=seed),
        wanted_trials=blueprint.trials,
        seed=seed,
    )


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
    )
    return _freeze(attempt, arrange(paper, seed=seed))


def require_durable_database() -> None:
    """Refuse an exam where the database may lose what it confirmed.

    Raises:
        CannotStartError: `not_durable`.
    """
    if settings.EXAMS_NEED_DURABLE_DATABASE and not is_durable():
        raise CannotStartError("not_durable")


def _running(student: User, exam: Exam, assignment: Assignment | None = None) -> Attempt | None:
    mine = Attempt.objects.open().filter(student=student, exam=exam, assignment=assignment)
    attempt = mine.first()
    if attempt is None:
        return None
    close_overdue_attempt(public_id=attempt.public_id, student=student)
    return Attempt.objects.open().filter(pk=attempt.pk).first()


def _freeze(attempt: Attempt, paper: Paper) -> Attempt:
    """Write the attempt with its paper, all or nothing."""
    attempt.relaxations = list(paper.relaxations)
    picks = paper.picks
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
            question_id=place.question.question_id,
            revision=(revision := revisions[place.question.question_id]),
            domain_id=domains[place.question.question_id],
            section=_section_key(place.section) if attempt.sections else "",
            block=place.question.block,
            is_scored=place.is_scored,
            presentation_order=option_order(revision.body, attempt.seed, revision.question_id),
        )
        for position, place in enumerate(paper.places, start=1)
    ]
    with transaction.atomic():
        attempt.save(force_insert=True)
        AttemptItem.objects.bulk_create(items)
    return attempt


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
