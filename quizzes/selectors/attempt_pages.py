"""The pages on which a student sees the paper: one question, and the review before the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certportal.catalog.models import ExamDomain
from quizzes.models import Attempt
from quizzes.selectors.cards import QuestionCard, question_card
from quizzes.selectors.paper_rows import item_row, place_rows
from quizzes.selectors.sittings import Sitting


@dataclass(frozen=True, slots=True)
class PaperPlace:
    """One place of the navigator."""

    position: int
    status: str
    """`complete`, `incomplete` or `unseen`."""
    flag: bool
    is_final: bool = False
    """Practice: whether the question is over, its answer shown."""


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A page with the whole paper, or its open section, and how far the student is."""

    sitting: Sitting
    places: tuple[PaperPlace, ...]

    @property
    def total(self) -> int:
        return len(self.places)

    @property
    def first(self) -> int:
        """The position of the first question."""
        return self.places[0].position

    @property
    def complete(self) -> int:
        return self._count("complete")

    @property
    def incomplete(self) -> int:
        return self._count("incomplete")

    @property
    def unseen(self) -> int:
        return self._count("unseen")

    def _count(self, status: str) -> int:
        return sum(place.status == status for place in self.places)


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """The page of one question of an open attempt."""

    sitting: Sitting
    item_id: int
    position: int
    card: QuestionCard
    places: str
    """A letter for each question of the open section, as in `ItemRow`."""
    first_seen: bool
    """Whether this is the first time that the student sees the question."""
    domain: ExamDomain
    is_final: bool
    answer: dict[str, Any] | None
    saved_at: datetime | None
    """When the answer that stands was saved."""

    @property
    def total(self) -> int:
        """Questions of the whole paper, also where only one section is open."""
        return self.sitting.section.total if self.sitting.section else len(self.places)

    @property
    def first(self) -> int:
        """The position of the first question that is open."""
        return self.sitting.section.first if self.sitting.section else 1

    @property
    def last(self) -> int:
        return self.first + len(self.places) - 1

    @property
    def is_first(self) -> bool:
        return self.position == self.first

    @property
    def is_last(self) -> bool:
        return self.position == self.last

    @property
    def progress(self) -> float:
        """The share of questions up to this one, 0 to 1."""
        return self.position / self.total

    @property
    def next_open(self) -> int | None:
        """The next question without a final answer, after this one or else before it."""
        here = self.position - self.first
        rest = [*range(here + 1, len(self.places)), *range(here)]
        return next((self.first + n for n in rest if self.places[n].lower() != "f"), None)


def question_page(found: Sitting, position: int, language: str) -> QuestionPage:
    """One question and how far the student is: one statement, whatever the length of the exam.

    Raises:
        AttemptItem.DoesNotExist: no question at `position`.
    """
    item = item_row(found.attempt, position)
    card = question_card(
        body=item.body,
        order=item.order,
        answer=item.answer,
        language=language,
        position=position,
        flag=item.flag,
        struck=item.struck,
    )
    return QuestionPage(
        sitting=found,
        item_id=item.id,
        position=position,
        card=card,
        places=item.places,
        first_seen=not item.is_seen,
        domain=item.domain,
        is_final=item.is_final,
        answer=item.answer,
        saved_at=item.saved_at,
    )


def _open_places(found: Sitting) -> tuple[PaperPlace, ...]:
    """The places that may be answered now."""
    places, section = paper_places(found.attempt), found.section
    if section is None:
        return places
    return tuple(place for place in places if section.holds(place.position))


def paper_places(attempt: Attempt) -> tuple[PaperPlace, ...]:
    """Every place of the paper with its status, in order: one statement."""
    return tuple(
        PaperPlace(position, _status(complete=complete, seen=seen), flag=flag, is_final=final)
        for position, complete, flag, final, seen in place_rows(attempt)
    )


def _status(*, complete: bool, seen: bool) -> str:
    if complete:
        return "complete"
    return "incomplete" if seen else "unseen"


@dataclass(frozen=True, slots=True)
class ReviewPage(PaperPage):
    """What is done and what is not, before the end."""

    shown: tuple[PaperPlace, ...]
    show: str

    @property
    def flagged(self) -> int:
        return sum(place.flag for place in self.places)

    @property
    def open(self) -> int:
        return self.incomplete + self.unseen

    @property
    def columns(self) -> list[tuple[PaperPlace, ...]]:
        """What is shown, cut into at most three columns of like length."""
        height = max(_SHORTEST_COLUMN, -(-len(self.shown) // _MOST_COLUMNS))
        starts = range(0, len(self.shown), height)
        return [self.shown[start : start + height] for start in starts]

    @property
    def next_open(self) -> int | None:
        """The first question that is not complete."""
        return next((p.position for p in self.places if p.status != "complete"), None)


_MOST_COLUMNS = 3
_SHORTEST_COLUMN = 8

SHOWS = ("all", "open", "incomplete", "unseen", "flagged")


def review_page(found: Sitting, show: str) -> ReviewPage:
    places = _open_places(found)
    chosen = show if show in SHOWS else "all"
    shown = tuple(place for place in places if _is_shown(place, chosen))
    return ReviewPage(sitting=found, places=places, shown=shown, show=chosen)


def _is_shown(place: PaperPlace, show: str) -> bool:
    if show == "open":
        return place.status != "complete"
    return show == "all" or (place.flag if show == "flagged" else place.status == show)
