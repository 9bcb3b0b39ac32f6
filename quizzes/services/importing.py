"""Everything that brings question files into sets: other people's files and the shipped banks."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from certportal.accounts.models import User
from certportal.catalog.models import Certification, ExamGuide
from quizzes.engine.revising import smallest_change
from quizzes.formats import Finding, ParsedBank, parse
from quizzes.formats import Question as Document
from quizzes.models import (
    Exam,
    Placement,
    PlacementObjective,
    Question,
    QuestionRevision,
    QuestionSet,
    SetEntry,
)
from quizzes.services.authoring import last_position, save_question
from quizzes.services.rehearsing import (
    READY,
    RETIRED,
    Incoming,
    Plan,
    References,
    finding_of,
    rehearse,
)


class BrokenBanksError(Exception):
    """Bank files with problems, all of them by file and line; nothing was written."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(f"{len(findings)} problems")
        self.findings = list(findings)


class ShippedSetError(Exception):
    """Shipped sets are kept by their loader; nobody imports into them."""


@transaction.atomic
def import_questions(
    bank: ParsedBank,
    *,
    question_set: QuestionSet,
    by: User | None,
    status: str = Question.Status.DRAFT,
    dry_run: bool = False,
    valid_only: bool = False,
) -> Plan:
    """Bring a parsed file into somebody's own set, all of it or nothing.

    Questions that the set has under the same id get a new revision when they differ
    and keep their status; new ones get `status`. With `valid_only` the good questions
    are written although others are refused.

    Raises:
        ShippedSetError: the set is kept by the loader.
    """
    if question_set.is_shipped:
        raise ShippedSetError
    QuestionSet.objects.select_for_update(no_key=True).get(pk=question_set.pk)
    plan = rehearse(bank, question_set=question_set, status=status, references=References())
    if not dry_run and (valid_only or not plan.errors):
        _carry_out(plan, question_set=question_set, by=by, status=status)
    return plan


@dataclass(frozen=True, slots=True)
class BankReport:
    """What the loader did, over all sets."""

    sets: int
    created: int
    updated: int
    unchanged: int
    kept: int
    retired: int
    exams: int
    """Exams made or moved to another guide."""
    warnings: tuple[Finding, ...]


def load_banks(paths: Iterable[Path], *, dry_run: bool = False) -> BankReport:
    """Bring the shipped banks up to date: one set a certification, every question ready.

    Touches only questions whose newest revision it made itself. A question that is no
    longer in a file is retired, one that came back is ready again.

    Raises:
        BrokenBanksError: anything is wrong with any file.
    """
    banks = [parse(path.read_bytes(), name=path.name) for path in paths]
    with transaction.atomic():
        references = References()
        plans = list(_shipped_plans(banks, references))
        findings = [it for bank in banks for it in bank.errors]
        findings += [it for _set, plan in plans for it in plan.errors]
        findings += _repeated(banks)
        if findings:
            raise BrokenBanksError(findings)
        exams = _make_exams(dry_run=dry_run)
        for certification, plan in plans:
            if not dry_run:
                _carry_out(plan, question_set=_shipped_set(certification), by=None, status=READY)
    return _report(plans, banks, exams)


def _shipped_plans(
    banks: Iterable[ParsedBank], references: References
) -> Iterator[tuple[Certification, Plan]]:
    """One plan for every certification that has questions, in a file or in the tables."""
    homes: dict[str, list[Document]] = {}
    for bank in banks:
        for document in bank.questions:
            code = document.placements[0].certification if document.placements else ""
            homes.setdefault(code, []).append(document)
    sets = {it.slug: it for it in QuestionSet.objects.filter(is_shipped=True)}
    for certification in Certification.objects.order_by("code"):
        documents = homes.pop(certification.code, [])
        question_set = sets.get(certification.slug)
        if documents or question_set:
            bank = ParsedBank(tuple(documents), (), (), "yaml")
            yield (
                certification,
                rehearse(
                    bank,
                    question_set=question_set,
                    status=READY,
                    references=references,
                    shipped=True,
                ),
            )
    for code, documents in homes.items():
        yield Certification(code=code), _homeless(code, documents)


def _homeless(code: str, documents: Sequence[Document]) -> Plan:
    problem = (
        ("placements.0.certification", "unknown_certification", f"no certification {code}")
        if code
        else ("placements", "nowhere", "a shipped question must count for a certification")
    )
    errors = [finding_of(document, *problem) for document in documents]
    return Plan(refused=len(documents), errors=errors)


def _repeated(banks: Iterable[ParsedBank]) -> Iterator[Finding]:
    """Ids that stand in two files."""
    seen: set[str] = set()
    for document in (it for bank in banks for it in bank.questions):
        if document.external_id in seen:
            yield finding_of(document, "id", "repeated_id", "stands in two files")
        seen.add(document.external_id)


