"""The paper of a closed attempt with what was answered, as its result reads it: one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery

from certportal.catalog.models import ExamDomain, ExamGuide
from certportal.lib.translated import ENGLISH
from quizzes.engine.kinds.base import Rule
from quizzes.engine.kinds.registry import get_kind
from quizzes.engine.pacing import Paced, Statement, seconds_in_view, statements
from quizzes.models import AnswerEvent, Attempt, AttemptItem, Placement
from quizzes.selectors.cards import plain_words
from quizzes.selectors.feedback import answer_words, key_words, letters_of, verdict_of
from quizzes.selectors.feedback_release import Release
from quizzes.selectors.withholding import OpenPaper

NOT_RIGHT = ("wrong", "partly", "unanswered")
SHOWS = ("all", "wrong", "flagged")
_FIRST_WORDS = 120


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One question of the paper in one line."""

    position: int
    domain: ExamDomain
    stem: str
    """Its first words, plain."""
    lang: str
    """Set where they are not in the reader's language."""
    verdict: str
    """`withheld` where it stands on the paper of a running exam."""
    flag: bool
    is_scored: bool
    """Whether it counts; a question on trial does not."""
    my_words: str
    key_words: str

    @property
    def is_withheld(self) -> bool:
        return self.verdict == "withheld"


def items_of(attempt: Attempt, shown: Release) -> list[AttemptItem]:
    """The paper in its order; without its questions where they are not to be seen.

    Each has `late`, what arrived late for it and was accepted afterwards, `stays`, the
    milliseconds in view that its page reported, in their order, and `can_practise`, whether
    there are questions of its domain to practise.
    """
    items = (
        AttemptItem.objects.filter(attempt=attempt)
        .order_by("position")
        .annotate(late=_accepted_late(), stays=_stays(), can_practise=_can_practise(attempt))
        .select_related("domain", "answer", "mark")
    )
    if shown.hides_questions:
        return list(items)
    return list(items.select_related("revision", "question"))


def _accepted_late() -> Subquery:
    """The newest event of an item whose newest decision accepts it."""
    newest = AnswerEvent.objects.filter(decides=OuterRef("pk")).order_by("-recorded_at", "-pk")
    return Subquery(
        _events()
        .filter(decisions__isnull=False)
        .annotate(decided=Subquery(newest.values("outcome")[:1]))
        .filter(decided=AnswerEvent.Outcome.ACCEPTED_LATE)
        .order_by("-epoch", "-seq")
        .values("payload")[:1]
    )


def _stays() -> ArraySubquery:
    measured = _events().filter(outcome=AnswerEvent.Outcome.ACCEPTED, visible_ms__isnull=False)
    return ArraySubquery(measured.order_by("epoch", "seq").values("visible_ms"))


def _can_practise(attempt: Attempt) -> ExpressionWrapper[Q]:
    """Practice is of current guides; one statement, as its domains are looked up once."""
    stock = Placement.objects.for_practice().filter(
        guide=attempt.guide_id, guide__in=ExamGuide.objects.current()
    )
    return ExpressionWrapper(Q(domain__in=stock.values("domain")), BooleanField())


def _events() -> QuerySet[AnswerEvent]:
    return AnswerEvent.objects.filter(item=OuterRef("pk"), kind=AnswerEvent.Kind.ANSWER)


def answer_to(item: AttemptItem) -> dict[str, Any] | None:
    """The answer that counts: a late one that was accepted, else the one that stands."""
    late = getattr(item, "late", None)
    if late is not None:
        given: dict[str, Any] | None = late["answer"]
        return given
    answer = getattr(item, "answer", None)
    return answer.payload if answer else None


def share_of(item: AttemptItem, shares: Mapping[int, Fraction]) -> Fraction:
    """The share of its point that an item brought, or would have brought if it counted."""
    if item.is_scored:
        return shares.get(item.position, Fraction(0))
    body, key = item.revision.body, item.revision.key
    rule: Rule = "exam"
    return get_kind(body["kind"]).grade(body, key, answer_to(item), rule=rule)


def result_rows(
    items: Sequence[AttemptItem],
    shares: Mapping[int, Fraction],
    withheld: Mapping[int, OpenPaper],
    language: str,
) -> tuple[ResultRow, ...]:
    """Items that came with their questions, each in one line."""
    return tuple(
        _row(item, share_of(item, shares), language, told=item.question_id not in withheld)
        for item in items
    )


def _row(item: AttemptItem, share: Fraction, language: str, *, told: bool) -> ResultRow:
    revision, given = item.revision, answer_to(item)
    letters = letters_of(revision.body, item.presentation_order)
    stem = plain_words(revision.body["stem"], language)
    return ResultRow(
        position=item.position,
        domain=item.domain,
        lang=_other_language(revision.body["stem"], language),
        stem=stem if len(stem) <= _FIRST_WORDS else f"{stem[: _FIRST_WORDS - 1].rstrip()}…",
        verdict=verdict_of(share, answered=given is not None) if told else "withheld",
        flag=is_flagged(item),
        is_scored=item.is_scored,
        my_words=answer_words(given, letters) if told else "",
        key_words=key_words(revision.key, letters) if told else "",
    )


def _other_language(texts: Mapping[str, str], language: str) -> str:
    found = next((code for code in (language, ENGLISH, *texts) if texts.get(code)), "")
    return "" if found == language else found


def is_flagged(item: AttemptItem) -> bool:
    mark = getattr(item, "mark", None)
    return bool(mark and mark.flag)


def shown_rows(rows: Sequence[ResultRow], show: str) -> tuple[ResultRow, ...]:
    """The rows of one filter of `SHOWS`; of any other word all."""
    if show == "wrong":
        return tuple(row for row in rows if row.verdict in NOT_RIGHT)
    if show == "flagged":
        return tuple(row for row in rows if row.flag)
    return tuple(rows)


def pace_of(
    attempt: Attempt, items: Sequence[AttemptItem], shares: Mapping[int, Fraction], shown: Release
) -> tuple[Statement, ...]:
    """What the time of a sitting says; whether answers are right only where that is shown."""
    if attempt.deadline_at is None or attempt.ended_at is None or not items:
        return ()
    told = {} if shown.hides_questions else shares
    paper = [
        Paced(
            position=item.position,
            seconds=seconds_in_view(getattr(item, "stays", ())),
            reached=_is_reached(item),
            share=told.get(item.position),
        )
        for item in items
    ]
    if not any(hasattr(item, "mark") for item in items):
        # What was looked at was not written down.
        paper = [Paced(it.position, it.seconds, share=it.share) for it in paper]
    return statements(
        paper,
        allowed=_seconds(attempt.deadline_at - attempt.started_at),
        taken=_seconds(attempt.ended_at - attempt.started_at),
    )


def _is_reached(item: AttemptItem) -> bool:
    mark = getattr(item, "mark", None)
    return answer_to(item) is not None or bool(mark and mark.first_seen_at)


def _seconds(span: timedelta) -> float:
    return max(span.total_seconds(), 0.0)
