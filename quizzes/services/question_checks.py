"""What keeps a question from being saved: its document, its places, its facts, its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from certportal.catalog.models import ExamDomain, Objective
from quizzes.engine.kinds.base import Document, Problem
from quizzes.engine.kinds.registry import KINDS
from quizzes.engine.revising import is_as_small_as
from quizzes.formats.document import EASIEST, HARDEST, USUAL
from quizzes.models import Placement, Question, QuestionRevision, QuestionSet

Change = QuestionRevision.Change
Status = Question.Status

LONGEST_EXTERNAL_ID = 120


class RefusedQuestionError(Exception):
    """A question that cannot be saved; `problems` holds every reason, nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{it.where}: {it.message}" for it in problems))
        self.problems = list(problems)


class QuestionFacts(TypedDict, total=False):
    """What may be said about a question apart from its text; all may change at any time."""

    difficulty: int
    tags: Sequence[str]
    enemy_group: str
    block: str
    is_pilot: bool
    verification: str
    evidence: Sequence[Any]
    checked_on: date | None
    review_by: date | None
    is_sample: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A domain in which a question is to count, with objectives, the main one first."""

    domain: ExamDomain
    objectives: Sequence[Objective] = ()
    fit: str = Placement.Fit.GOOD


def raise_problems(problems: Sequence[Problem]) -> None:
    if problems:
        raise RefusedQuestionError(problems)


def document_problems(body: object, key: object, *, kind: str | None = None) -> list[Problem]:
    """What is wrong with a question's text and key; `kind` is the one it has had so far."""
    name = body.get("kind") if isinstance(body, Mapping) else None
    if not isinstance(name, str) or name not in KINDS:
        return [Problem("body.kind", "unknown_kind", f"there is no kind {name!r:.40}")]
    if kind is not None and name != kind:
        return [Problem("body.kind", "wrong_kind", f"must stay {kind}")]
    return KINDS[name].validate(body, key)


def change_problems(
    newest: QuestionRevision, *, body: Document, key: Document, change: str
) -> list[Problem]:
    """What is wrong with calling this a `change` of the newest revision."""
    if change not in Change.values or change == Change.NEW:
        return [Problem("change", "unknown_change", f"there is no change {change!r:.40}")]
    before, after = (newest.body, newest.key), (body, key)
    if is_as_small_as(change, before=before, after=after):
        return []
    return [Problem("change", "bigger_change", f"more than {change} has changed")]


def place_problems(places: Sequence[Place], *, status: str | None = None) -> list[Problem]:
    """What is wrong with the places where a question shall count."""
    problems = [counts_nowhere()] if status == Status.READY and not places else []
    guides: set[int] = set()
    for index, place in enumerate(places):
        where = f"placements.{index}"
        if place.domain.guide_id in guides:
            problems.append(Problem(where, "repeated_guide", "this exam guide stands here twice"))
        guides.add(place.domain.guide_id)
        problems += _objective_problems(place, where)
    return problems


def fact_problems(facts: QuestionFacts) -> list[Problem]:
    problems: list[Problem] = []
    if not EASIEST <= facts.get("difficulty", USUAL) <= HARDEST:
        message = f"must be {EASIEST} to {HARDEST}"
        problems.append(Problem("difficulty", "out_of_range", message))
    if not all(tag.strip() for tag in facts.get("tags", ())):
        problems.append(Problem("tags", "wrong_type", "must be words"))
    if facts.get("verification", "sourced") not in Question.Verification.values:
        problems.append(Problem("verification", "unknown_verification", "there is no such state"))
    return problems


def _objective_problems(place: Place, where: str) -> Iterable[Problem]:
    seen: set[int] = set()
    for objective in place.objectives:
        if objective.domain_id != place.domain.pk:
            yield Problem(where, "foreign_objective", f"{objective.key} is of another domain")
        if objective.pk in seen:
            yield Problem(where, "repeated_objective", f"{objective.key} stands here twice")
        seen.add(objective.pk)


def id_problems(home_set: QuestionSet, external_id: str) -> list[Problem]:
    if not external_id.strip() or len(external_id) > LONGEST_EXTERNAL_ID:
        message = f"must have 1 to {LONGEST_EXTERNAL_ID} characters"
        return [Problem("external_id", "bad_id", message)]
    taken = home_set.home_questions.filter(external_id=external_id).exists()
    return [name_taken(external_id)] if taken else []


def name_taken(external_id: str) -> Problem:
    return Problem("external_id", "taken", f"{external_id} exists in this set")


def counts_nowhere() -> Problem:
    return Problem("placements", "nowhere", "a ready question must count in a domain")
