"""What a question file would do to a set: decided question by question, nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from certportal.catalog.models import ExamDomain, ExamGuide, Objective
from quizzes.formats import Finding, ParsedBank
from quizzes.formats import Question as Document
from quizzes.models import Question, QuestionRevision, QuestionSet
from quizzes.services.question_checks import Place, QuestionFacts, place_problems

READY = Question.Status.READY
RETIRED = Question.Status.RETIRED


@dataclass(frozen=True, slots=True)
class Incoming:
    """A question of a file with the places that its references mean."""

    document: Document
    places: tuple[Place, ...]

    @property
    def facts(self) -> QuestionFacts:
        document = self.document
        return {
            "difficulty": document.difficulty,
            "tags": list(document.tags),
            "enemy_group": document.enemy_group,
            "verification": document.verification,
            "evidence": [
                {name: text for name, text in asdict(it).items() if text}
                for it in document.evidence
            ],
            "checked_on": document.checked_on,
            "is_sample": document.is_sample,
        }


@dataclass(frozen=True, slots=True)
class Stored:
    """A question that is in the set, and what it says now."""

    question: Question
    newest: QuestionRevision

    @property
    def is_loaders(self) -> bool:
        """Whether nobody but the loader has written it so far."""
        return self.newest.created_by_id is None


@dataclass(slots=True)
class Plan:
    """What a file does to a set. Carried out or not: the counts are the same."""

    format: str = ""
    created: list[Incoming] = field(default_factory=list)
    updated: list[tuple[Stored, Incoming]] = field(default_factory=list)
    unchanged: int = 0
    kept: int = 0
    """Shipped questions that a person has revised since: theirs now."""
    retired: list[Question] = field(default_factory=list)
    refused: int = 0
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    @property
    def questions(self) -> int:
        return len(self.created) + len(self.updated) + self.unchanged + self.kept + self.refused

    @property
    def is_unreadable(self) -> bool:
        """Whether not even one question could be told in the file."""
        return bool(self.errors) and not self.questions


class References:
    """Finds what the codes of a question file mean in the catalogue. Three statements."""

    def __init__(self) -> None:
        guides = ExamGuide.objects.current().select_related("certification")
        self._guides = {guide.certification.code: guide for guide in guides}
        self._domains: dict[tuple[int, str], ExamDomain] = {
            (domain.guide_id, domain.key): domain
            for domain in ExamDomain.objects.filter(is_current=True)
        }
        self._objectives = {
            (objective.domain_id, objective.key): objective
            for objective in Objective.objects.filter(is_current=True)
        }

    def places(self, document: Document) -> tuple[list[Place], list[tuple[str, str, str]]]:
        """The places of a question, and (path, code, message) of what is unknown."""
        places: list[Place] = []
        problems: list[tuple[str, str, str]] = []
        for index, ref in enumerate(document.placements):
            where = f"placements.{index}"
            guide = self._guides.get(ref.certification)
            if guide is None:
                message = f"no certification {ref.certification} with an exam guide"
                problems.append((f"{where}.certification", "unknown_certification", message))
                continue
            domain = self._domains.get((guide.pk, ref.domain))
            if domain is None:
                message = f"{ref.certification} has no domain {ref.domain}"
                problems.append((f"{where}.domain", "unknown_domain", message))
                continue
            found = {key: self._objectives.get((domain.pk, key)) for key in ref.objectives}
            problems += [
                (
                    f"{where}.objectives",
                    "unknown_objective",
                    f"{ref.certification} {ref.domain} has no objective {key}",
                )
                for key, objective in found.items()
                if objective is None
            ]
            objectives = tuple(it for it in found.values() if it is not None)
            places.append(Place(domain, objectives, fit=ref.fit))
        return places, problems


def rehearse(
    bank: ParsedBank,
    *,
    question_set: QuestionSet | None,
    status: str,
    references: References,
    shipped: bool = False,
) -> Plan:
    """Decide what happens to every question; `shipped` is for the sets of the loader."""
    plan = Plan(
        format=bank.format,
        refused=bank.refused,
        errors=list(bank.errors),
        warnings=list(bank.warnings),
    )
    existing = _existing(question_set) if question_set else {}
    for document in bank.questions:
        places, problems = references.places(document)
        stored = existing.pop(document.external_id, None)
        problems += _own_problems(document, places, stored, status)
        if problems:
            plan.refused += 1
            plan.errors += [finding_of(document, *problem) for problem in problems]
            continue
        _sort_in(plan, stored, Incoming(document, tuple(places)), shipped=shipped)
    if shipped:
        gone = [it.question for it in existing.values() if it.is_loaders]
        plan.retired = [question for question in gone if question.status != RETIRED]
    return plan


def _own_problems(
    document: Document, places: Sequence[Place], stored: Stored | None, status: str
) -> list[tuple[str, str, str]]:
    question = stored.question if stored else None
    future = question.status if question else status
    problems = [(it.where, it.code, it.message) for it in place_problems(places, status=future)]
    if question is not None and question.kind != document.kind:
        problems.append(("kind", "kind_changed", f"is {question.kind} here and must stay so"))
    return problems


def _sort_in(plan: Plan, stored: Stored | None, incoming: Incoming, *, shipped: bool) -> None:
    if stored is None:
        plan.created.append(incoming)
    elif shipped and not stored.is_loaders:
        plan.kept += 1
    elif _differs(stored, incoming) or (shipped and stored.question.status != READY):
        plan.updated.append((stored, incoming))
    else:
        plan.unchanged += 1


def _existing(question_set: QuestionSet) -> dict[str, Stored]:
    """The questions at home in the set by external id, with all that is compared."""
    questions = question_set.home_questions.prefetch_related("placements__aims")
    newest = {
        revision.question_id: revision
        for revision in QuestionRevision.objects.filter(question__in=questions).newest()
    }
    return {it.external_id: Stored(it, newest[it.pk]) for it in questions}


def _differs(stored: Stored, incoming: Incoming) -> bool:
    question, newest = stored.question, stored.newest
    document = incoming.document
    return (
        (newest.body, newest.key) != (document.body, document.key)
        or any(getattr(question, name) != value for name, value in incoming.facts.items())
        or _stored_places(question) != _places_of(incoming)
    )


def _stored_places(question: Question) -> set[tuple[int, str, tuple[int, ...]]]:
    return {
        (it.domain_id, it.fit, tuple(aim.objective_id for aim in it.aims.all()))
        for it in question.placements.all()
    }


def _places_of(incoming: Incoming) -> set[tuple[int, str, tuple[int, ...]]]:
    return {
        (place.domain.pk, place.fit, tuple(it.pk for it in place.objectives))
        for place in incoming.places
    }


def finding_of(document: Document, path: str, code: str, message: str) -> Finding:
    """A problem that only the catalogue or the set shows, at its place in the file."""
    where = " ".join(filter(None, (document.source, document.external_id, path)))
    return Finding(where, code, message, document.line)
