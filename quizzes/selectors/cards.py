"""A question as its reader sees it: the card to answer, and the feedback afterwards.

Pure functions from the frozen documents to frozen dataclasses. `question_card`
takes no key, so that a card of a running exam cannot carry one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from certportal.lib.markdown import render, render_inline
from certportal.lib.translated import ENGLISH
from quizzes.models import Question


@dataclass(frozen=True, slots=True)
class Text:
    """Rendered author text. `lang` is set when it is not in the reader's language."""

    html: SafeString
    lang: str = ""


@dataclass(frozen=True, slots=True)
class CardOption:
    """An option to choose, an item to put in its place, or an option to pair."""

    id: str
    letter: str
    text: Text
    chosen: bool = False
    struck: bool = False
    place: int | None = None
    """Ordering: the place that the answer gives this item, from 1."""


@dataclass(frozen=True, slots=True)
class CardPrompt:
    """A prompt to pair, with the id of the option that the answer pairs with it."""

    id: str
    text: Text
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """Everything that may be shown while the question is open."""

    position: int
    kind: str
    stem: Text
    choose: int
    """How many options to choose; 0 where the question says "all that apply"."""
    options: tuple[CardOption, ...]
    prompts: tuple[CardPrompt, ...]
    typed: str
    """The number or text of the answer, as it was typed."""
    unit: str
    flag: bool
    languages: tuple[str, ...]
    """The languages that the question is written in."""

    @property
    def answer_template(self) -> str:
        return f"quizzes/kinds/{self.kind}/answer.html"

    @property
    def chosen_count(self) -> int:
        return sum(option.chosen for option in self.options)

    @property
    def places(self) -> range:
        return range(1, len(self.options) + 1)

    @property
    def is_in_other_language(self) -> bool:
        """Whether a translation is missing and the card falls back."""
        return bool(self.stem.lang)


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
        """`right`, `partly`, `wrong` or `unanswered`."""
        if not self.answered:
            return "unanswered"
        if self.share == 1:
            return "right"
        return "partly" if self.share else "wrong"


@dataclass(frozen=True, slots=True)
class Provenance:
    """How far the key of a question can be trusted."""

    is_unverified: bool
    checked_on: date | None

    @classmethod
    def of(cls, question: Question) -> Provenance:
        return cls(question.is_unverified, question.checked_on)


def text_of(texts: Mapping[str, str], language: str, *, block: bool = False) -> Text:
    """The text in the reader's language, else English, else whatever there is."""
    for code in (language, ENGLISH, *texts):
        if texts.get(code):
            shown = render(texts[code]) if block else render_inline(texts[code])
            return Text(shown, "" if code == language else code)
    return Text(SafeString(""))


def plain_text(texts: Mapping[str, str], language: str) -> str:
    """The unrendered text in the reader's language, else English, else any."""
    return next((texts[code] for code in (language, ENGLISH, *texts) if texts.get(code)), "")


def question_card(  # noqa: PLR0913 - each a part of the card
    *,
    body: Mapping[str, Any],
    order: Mapping[str, Sequence[str]],
    answer: Mapping[str, Any] | None,
    language: str,
    position: int = 1,
    flag: bool = False,
    struck: Sequence[str] = (),
) -> QuestionCard:
    """The card of one question in the reader's language, in its frozen order."""
    given = answer or {}
    return QuestionCard(
        position=position,
        kind=body["kind"],
        stem=text_of(body["stem"], language, block=True),
        choose=body.get("choose") or (0 if body["kind"] == "multiple" else 1),
        options=_card_options(body, order, given, struck, language),
        prompts=_card_prompts(body, order, given, language),
        typed=str(given.get("value", given.get("text", ""))),
        unit=plain_text(body.get("unit") or {}, language),
        flag=flag,
        languages=tuple(body["stem"]),
    )


