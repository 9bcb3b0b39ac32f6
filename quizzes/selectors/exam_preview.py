"""A paper of a mock exam as it would be drawn for somebody who has seen nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import ngettext

from certportal.accounts.models import User
from certportal.catalog.models import ExamDomain
from quizzes.engine.arranging import Paper, arrange, trial_draw
from quizzes.engine.drawing import Draw, draw
from quizzes.engine.presenting import option_order
from quizzes.models import Question, QuestionRevision
from quizzes.selectors.candidates import stock
from quizzes.selectors.cards import QuestionCard, question_card
from quizzes.selectors.exam_blueprint import Blueprint, SectionPlan
from quizzes.selectors.feedback import Feedback, feedback


@dataclass(frozen=True, slots=True)
class PreviewedQuestion:
    """A question as a student meets it; what the answer explains where that was asked for."""

    question: Question
    domain: ExamDomain
    card: QuestionCard
    feedback: Feedback | None
    section: SectionPlan | None
    """The section that begins with it."""
    is_scored: bool
    """Whether it counts; a question on trial does not."""
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
    """Draw, show, keep nothing: at most five statements. The same seed gives the same paper."""
    drawn, paper = _drawn(plan, seed)
    questions = Question.objects.in_bulk(paper.picks)
    revisions = {
        row.question_id: row
        for row in QuestionRevision.objects.filter(question_id__in=paper.picks).newest()
    }
    own = Question.objects.for_editor(reader).filter(pk__in=paper.picks)
    open_to = set(own.values_list("pk", flat=True))
    domains = {it.key: it for it in plan.guide.domains.all()}
    places = [(place, place.question.question_id) for place in paper.places]
    shown = tuple(
        PreviewedQuestion(
            question=questions[pk],
            domain=domains[place.question.domain],
            section=_section_begun(plan, paper, position),
            is_scored=place.is_scored,
            card=_card(revisions[pk], seed=seed, position=position, language=language),
            feedback=_feedback(revisions[pk], seed=seed, language=language)
            if with_keys and pk in open_to
            else None,
            may_open=pk in open_to,
        )
        for position, (place, pk) in enumerate(places, start=1)
    )
    return PaperPreview(
        questions=shown,
        domains=tuple(_counts(plan, drawn)),
        relaxations=tuple(_sentences(paper.relaxations, domains)),
        shortfall=drawn.shortfall,
        hidden_keys=len(paper.picks) - len(open_to),
    )


def _drawn(plan: Blueprint, seed: int) -> tuple[Draw, Paper]:
    candidates = stock(plan.placements).get(plan.guide.pk, [])
    drawn = Draw((), (), plan.size)
    if plan.weights and plan.size:
        drawn = draw(candidates, weights=plan.weights, size=plan.size, seed=seed)
    on_trial = stock(plan.trial_placements).get(plan.guide.pk, []) if plan.trials else []
    trials = trial_draw(on_trial, beside=drawn.members, size=plan.trials, seed=seed)
    paper = arrange(
        drawn,
        sections=plan.section_sizes,
        trials=trials,
        wanted_trials=plan.trials,
        seed=seed,
    )
    return drawn, paper


def _section_begun(plan: Blueprint, paper: Paper, position: int) -> SectionPlan | None:
    """The section that begins at this position."""
    here = paper.places[position - 1].section
    before = paper.places[position - 2].section if position > 1 else None
    return plan.sections[here] if plan.sections and here != before else None


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
        if rule in _ABOUT_THE_PAPER:
            yield _ABOUT_THE_PAPER[rule](n) % {"n": abs(n), "section": key}
            continue
        values = {"domain": domains[key].text("name"), "n": abs(n)}
        if rule == "type":
            yield _of_other_kinds(n) % values
        elif n < 0:
            yield _too_few(-n) % values
        else:
            yield _too_many(n) % values


def _fewer_on_trial(n: int) -> str:
    return ngettext(
        "%(n)d question on trial is lacking; the paper is shorter by it, the score is not.",
        "%(n)d questions on trial are lacking; the paper is shorter by them, the score is not.",
        -n,
    )


def _other_section(n: int) -> str:
    if n > 0:
        return ngettext(
            "Section %(section)s has %(n)d question more, because a block stays whole.",
            "Section %(section)s has %(n)d questions more, because a block stays whole.",
            n,
        )
    return ngettext(
        "Section %(section)s has %(n)d question fewer, because a block stays whole.",
        "Section %(section)s has %(n)d questions fewer, because a block stays whole.",
        -n,
    )


_ABOUT_THE_PAPER = {"trial": _fewer_on_trial, "section": _other_section}


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
