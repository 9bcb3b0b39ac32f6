"""The page of a question set in the administration: its questions as cards, some at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from certportal.accounts.models import User
from quizzes.models import Question, QuestionRevision, QuestionSet, SetEntry
from quizzes.selectors.cards import letter_of, plain_words

CARDS_PER_PAGE = 25
LONGEST_EXCERPT = 160


@dataclass(frozen=True, slots=True)
class SetCard:
    """One question of a set at a glance."""

    entry_id: int
    number: int
    """Its place in the set, from 1."""
    question: Question
    excerpt: str
    key: str
    """The right answer in short; empty without a revision."""
    is_guest: bool
    """Whether it is at home in another set and only stands here."""
    may_open: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class SetPage:
    page: Page[SetEntry]
    cards: tuple[SetCard, ...]
    statuses: Mapping[str, int]
    """Status -> number of questions, over all pages."""


def set_page(
    question_set: QuestionSet, *, reader: User, number: str | None, language: str
) -> SetPage:
    """Six statements, whatever the size of the set."""
    entries = question_set.entries.select_related("question__home_set").order_by("position", "pk")
    page = Paginator(entries, CARDS_PER_PAGE).get_page(number)
    shown = list(page)
    ids = [entry.question_id for entry in shown]
    newest = {
        revision.question_id: revision
        for revision in QuestionRevision.objects.filter(question__in=ids).newest()
    }
    open_to = set(
        Question.objects.for_editor(reader).filter(pk__in=ids).values_list("pk", flat=True)
    )
    last = page.paginator.count
    cards = []
    for place, entry in enumerate(shown, start=page.start_index()):
        revision = newest.get(entry.question_id)
        cards.append(
            SetCard(
                entry_id=entry.pk,
                number=place,
                question=entry.question,
                excerpt=_excerpt(revision, language),
                key=key_at_a_glance(revision.body, revision.key) if revision else "",
                is_guest=entry.question.home_set_id != question_set.pk,
                may_open=entry.question_id in open_to,
                is_first=place == 1,
                is_last=place == last,
            )
        )
    return SetPage(page, tuple(cards), _statuses(question_set))


def page_of_entry(entry: SetEntry) -> int:
    """The number of the page on which an entry stands."""
    ids = list(entry.question_set.entries.order_by("position", "pk").values_list("pk", flat=True))
    return ids.index(entry.pk) // CARDS_PER_PAGE + 1


def key_at_a_glance(body: Mapping[str, Any], key: Mapping[str, Any]) -> str:
    """Letters as the author sees the options, or the number or text that is right."""
    if "correct" in key:
        return " ".join(_letters(body["options"], key["correct"]))
    if "order" in key:
        return " ".join(_letters(body["items"], key["order"], sort=False))
    if "pairs" in key:
        return _pairs(body, key["pairs"])
    return str(key.get("value", "")) or str(next(iter(key.get("accepted", ())), ""))


def _letters(
    rows: Sequence[Mapping[str, Any]], ids: Sequence[str], *, sort: bool = True
) -> list[str]:
    letters = {row["id"]: letter_of(index) for index, row in enumerate(rows)}
    found = [letters[name] for name in ids]
    return sorted(found) if sort else found


def _pairs(body: Mapping[str, Any], pairs: Mapping[str, str]) -> str:
    letters = _letters(body["options"], [pairs[row["id"]] for row in body["prompts"]], sort=False)
    return " ".join(f"{number}{letter}" for number, letter in enumerate(letters, start=1))


def _excerpt(revision: QuestionRevision | None, language: str) -> str:
    if revision is None:
        return ""
    text = plain_words(revision.body["stem"], language)
    return text if len(text) <= LONGEST_EXCERPT else f"{text[: LONGEST_EXCERPT - 1]}…"


def _statuses(question_set: QuestionSet) -> dict[str, int]:
    rows = question_set.entries.values_list("question__status", flat=True)
    counts: dict[str, int] = {}
    for status in rows:
        counts[status] = counts.get(status, 0) + 1
    return counts
