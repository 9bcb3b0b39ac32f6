"""What the pages of a sitting show: one question, the review screen, the state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from certportal.accounts.models import User
from quizzes.engine.sitting import Phase, SittingClock
from quizzes.models import Attempt, AttemptItem
from quizzes.selectors.cards import QuestionCard, question_card
from quizzes.selectors.paper_rows import item_row, place_rows, sitting_row


@dataclass(frozen=True, slots=True)
class Sitting:
    """One attempt as its student stands in it now."""

    attempt: Attempt
    now: datetime
    acknowledged: int
    code: str
    """The certification's code."""
    certification_slug: str
    exam_slug: str

    @property
    def clock(self) -> SittingClock:
        return self.attempt.clock

    @property
    def phase(self) -> Phase:
        return self.clock.phase(self.now)

    @property
    def remaining_ms(self) -> int | None:
        return self.clock.remaining_ms(self.now)

    @property
    def remaining(self) -> str:
        """The time left as the page first shows it: 51:24 or 1:51:24."""
        seconds = (self.remaining_ms or 0) // 1000
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def sitting(public_id: UUID, student: User) -> Sitting:
    """The attempt with the database's time and the highest stored seq, in one statement.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
    """
    row = sitting_row(public_id, student.pk)
    return Sitting(
        attempt=row.attempt,
        now=row.now,
        acknowledged=row.acknowledged,
        code=row.code,
        certification_slug=row.certification_slug,
        exam_slug=row.exam_slug,
    )


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
class QuestionPage:
    """The page of one question of an open attempt."""

    sitting: Sitting
    item_id: int
    position: int
    card: QuestionCard
    places: tuple[PaperPlace, ...]
    first_seen: bool
    """Whether this is the first time that the student sees the question."""
    domain: Any
    is_final: bool
    answer: dict[str, Any] | None
    saved_at: datetime | None
    """When the answer that stands was saved."""

    @property
    def total(self) -> int:
        return len(self.places)

    @property
    def is_last(self) -> bool:
        return self.position == self.total

    @property
    def progress(self) -> float:
        """The share of questions up to this one, 0 to 1."""
        return self.position / self.total

    @property
    def next_open(self) -> int | None:
        """The next question without a final answer, after this one or else before it."""
        later = [place for place in self.places if place.position > self.position]
        earlier = [place for place in self.places if place.position < self.position]
        return next((p.position for p in later + earlier if not p.is_final), None)

    def count(self, status: str) -> int:
        return sum(place.status == status for place in self.places)

    @property
    def complete(self) -> int:
        return self.count("complete")

    @property
    def incomplete(self) -> int:
        return self.count("incomplete")

    @property
    def unseen(self) -> int:
        return self.count("unseen")


def question_page(found: Sitting, position: int, language: str) -> QuestionPage:
    """One question with the navigator: two statements, whatever the length of the exam.

    Raises:
        AttemptItem.DoesNotExist: no question at `position`.
    """
    places = paper_places(found.attempt)
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
        places=_seen_now(places, position),
        first_seen=not item.is_seen,
        domain=item.domain,
        is_final=item.is_final,
        answer=item.answer,
        saved_at=item.saved_at,
    )


def _seen_now(places: tuple[PaperPlace, ...], position: int) -> tuple[PaperPlace, ...]:
    """The place that is being looked at is no longer unseen."""
    return tuple(
        replace(place, status=_status(complete=False, seen=True))
        if place.position == position and place.status == "unseen"
        else place
        for place in places
    )


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
class ReviewPage:
    """What is done and what is not, before the end."""

    sitting: Sitting
    places: tuple[PaperPlace, ...]
    shown: tuple[PaperPlace, ...]
    show: str
    complete: int
    incomplete: int
    unseen: int
    flagged: int

    @property
    def total(self) -> int:
        return len(self.places)

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
    places = paper_places(found.attempt)
    chosen = show if show in SHOWS else "all"
    by_show = {
        "all": places,
        "open": tuple(p for p in places if p.status != "complete"),
        "incomplete": tuple(p for p in places if p.status == "incomplete"),
        "unseen": tuple(p for p in places if p.status == "unseen"),
        "flagged": tuple(p for p in places if p.flag),
    }
    return ReviewPage(
        sitting=found,
        places=places,
        shown=by_show[chosen],
        show=chosen,
        complete=sum(p.status == "complete" for p in places),
        incomplete=len(by_show["incomplete"]),
        unseen=len(by_show["unseen"]),
        flagged=len(by_show["flagged"]),
    )


def attempt_state(found: Sitting) -> dict[str, Any]:
    """The state of an attempt as a page that comes back asks for it."""
    rows = AttemptItem.objects.filter(attempt=found.attempt).values_list(
        "position", "answer__payload", "mark__flag", "mark__struck", "mark__first_seen_at"
    )
    answers: dict[str, Any] = {}
    marks: dict[str, Any] = {}
    for position, payload, flag, struck, seen in rows:
        if payload is not None:
            answers[str(position)] = payload
        if flag is not None:
            marks[str(position)] = {"flag": flag, "struck": struck, "seen": seen is not None}
    return {
        "epoch": found.attempt.epoch,
        "opened_by": found.attempt.epoch_opened_by,
        "acknowledged": found.acknowledged,
        "status": found.attempt.status,
        "remaining_ms": found.remaining_ms,
        "answers": answers,
        "marks": marks,
    }


@dataclass(frozen=True, slots=True)
class ItemForForm:
    """What a plain form post needs to know of the item that it answers."""

    body: dict[str, Any]
    answer: dict[str, Any] | None
    flag: bool
    struck: list[str]
    total: int


def item_for_form(public_id: UUID, student: User, position: int) -> ItemForForm:
    """Raises AttemptItem.DoesNotExist for anybody else's attempt and unknown places."""
    highest = (
        AttemptItem.objects.filter(attempt_id=OuterRef("attempt_id"))
        .order_by("-position")
        .values("position")[:1]
    )
    row = (
        AttemptItem.objects.filter(
            attempt__public_id=public_id, attempt__student=student, position=position
        )
        .values_list(
            "revision__body", "answer__payload", "mark__flag", "mark__struck", Subquery(highest)
        )
        .first()
    )
    if row is None:
        raise AttemptItem.DoesNotExist
    body, answer, flag, struck, total = row
    return ItemForForm(body, answer, bool(flag), struck or [], total)
