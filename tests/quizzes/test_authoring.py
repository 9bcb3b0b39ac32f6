"""Writing questions: what is kept, what is refused, what two people at once may do."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from quizzes.models import Question, QuestionRevision, SetEntry
from quizzes.services.authoring import (
    create_question,
    move_entry,
    revise,
    save_question,
    set_facts,
    set_placements,
    set_status,
)
from quizzes.services.question_checks import Place, RefusedQuestionError
from tests.factories.catalog import ExamDomainFactory, ObjectiveFactory, make_guide
from tests.factories.documents import KINDS, body_and_key
from tests.factories.quizzes import (
    OwnerFactory,
    QuestionFactory,
    QuestionSetFactory,
    SetEntryFactory,
)

pytestmark = pytest.mark.django_db


def create(home_set, external_id="stones-001", **changes):
    body, key = body_and_key(changes.pop("kind", "single"))
    values = {
        "home_set": home_set,
        "external_id": external_id,
        "body": body,
        "key": key,
        "by": home_set.owner,
    }
    return create_question(**{**values, **changes})


def codes(refusal):
    return {(problem.where, problem.code) for problem in refusal.value.problems}


def nothing_written():
    return not Question.objects.exists() and not SetEntry.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_question_of_any_kind_stands_last_in_its_set(kind):
    home_set = QuestionSetFactory()
    first, second = create(home_set, "one", kind=kind), create(home_set, "two", kind=kind)
    assert [entry.question for entry in home_set.entries.all()] == [first, second]
    revision = second.revisions.get()
    assert (revision.number, revision.measure, revision.change) == (1, 1, "new")
    assert revision.created_by == home_set.owner
    assert (second.kind, second.status) == (kind, "draft")


def test_placements_keep_the_order_of_objectives():
    domain = ExamDomainFactory()
    low, high = ObjectiveFactory(domain=domain), ObjectiveFactory(domain=domain)
    question = create(
        QuestionSetFactory(),
        placements=[Place(domain, [high, low], fit="weak")],
        status="ready",
        difficulty=5,
        tags=["stones"],
    )
    placement = question.placements.get()
    assert [aim.objective for aim in placement.aims.all()] == [high, low]
    assert (placement.guide, placement.fit) == (domain.guide, "weak")
    assert Question.objects.for_practice().get() == question
    question.refresh_from_db()
    assert (question.difficulty, question.tags) == (5, ["stones"])


def test_every_problem_is_told_and_nothing_is_written():
    guide = make_guide(60, 40)
    first, second = guide.domains.all()
    body, key = body_and_key()
    body["options"][1]["text"] = {"en": " "}
    key["correct"] = []
    with pytest.raises(RefusedQuestionError) as refusal:
        create(
            QuestionSetFactory(),
            body=body,
            key=key,
            placements=[Place(first, [ObjectiveFactory(domain=second)]), Place(second)],
            difficulty=6,
            tags=[""],
        )
    assert codes(refusal) == {
        ("body.options.1.text.en", "empty_text"),
        ("key.correct", "wrong_count"),
        ("placements.0", "foreign_objective"),
        ("placements.1", "repeated_guide"),
        ("difficulty", "out_of_range"),
        ("tags", "wrong_type"),
    }
    assert nothing_written()


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"status": "ready"}, "placements", "nowhere"),
        ({"external_id": " "}, "external_id", "bad_id"),
        ({"external_id": "x" * 121}, "external_id", "bad_id"),
        ({"body": {"kind": "essay"}}, "body.kind", "unknown_kind"),
        ({"body": None}, "body.kind", "unknown_kind"),
        ({"difficulty": 0}, "difficulty", "out_of_range"),
        ({"verification": "hearsay"}, "verification", "unknown_verification"),
    ],
)
def test_a_new_question_is_refused(changes, where, code):
    with pytest.raises(RefusedQuestionError) as refusal:
        create(QuestionSetFactory(), **changes)
    assert (where, code) in codes(refusal)
    assert nothing_written()


def test_an_external_id_is_taken_only_within_its_set():
    home_set = QuestionSetFactory()
    create(home_set)
    create(QuestionSetFactory())
    with pytest.raises(RefusedQuestionError) as refusal:
        create(home_set)
    assert codes(refusal) == {("external_id", "taken")}


@pytest.mark.parametrize(
    ("change", "measure"),
    [("typo", 1), ("explanation", 1), ("translation", 1), ("key", 2), ("content", 2)],
)
def test_key_and_content_raise_the_measure(change, measure):
    question = QuestionFactory()
    body, key = body_and_key()
    if change == "translation":
        body["stem"]["zh-hans"] = "哪一种？"
    else:
        key["explanation"] = {"en": "Otherwise."}
    revision = revise(question, body=body, key=key, change=change, by=question.home_set.owner)
    assert (revision.number, revision.measure, revision.change) == (2, measure, change)
    first = question.revisions.get(number=1)
    assert (first.body, first.key) == body_and_key()


def test_an_identical_document_makes_no_revision():
    question = QuestionFactory()
    revision = revise(
        question, body=body_and_key()[0], key=body_and_key()[1], change="content", by=None
    )
    assert revision == question.revisions.get()


def test_a_key_change_cannot_pass_for_a_typo():
    question = QuestionFactory()
    body, key = body_and_key()
    key["correct"] = ["c"]
    with pytest.raises(RefusedQuestionError) as refusal:
        revise(question, body=body, key=key, change="typo", by=None)
    assert codes(refusal) == {("change", "bigger_change")}
    assert question.revisions.count() == 1


@pytest.mark.parametrize("change", ["new", "polish"])
def test_unknown_change_classes_are_refused(change):
    question = QuestionFactory()
    body, key = body_and_key(stem="Another?")
    with pytest.raises(RefusedQuestionError) as refusal:
        revise(question, body=body, key=key, change=change, by=None)
    assert codes(refusal) == {("change", "unknown_change")}


def test_the_kind_never_changes():
    question = QuestionFactory()
    body, key = body_and_key("multiple")
    with pytest.raises(RefusedQuestionError) as refusal:
        revise(question, body=body, key=key, change="content", by=None)
    assert codes(refusal) == {("body.kind", "wrong_kind")}


def test_placements_are_replaced():
    old, kept = ExamDomainFactory(), ExamDomainFactory()
    question = QuestionFactory(domain=old)
    set_placements(question, placements=[Place(kept), Place(old)])
    untouched = question.placements.get(domain=kept).pk
    sibling = ExamDomainFactory(guide=kept.guide)
    set_placements(question, placements=[Place(sibling)])
    assert question.placements.get().domain == sibling
    assert question.placements.get().pk == untouched


def test_a_question_that_counts_nowhere_is_never_ready():
    question = QuestionFactory(status="draft")
    with pytest.raises(RefusedQuestionError):
        set_status(question, status="ready")
    with pytest.raises(RefusedQuestionError):
        set_status(question, status="perfect")
    set_status(question, status="retired")
    question.refresh_from_db()
    assert question.status == "retired"


def test_facts_change_one_by_one():
    question = QuestionFactory(tags=["old"], difficulty=2)
    set_facts(question, difficulty=4)
    question.refresh_from_db()
    assert (question.difficulty, question.tags) == (4, ["old"])


def test_saving_everything_is_all_or_nothing():
    question = QuestionFactory(domain=ExamDomainFactory(), difficulty=2)
    body, key = body_and_key(stem="Another?")
    key["correct"] = ["c"]
    with pytest.raises(RefusedQuestionError):
        save_question(
            question,
            body=body,
            key=key,
            change="typo",
            by=None,
            placements=[],
            status="draft",
            difficulty=4,
        )
    question.refresh_from_db()
    assert (question.difficulty, question.status) == (2, "ready")
    assert question.placements.count() == question.revisions.count() == 1


@pytest.mark.parametrize(
    ("moved", "by", "order"),
    [(1, -1, "bac"), (1, 1, "acb"), (0, -1, "abc"), (2, 1, "abc"), (2, -1, "acb")],
)
def test_questions_move_within_their_set(moved, by, order):
    home_set = QuestionSetFactory()
    entries = [
        SetEntryFactory(question_set=home_set, question__external_id=name, position=position)
        for name, position in zip("abc", [1, 4, 4], strict=True)
    ]
    move_entry(entries[moved], by=by)
    rows = home_set.entries.values_list("question__external_id", "position")
    assert list(rows) == [(name, place) for place, name in enumerate(order, start=1)]


@pytest.mark.django_db(transaction=True)
def test_two_people_revise_at_once_and_both_revisions_stay():
    question = QuestionFactory()
    owner, other = question.home_set.owner, OwnerFactory()
    barrier = threading.Barrier(2)
    failures = []

    def write(person, stem):
        try:
            barrier.wait(timeout=10)
            body, key = body_and_key(stem=stem)
            revise(question, body=body, key=key, change="content", by=person)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=write, args=(owner, "Mine?")),
        threading.Thread(target=write, args=(other, "Yours?")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    rows = QuestionRevision.objects.filter(question=question).order_by("number")
    assert list(rows.values_list("number", "measure")) == [(1, 1), (2, 2), (3, 3)]


@pytest.mark.django_db(transaction=True)
def test_two_new_questions_at_once_get_two_places():
    home_set = QuestionSetFactory()
    barrier = threading.Barrier(2)
    refused = []

    def write(external_id):
        barrier.wait(timeout=10)
        try:
            create(home_set, external_id)
        except RefusedQuestionError as error:
            refused.append(error)
        finally:
            connection.close()

    for ids in (["left", "right"], ["same", "same"]):
        threads = [threading.Thread(target=write, args=(name,)) for name in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [error.problems[0].code for error in refused] == ["taken"]
    assert list(home_set.entries.values_list("position", flat=True)) == [1, 2, 3]
