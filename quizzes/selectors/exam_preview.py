"""A paper of a mock exam as it would be drawn for somebody who has seen nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import ngettext

from certportal.accounts.models import User
from certportal.catalog.models import ExamDomain
from quizzes.engine.drawing import Draw, draw
from quizzes.engine.presenting import option_order
from quizzes.models import Question, QuestionRevision
from quizzes.selectors.candidates import stock
from quizzes.selectors.cards import QuestionCard, question_card
from quizzes.selectors.exam_blueprint import Blueprint
from quizzes.selectors.feedback import Feedback, feedback


@dataclass(frozen=True, slots=True)
class PreviewedQuestion:
    """A question as a student meets it; what the answer explains where that was asked for."""

    question: Question
    domain: ExamDomain
    card: QuestionCard
    feedback: Feedback | None
    may_open: bool
    """Whether the reader may open it at the desk, and so may see its key."""


@dataclass(frozen=True, slots=True)
class DomainCount:
    domain: ExamDomain
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class PaperPreview:
    questions: tuple[PreviewedQuestion, ...]
    domains: tuple[DomainCount, ...]
    relaxations: tuple[str, ...]
    """What had to give, in sentences."""
    shortfall: int
    hidden_keys: int
    """Questions whose key the reader may not see."""


def exam_preview(
    plan: Blueprint, *, seed: int, reader: User, language: str, with_keys: bool
) -> PaperPreview:
    """Draw, show, keep nothing: four statements. The same seed gives the same paper."""
    paper = _drawn(plan, seed)
    questions = Question.objects.in_bulk(paper.picks)
    revisions = {
        row.question_id: row
        for row in QuestionRevision.objects.filter(question_id__in=paper.picks).newest()
    }
    own = Question.objects.for_editor(reader).filter(pk__in=paper.picks)
    open_to = set(own.values_list("pk", flat=True))
    domains = {it.key: it for it in plan.guide.domains.all()}
    shown = tuple(
        PreviewedQuestion(
            question=questions[pk],
            domain=domains[paper.domains[pk]],
            card=_card(revisions[pk], seed=seed, position=position, language=language),
            feedback=_feedback(revisions[pk], seed=seed, language=language)
            if with_keys and pk in open_to
            else None,
            may_open=pk in open_to,
        )
        for position, pk in enumerate(paper.picks, start=1)
    )
    return PaperPreview(
        questions=shown,
        domains=tuple(_counts(plan, paper)),
        relaxations=tuple(_sentences(paper.relaxations, domains)),
        shortfall=paper.shortfall,
        hidden_keys=len(paper.picks) - len(open_to),
    )


def _drawn(plan: Blueprint, seed: int) -> Draw:
    candidates = stock(plan.placements).get(plan.guide.pk, [])
    if not plan.weights or not plan.size:
        return Draw((), {}, (), plan.size)
    return draw(candidates, weights=plan.weights, size=plan.size, seed=seed)


def _order(revision: QuestionRevision, seed: int) -> Mapping[str, list[str]]:
    return option_order(revision.body, seed, revision.question_id)


def _card(revision: QuestionRevision, *, seed: int, position: int, language: str) -> QuestionCard:
    return question_card(
        body=revision.body,
        order=_order(revision, seed),
        answer=None,
        language=language,
        position=position,
    )


def _feedback(revision: QuestionRevision, *, seed: int, language: str) -> Feedback:
    return feedback(
        body=revision.body,
        key=revision.key,
        order=_order(revision, seed),
        answer=None,
        share=Fraction(0),
        language=language,
    )


def _counts(plan: Blueprint, paper: Draw) -> Iterator[DomainCount]:
    counts = Counter(paper.domains.values())
    for domain in plan.guide.domains.all():
        if domain.is_current or counts[domain.key]:
            n = counts[domain.key]
            yield DomainCount(domain, n, n / len(paper.picks) if paper.picks else 0.0)


def _sentences(relaxations: Collection[str], domains: Mapping[str, ExamDomain]) -> Iterator[str]:
    for relaxation in relaxations:
        rule, key, figure = relaxation.split(":")
        n = int(figure)
        values = {"domain": domains[key].text("name"), "n": abs(n)}
        if rule == "type":
            yield _of_other_kinds(n) % values
        elif n < 0:
            yield _too_few(-n) % values
        else:
            yield _too_many(n) % values


def _of_other_kinds(n: int) -> str:
    return ngettext(
        "%(domain)s: %(n)d question is of a kind that the real exam does not use.",
        "%(domain)s: %(n)d questions are of kinds that the real exam does not use.",
        n,
    )


def _too_few(n: int) -> str:
    return ngettext(
        "%(domain)s: %(n)d question fewer than its weight asks for.",
        "%(domain)s: %(n)d questions fewer than its weight asks for.",
        n,
    )


def _too_many(n: int) -> str:
    return ngettext(
        "%(domain)s: %(n)d question more than its weight asks for, in place of others.",
        "%(domain)s: %(n)d questions more than its weight asks for, in place of others.",
        n,
    )
