"""What a reader learns of a question once it is over: its key, the reasons, their own answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import pgettext

from quizzes.models import Question
from quizzes.selectors.cards import (
    Text,
    chosen_ids,
    in_order,
    letter_of,
    plain_text,
    rows_of,
    text_of,
)


@dataclass(frozen=True, slots=True)
class FeedbackOption:
    """An option with what it is and why. Ordering: items in their right order."""

    id: str
    letter: str
    text: Text
    is_key: bool
    is_mine: bool
    rationale: Text | None = None
    my_place: int | None = None
    right_place: int | None = None


@dataclass(frozen=True, slots=True)
class FeedbackPair:
    """A prompt with the option that belongs to it and the one that was chosen."""

    prompt: Text
    right: Text
    mine: Text | None
    is_right: bool


@dataclass(frozen=True, slots=True)
class Feedback:
    """What may be shown when the question is over."""

    kind: str
    share: Fraction
    answered: bool
    key_words: str
    """The key in short: letters, a number or a text; empty where rows say it."""
    my_words: str
    options: tuple[FeedbackOption, ...]
    pairs: tuple[FeedbackPair, ...]
    explanation: Text | None
    reference: str
    unit: str

    @property
    def review_template(self) -> str:
        return f"quizzes/kinds/{self.kind}/review.html"

    @property
    def verdict(self) -> str:
        return verdict_of(self.share, answered=self.answered)


def verdict_of(share: Fraction, *, answered: bool) -> str:
    """`right`, `partly`, `wrong` or `unanswered`."""
    if not answered:
        return "unanswered"
    if share == 1:
        return "right"
    return "partly" if share else "wrong"


@dataclass(frozen=True, slots=True)
class Provenance:
    """How far the key of a question can be trusted."""

    is_unverified: bool
    checked_on: date | None

    @classmethod
    def of(cls, question: Question) -> Provenance:
        return cls(question.is_unverified, question.checked_on)


def feedback(
    *,
    body: Mapping[str, Any],
    key: Mapping[str, Any],
    order: Mapping[str, Sequence[str]],
    answer: Mapping[str, Any] | None,
    share: Fraction,
    language: str,
) -> Feedback:
    """What the reader learns once the question is over."""
    options = _feedback_options(body, key, order, answer or {}, language)
    pairs = _feedback_pairs(body, key, order, answer or {}, language)
    explanation = key.get("explanation") or {}
    letters = letters_of(body, order)
    return Feedback(
        kind=body["kind"],
        share=share,
        answered=answer is not None,
        key_words=key_words(key, letters),
        my_words=answer_words(answer, letters),
        options=options,
        pairs=pairs,
        explanation=text_of(explanation, language, block=True) if explanation else None,
        reference=_web_address(key.get("reference", "")),
        unit=plain_text(body.get("unit") or {}, language),
    )


def _web_address(text: str) -> str:
    """Only what a link may lead to, whatever an older check let in."""
    return text if text.startswith(("https://", "http://")) else ""


def _feedback_options(
    body: Mapping[str, Any],
    key: Mapping[str, Any],
    order: Mapping[str, Sequence[str]],
    answer: Mapping[str, Any],
    language: str,
) -> tuple[FeedbackOption, ...]:
    if "pairs" in key:
        return ()
    name, rows = rows_of(body)
    shown = in_order(rows, order.get(name, ()))
    letters = letters_of(body, order)
    right_order = list(key.get("order", ()))
    mine_order = list(answer.get("order", ()))
    correct, mine = set(key.get("correct", ())), chosen_ids(answer)
    rationales = key.get("option_rationales", {})
    return tuple(
        FeedbackOption(
            id=row["id"],
            letter=letters[row["id"]],
            text=text_of(row["text"], language),
            is_key=row["id"] in correct,
            is_mine=row["id"] in mine,
            rationale=text_of(rationales[row["id"]], language)
            if rationales.get(row["id"])
            else None,
            my_place=mine_order.index(row["id"]) + 1 if row["id"] in mine_order else None,
            right_place=right_order.index(row["id"]) + 1 if row["id"] in right_order else None,
        )
        for row in (in_order(rows, right_order) if right_order else shown)
    )


def _feedback_pairs(
    body: Mapping[str, Any],
    key: Mapping[str, Any],
    order: Mapping[str, Sequence[str]],
    answer: Mapping[str, Any],
    language: str,
) -> tuple[FeedbackPair, ...]:
    if "pairs" not in key:
        return ()
    texts = {row["id"]: text_of(row["text"], language) for row in body["options"]}
    mine = answer.get("pairs", {})
    return tuple(
        FeedbackPair(
            prompt=text_of(row["text"], language),
            right=texts[key["pairs"][row["id"]]],
            mine=texts.get(mine.get(row["id"], "")),
            is_right=mine.get(row["id"]) == key["pairs"][row["id"]],
        )
        for row in in_order(body["prompts"], order.get("prompts", ()))
    )


def letters_of(body: Mapping[str, Any], order: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The letter that each option was shown with."""
    name, rows = rows_of(body)
    shown = in_order(rows, order.get(name, ()))
    return {row["id"]: letter_of(index) for index, row in enumerate(shown)}


def key_words(key: Mapping[str, Any], letters: Mapping[str, str]) -> str:
    """The key in short: letters, a number or a text; empty where a list says it."""
    if "correct" in key:
        return _listed(sorted(letters[name] for name in key["correct"]))
    if "value" in key:
        return str(key["value"])
    if "accepted" in key:
        return str(key["accepted"][0])
    return ""


def answer_words(answer: Mapping[str, Any] | None, letters: Mapping[str, str]) -> str:
    """An answer in short; pairs say more in full than in a figure."""
    if not answer or "pairs" in answer:
        return ""
    if "value" in answer or "text" in answer:
        return str(answer.get("value", answer.get("text")))
    if "order" in answer:
        return _listed(letters[name] for name in answer["order"] if name in letters)
    return _listed(sorted(letters[name] for name in chosen_ids(answer) if name in letters))


def _listed(letters: Iterable[str]) -> str:
    return pgettext("between list entries", ", ").join(letters)