def _carry_out(plan: Plan, *, question_set: QuestionSet, by: User | None, status: str) -> None:
    _create(plan.created, question_set=question_set, by=by, status=status)
    for stored, incoming in plan.updated:
        question, newest, document = stored.question, stored.newest, incoming.document
        after = (document.body, document.key)
        save_question(
            question,
            body=document.body,
            key=document.key,
            change=smallest_change(before=(newest.body, newest.key), after=after),
            by=by,
            placements=incoming.places,
            # The loader brings back what was retired; an author's own wish stays.
            status=status if by is None else question.status,
            **incoming.facts,
        )
    Question.objects.filter(pk__in=[it.pk for it in plan.retired]).update(status=RETIRED)


def _create(
    rows: Sequence[Incoming], *, question_set: QuestionSet, by: User | None, status: str
) -> None:
    """Write new questions in six statements, however many there are."""
    if not rows:
        return
    questions = Question.objects.bulk_create(
        Question(
            home_set=question_set,
            external_id=row.document.external_id,
            kind=row.document.kind,
            status=status,
            **row.facts,
        )
        for row in rows
    )
    pairs = list(zip(questions, rows, strict=True))
    QuestionRevision.objects.bulk_create(
        QuestionRevision(
            question=question,
            number=1,
            body=row.document.body,
            key=row.document.key,
            created_by=by,
        )
        for question, row in pairs
    )
    first = last_position(question_set) + 1
    SetEntry.objects.bulk_create(
        SetEntry(question_set=question_set, question=question, position=position)
        for position, question in enumerate(questions, start=first)
    )
    _place(pairs)


def _place(pairs: Sequence[tuple[Question, Incoming]]) -> None:
    wanted = [(question, place) for question, row in pairs for place in row.places]
    placements = Placement.objects.bulk_create(
        Placement(
            question=question,
            guide_id=place.domain.guide_id,
            domain=place.domain,
            fit=place.fit,
        )
        for question, place in wanted
    )
    PlacementObjective.objects.bulk_create(
        PlacementObjective(placement=placement, objective=objective, position=position)
        for placement, (_question, place) in zip(placements, wanted, strict=True)
        for position, objective in enumerate(place.objectives, start=1)
    )


def _shipped_set(certification: Certification) -> QuestionSet:
    found, _created = QuestionSet.objects.get_or_create(
        slug=certification.slug, is_shipped=True, defaults={"title": certification.name}
    )
    if found.title != certification.name:
        found.title = certification.name
        found.save(update_fields=["title"])
    return found


def _make_exams(*, dry_run: bool) -> int:
    """One exam for every current guide with domains; returns how many were not so yet.

    Those that instructors make are another matter and stay as they are.
    """
    guides = (
        ExamGuide.objects.current()
        .filter(domains__is_current=True)
        .select_related("certification")
        .distinct()
    )
    made = Exam.objects.for_everybody().select_related("guide")
    known = {exam.guide.certification_id: exam for exam in made}
    other = [it for it in guides if _guide_of(known.get(it.certification_id)) != it.pk]
    for guide in () if dry_run else other:
        exam = known.get(guide.certification_id) or Exam(slug=_free_slug(guide.certification.slug))
        # Attempts keep the guide they were started with.
        exam.guide = guide
        exam.save()
    return len(other)


def _guide_of(exam: Exam | None) -> int | None:
    return exam.guide_id if exam else None


def _free_slug(wanted: str) -> str:
    """An instructor's exam may have the name already, and keeps it."""
    taken = Exam.objects.filter(slug=wanted).exists()
    return f"{wanted}-{uuid.uuid4().hex[:6]}" if taken else wanted


def _report(
    plans: Sequence[tuple[Certification, Plan]], banks: Iterable[ParsedBank], exams: int
) -> BankReport:
    return BankReport(
        sets=len(plans),
        created=sum(len(plan.created) for _set, plan in plans),
        updated=sum(len(plan.updated) for _set, plan in plans),
        unchanged=sum(plan.unchanged for _set, plan in plans),
        kept=sum(plan.kept for _set, plan in plans),
        retired=sum(len(plan.retired) for _set, plan in plans),
        exams=exams,
        warnings=tuple(it for bank in banks for it in bank.warnings),
    )


def report_as_json(plan: Plan, *, most: int = 200) -> Mapping[str, Any]:
    """The report of an import as scripts rely on it; long lists of errors are cut short."""
    return {
        "format": plan.format,
        "questions": plan.questions,
        "created": len(plan.created),
        "updated": len(plan.updated),
        "unchanged": plan.unchanged,
        "refused": plan.refused,
        "errors": [_as_row(it) for it in plan.errors[:most]],
        "errors_total": len(plan.errors),
        "warnings": [_as_row(it) for it in plan.warnings[:most]],
    }


def _as_row(finding: Finding) -> dict[str, str]:
    return {"where": finding.where, "code": finding.code, "message": finding.message}
