"""Two people at one exam, and what the record says of it."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import connection

from certportal.accounts.models import AuditEvent
from quizzes.models import Exam
from quizzes.services.exam_editing import (
    Drawing,
    UndrawableExamError,
    WrongStateError,
    archive_exam,
    copy_exam,
    publish_exam,
    save_exam,
    unpublish_exam,
)
from tests.factories.accounts import InstructorFactory
from tests.factories.catalog import make_guide
from tests.factories.quizzes import QuestionSetFactory, stock_guide
from tests.quizzes.admin.exams import own_exam

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return InstructorFactory()


@pytest.fixture
def exam(person):
    guide = make_guide(50, 50)
    own_set = QuestionSetFactory(owner=person)
    stock_guide(guide, each=5, home_set=own_set)
    return own_exam(person, guide, size=10, sources=[own_set])


def fresh(exam):
    return Exam.objects.get(pk=exam.pk)


def test_saving_does_not_undo_what_somebody_published_meanwhile(exam, person):
    stale = fresh(exam)
    publish_exam(exam, by=person)
    stale.title = "Renamed"
    save_exam(stale, by=person)
    assert (fresh(exam).title, fresh(exam).is_published) == ("Renamed", True)
    unpublish_exam(exam, by=person)
    save_exam(stale, by=person)
    assert not fresh(exam).is_published


def test_what_was_published_meanwhile_must_stay_drawable_too(exam, person):
    stale = fresh(exam)
    publish_exam(exam, by=person)
    stale.size = 11
    with pytest.raises(UndrawableExamError, match="Domain 1 lacks 1 question"):
        save_exam(stale, by=person)
    assert fresh(exam).size == 10


def test_nothing_is_saved_in_what_was_archived_meanwhile(exam, person):
    stale = fresh(exam)
    archive_exam(exam, by=person)
    stale.title = "Renamed"
    with pytest.raises(WrongStateError):
        save_exam(stale, by=person)
    assert fresh(exam).title == "Midterm"
    with pytest.raises(WrongStateError):
        publish_exam(stale, by=person)


def test_a_refused_change_leaves_no_trace(exam, person):
    publish_exam(exam, by=person)
    before = AuditEvent.objects.count()
    domain = exam.guide.domains.first()
    with pytest.raises(UndrawableExamError):
        save_exam(
            fresh(exam), by=person, drawing=Drawing(weights={domain: Decimal(100)}, sources=[])
        )
    assert exam.weights.count() == 0
    assert exam.sources.count() == 1
    assert AuditEvent.objects.count() == before


def test_the_record_names_what_an_exam_draws_by(exam, person):
    save_exam(fresh(exam), by=person)
    event = AuditEvent.objects.get(action="exam-changed")
    assert (event.actor, event.target) == (person, f"exam:{exam.pk}")
    assert event.after["sources"] == [exam.sources.get().pk]
    assert event.after["size"] == 10


def test_a_long_title_is_cut_in_its_copy(exam, person):
    exam.title = "T" * 120
    exam.save()
    assert copy_exam(exam, by=person).title == f"Copy of {'T' * 111}…"


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_both_end_well(exam, person):
    domains = list(exam.guide.domains.all())
    start = threading.Barrier(2)
    saved = []

    def save(first):
        try:
            start.wait(timeout=10)
            weights = dict(zip(domains, (Decimal(first), 100 - Decimal(first)), strict=True))
            drawing = Drawing(weights=weights, sources=list(exam.sources.all()))
            save_exam(fresh(exam), by=person, drawing=drawing)
            saved.append(first)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[first]) for first in (40, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(saved) == [40, 60]
    assert sum(row.weight for row in exam.weights.all()) == 100