def _rows(body: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """The name and rows of the list that the reader works on."""
    name = "items" if "items" in body else "options"
    return name, list(body.get(name, ()))


def _ordered(rows: Sequence[Mapping[str, Any]], order: Sequence[str]) -> list[Mapping[str, Any]]:
    by_id = {row["id"]: row for row in rows}
    return [by_id[name] for name in order] if order else list(rows)


def letter_of(index: int) -> str:
    """The letter of an option as readers and authors count: A for the first."""
    return chr(ord("A") + index)


def _chosen_ids(answer: Mapping[str, Any]) -> set[str]:
    return {answer["choice"]} if "choice" in answer else set(answer.get("choices", ()))


def _card_options(
    body: Mapping[str, Any],
    order: Mapping[str, Sequence[str]],
    answer: Mapping[str, Any],
    struck: Sequence[str],
    language: str,
) -> tuple[CardOption, ...]:
    name, rows = _rows(body)
    chosen = _chosen_ids(answer)
    placed = list(answer.get("order", ()))
    return tuple(
        CardOption(
            id=row["id"],
            letter=letter_of(index),
            text=text_of(row["text"], language),
            chosen=row["id"] in chosen,
            struck=row["id"] in struck,
            place=placed.index(row["id"]) + 1 if row["id"] in placed else None,
        )
        for index, row in enumerate(_ordered(rows, order.get(name, ())))
    )


def _card_prompts(
    body: Mapping[str, Any],
    order: Mapping[str, Sequence[str]],
    answer: Mapping[str, Any],
    language: str,
) -> tuple[CardPrompt, ...]:
    pairs = answer.get("pairs", {})
    return tuple(
        CardPrompt(row["id"], text_of(row["text"], language), pairs.get(row["id"], ""))
        for row in _ordered(list(body.get("prompts", ())), order.get("prompts", ()))
    )


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
    return Feedback(
        kind=body["kind"],
        share=share,
        answered=answer is not None,
        key_words=_key_words(key, options),
        my_words=_my_words(body, answer, options),
        options=options,
        pairs=pairs,
        explanation=text_of(explanation, language, block=True) if explanation else None,
        reference=key.get("reference", ""),
        unit=plain_text(body.get("unit") or {}, language),
    )


def _feedback_options(
    body: Mapping[str, Any],
    key: Mapping[str, Any],
    order: Mapping[str, Sequence[str]],
    answer: Mapping[str, Any],
    language: str,
) -> tuple[FeedbackOption, ...]:
    if "pairs" in key:
        return ()
    name, rows = _rows(body)
    shown = _ordered(rows, order.get(name, ()))
    letters = {row["id"]: letter_of(index) for index, row in enumerate(shown)}
    right_order = list(key.get("order", ()))
    mine_order = list(answer.get("order", ()))
    correct, mine = set(key.get("correct", ())), _chosen_ids(answer)
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
        for row in (_ordered(rows, right_order) if right_order else shown)
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
        for row in _ordered(body["prompts"], order.get("prompts", ()))
    )


def _key_words(key: Mapping[str, Any], options: Sequence[FeedbackOption]) -> str:
    if "correct" in key:
        return _listed(sorted(option.letter for option in options if option.is_key))
    if "value" in key:
        return str(key["value"])
    if "accepted" in key:
        return str(key["accepted"][0])
    return ""


def _my_words(
    body: Mapping[str, Any], answer: Mapping[str, Any] | None, options: Sequence[FeedbackOption]
) -> str:
    if not answer:
        return ""
    if "value" in answer or "text" in answer:
        return str(answer.get("value", answer.get("text")))
    if "order" in answer:
        by_place = sorted(options, key=lambda option: option.my_place or 0)
        return _listed(option.letter for option in by_place)
    if "pairs" in answer:
        return f"{len(answer['pairs'])}/{len(body['prompts'])}"
    return _listed(sorted(option.letter for option in options if option.is_mine))


def _listed(letters: Iterable[str]) -> str:
    return pgettext("between list entries", ", ").join(letters)
