"""A question to answer, as its reader sees it.

Pure functions from the frozen document to frozen dataclasses. Nothing here takes a
key, so that a card of a running exam cannot carry one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from certportal.lib.markdown import render, render_inline
from certportal.lib.translated import ENGLISH


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


def plain_words(texts: Mapping[str, str], language: str) -> str:
    """The same on one line and without the marks of Markdown, for lists."""
    shown = render_inline(plain_text(texts, language))
    return " ".join(unescape(strip_tags(shown)).split())


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


def rows_of(body: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """The name and rows of the list that the reader works on."""
    name = "items" if "items" in body else "options"
    return name, list(body.get(name, ()))


def in_order(rows: Sequence[Mapping[str, Any]], order: Sequence[str]) -> list[Mapping[str, Any]]:
    by_id = {row["id"]: row for row in rows}
    return [by_id[name] for name in order] if order else list(rows)


def letter_of(index: int) -> str:
    """The letter of an option as readers and authors count: A for the first."""
    return chr(ord("A") + index)


def chosen_ids(answer: Mapping[str, Any]) -> set[str]:
    return {answer["choice"]} if "choice" in answer else set(answer.get("choices", ()))


def _card_options(
    body: Mapping[str, Any],
    order: Mapping[str, Sequence[str]],
    answer: Mapping[str, Any],
    struck: Sequence[str],
    language: str,
) -> tuple[CardOption, ...]:
    name, rows = rows_of(body)
    chosen = chosen_ids(answer)
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
        for index, row in enumerate(in_order(rows, order.get(name, ())))
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
        for row in in_order(list(body.get("prompts", ())), order.get("prompts", ()))
    )
