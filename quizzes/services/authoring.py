"""Everything that writes questions: new ones, revisions, where they count, their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Max

from certportal.accounts.models import User
from certportal.catalog.models import Objective
from quizzes.engine.kinds.base import Document, Problem
from quizzes.engine.revising import raises_measure
from quizzes.models import (
    Placement,
    PlacementObjective,
    Question,
    QuestionRevision,
    QuestionSet,
    SetEntry,
)
from quizzes.services.question_checks import (
    Place,
    QuestionFacts,
    RefusedQuestionError,
    change_problems,
    counts_nowhere,
    document_problems,
    fact_problems,
    id_problems,
    name_taken,
    place_problems,
    raise_problems,
)

Status = Question.Status


@transaction.atomic
def create_question(  # noqa: PLR0913 - a question is all of this
    *,
    home_set: QuestionSet,
    external_id: str,
    body: Document,
    key: Document,
    by: User | None,
    placements: Sequence[Place] = (),
    status: str = Status.DRAFT,
    **facts: Unpack[QuestionFacts],
) -> Question:
    """Write a new question at the end of its home set.

    `by` is null when a loader writes it.

    Raises:
        RefusedQuestionError: the document, a place or a fact is wrong, the id is taken,
            or it shall be ready without a place.
    """
    raise_problems(
        document_problems(body, key)
        + place_problems(placements, status=status)
        + fact_problems(facts)
        + id_problems(home_set, external_id)
    )
    # Two new questions of one set at once must not get the same place in it. Here and
    # below "no key": students who start an attempt meanwhile need not wait.
    QuestionSet.objects.select_for_update(no_key=True).get(pk=home_set.pk)
    question = Question(
        home_set=home_set,
        external_id=external_id,
        kind=body["kind"],
        status=status,
        **_columns(facts),
    )
    try:
        with transaction.atomic():
            question.save(force_insert=True)
    except IntegrityError:
        # Somebody took the id a moment ago.
        raise RefusedQuestionError([name_taken(external_id)]) from None
    SetEntry.objects.create(
        question_set=home_set, question=question, position=last_position(home_set) + 1
    )
    QuestionRevision.objects.create(question=question, number=1, body=body, key=key, created_by=by)
    set_placements(question, placements=placements)
    return question


@transaction.atomic
def revise(
    question: Question, *, body: Document, key: Document, change: str, by: User | None
) -> QuestionRevision:
    """Add a revision and return it; the newest one when nothing differs.

    Key and content changes raise `measure`, so that figures of the old question are
    not mixed with those of the new one; typo, explanation and translation keep it,
    and are refused when the change is bigger than that.

    Raises:
        RefusedQuestionError: the document is wrong, its kind is another, or the
            change is not what `change` says.
    """
    locked = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    newest = locked.revisions.order_by("-number")[0]
    if (newest.body, newest.key) == (body, key):
        return newest
    raise_problems(
        document_problems(body, key, kind=locked.kind)
        or change_problems(newest, body=body, key=key, change=change)
    )
    return QuestionRevision.objects.create(
        question=locked,
        number=newest.number + 1,
        measure=newest.measure + raises_measure(change),
        body=body,
        key=key,
        change=change,
        created_by=by,
    )


@transaction.atomic
def save_question(  # noqa: PLR0913 - a question is all of this
    question: Question,
    *,
    body: Document,
    key: Document,
    change: str,
    by: User | None,
    placements: Sequence[Place],
    status: str,
    **facts: Unpack[QuestionFacts],
) -> QuestionRevision:
    """Save everything about a question that exists, or nothing.

    Raises:
        RefusedQuestionError: as in `revise`, `set_placements` and `set_facts`.
    """
    raise_problems(place_problems(placements, status=status) + fact_problems(facts))
    revision = revise(question, body=body, key=key, change=change, by=by)
    set_placements(question, placements=placements)
    set_facts(question, **facts)
    set_status(question, status=status)
    return revision


@transaction.atomic
def set_placements(question: Question, *, placements: Sequence[Place]) -> None:
    """Let the question count in these domains and nowhere else.

    Raises:
        RefusedQuestionError: two places in one guide, or an objective of another domain.
    """
    raise_problems(place_problems(placements))
    Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    guides = {place.domain.guide_id for place in placements}
    question.placements.exclude(guide__in=guides).delete()
    for place in placements:
        placement, _created = Placement.objects.update_or_create(
            question=question,
            guide_id=place.domain.guide_id,
            defaults={"domain": place.domain, "fit": place.fit},
        )
        _set_objectives(placement, place.objectives)


@transaction.atomic
def set_status(question: Question, *, status: str) -> None:
    """Move the question to another status.

    Raises:
        RefusedQuestionError: there is no such status, or it shall be ready and counts nowhere.
    """
    if status not in Status.values:
        raise RefusedQuestionError([Problem("status", "unknown_status", f"no status {status}")])
    if status == Status.READY and not question.placements.exists():
        raise RefusedQuestionError([counts_nowhere()])
    question.status = status
    question.save(update_fields=["status"])


def set_facts(question: Question, **facts: Unpack[QuestionFacts]) -> None:
    """Change what is said about the question; its text stays.

    Raises:
        RefusedQuestionError: a difficulty outside 1 to 5, or tags that are no words.
    """
    raise_problems(fact_problems(facts))
    columns = _columns(facts)
    for name, value in columns.items():
        setattr(question, name, value)
    question.save(update_fields=list(columns))


@transaction.atomic
def move_entry(entry: SetEntry, *, by: int) -> None:
    """Move a question up (-1) or down (1) in its set; at the end of the list nothing happens.

    Positions are written anew from 1, so that gaps and doubles heal.
    """
    QuestionSet.objects.select_for_update(no_key=True).get(pk=entry.question_set_id)
    entries = list(entry.question_set.entries.order_by("position", "pk"))
    here = [it.pk for it in entries].index(entry.pk)
    there = min(max(here + by, 0), len(entries) - 1)
    entries.insert(there, entries.pop(here))
    for position, it in enumerate(entries, start=1):
        it.position = position
    SetEntry.objects.bulk_update(entries, ["position"])


def last_position(question_set: QuestionSet) -> int:
    """The position of the last question of a set; 0 for an empty one."""
    last: int | None = question_set.entries.aggregate(last=Max("position"))["last"]
    return last or 0


def _set_objectives(placement: Placement, objectives: Sequence[Objective]) -> None:
    wanted = [objective.pk for objective in objectives]
    if list(placement.aims.values_list("objective_id", flat=True)) == wanted:
        return
    placement.aims.all().delete()
    PlacementObjective.objects.bulk_create(
        PlacementObjective(placement=placement, objective_id=pk, position=position)
        for position, pk in enumerate(wanted, start=1)
    )


def _columns(facts: QuestionFacts) -> dict[str, Any]:
    columns: dict[str, Any] = dict(facts)
    for name in ("tags", "evidence"):
        if name in columns:
            columns[name] = list(columns[name])
    return columns
