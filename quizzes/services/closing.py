"""Everything that ends an attempt: lock, stamp, grade, as three statements in this order.

Grading in the statement that closes, or stamping in the one that waits for the
lock, loses answers that were saved meanwhile; see docs/exam-protocol.md.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from certportal.accounts.models import User
from certportal.lib.clock import db_now
from quizzes.engine.kinds.base import Rule
from quizzes.engine.kinds.registry import get_kind
from quizzes.engine.sitting import Phase
from quizzes.engine.terms import pass_terms
from quizzes.models import AnswerEvent, Attempt, AttemptItem, Score
from quizzes.services import ledger
from quizzes.signals import attempt_closed, send_on_commit

logger = logging.getLogger(__name__)

SWEEP_MARGIN = timedelta(seconds=5)
"""How long after deadline and grace the sweeper waits, so that it meets few savers."""

IDLE_PRACTICE = timedelta(days=7)


def lock_attempt(public_id: UUID, student: User) -> Attempt:
    """Lock one attempt of this student until the transaction ends.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
    """
    return ledger.lock(public_id, student.pk)


def submit_attempt(*, public_id: UUID, student: User) -> Attempt:
    """End an attempt because its student asks for it; asking again changes nothing.

    Raises:
        Attempt.DoesNotExist: no such attempt of this student.
    """
    arrival = db_now()
    with transaction.atomic():
        attempt = lock_attempt(public_id, student)
        if attempt.is_open:
            in_time = attempt.clock.accepts(arrival)
            _close(attempt, Attempt.Status.SUBMITTED if in_time else Attempt.Status.EXPIRED)
        return attempt


def close_overdue_attempt(*, public_id: UUID, student: User) -> None:
    """End an attempt of this student whose time is over; leave any other as it is."""
    now = db_now()
    with transaction.atomic():
        close_if_overdue(lock_attempt(public_id, student), now)


def close_if_overdue(attempt: Attempt, now: datetime) -> None:
    """End a locked attempt whose deadline and grace have passed; leave any other as it is."""
    if attempt.clock.phase(now) is Phase.OVERDUE:
        _close(attempt, Attempt.Status.EXPIRED)


def sweep() -> int:
    """End every overdue attempt and every idle practice; returns how many.

    One attempt a transaction: one that cannot be closed is logged and does not
    keep the others open.
    """
    return _one_by_one(_next_to_close, lambda attempt: _close(attempt, Attempt.Status.EXPIRED))


def grade_ungraded() -> int:
    """Grade what was ended without a grade, as a repaired database may hold it; returns how many.

    The portal itself ends and grades in one transaction.
    """
    return _one_by_one(_next_ungraded, _grade_closed)


def _one_by_one(
    choose: Callable[[datetime, list[int]], Attempt | None], end: Callable[[Attempt], None]
) -> int:
    done = 0
    failed: list[int] = []
    while (result := _do_one(choose, end, failed)) is not None:
        done += result
    return done


def _do_one(
    choose: Callable[[datetime, list[int]], Attempt | None],
    end: Callable[[Attempt], None],
    failed: list[int],
) -> int | None:
    """End one attempt: 1 done, 0 failed, None when nothing is left to do."""
    now = db_now()
    attempt_id: int | None = None
    try:
        with transaction.atomic():
            attempt = choose(now, failed)
            if attempt is None:
                return None
            attempt_id = attempt.pk
            end(attempt)
            return 1
    except Exception:
        # Whatever grading stumbles over: no list of errors is long enough, and one that is
        # missing from it would keep open every attempt behind this one.
        if attempt_id is None:
            raise
        logger.exception("attempt %s cannot be closed", attempt_id)
        failed.append(attempt_id)
        return 0


def _next_to_close(now: datetime, failed: list[int]) -> Attempt | None:
    lockable = Attempt.objects.select_for_update(no_key=True, skip_locked=True).exclude(
        pk__in=failed
    )
    overdue = lockable.overdue(now, margin=SWEEP_MARGIN).order_by("deadline_at").first()
    if overdue is not None:
        return overdue
    recent = AnswerEvent.objects.filter(attempt=OuterRef("pk"), arrived_at__gt=now - IDLE_PRACTICE)
    return (
        lockable.open()
        .filter(deadline_at=None, started_at__lte=now - IDLE_PRACTICE)
        .exclude(Exists(recent))
        .first()
    )


def _next_ungraded(_now: datetime, failed: list[int]) -> Attempt | None:
    ended = Attempt.objects.filter(
        ~Exists(Score.objects.filter(attempt=OuterRef("pk"))),
        status__in=(Attempt.Status.SUBMITTED, Attempt.Status.EXPIRED),
    )
    lockable = ended.select_for_update(no_key=True, skip_locked=True)
    return lockable.exclude(pk__in=failed).order_by("pk").first()


def _close(attempt: Attempt, status: Attempt.Status) -> None:
    """Stamp, then grade what stands in a statement of its own. The row is locked."""
    ledger.stamp_end(attempt, status)
    score = _grade(attempt)
    score.save(force_insert=True)
    _note_close(attempt, score)
    send_on_commit(attempt_closed, attempt)


def _grade_closed(attempt: Attempt) -> None:
    """Finish what somebody else stamped. The row is locked."""
    score = _grade(attempt)
    score.save(force_insert=True)
    if not attempt.events.filter(kind=AnswerEvent.Kind.CLOSE).exists():
        _note_close(attempt, score)
    send_on_commit(attempt_closed, attempt)


def _note_close(attempt: Attempt, score: Score) -> None:
    AnswerEvent.objects.create(
        attempt=attempt,
        kind=AnswerEvent.Kind.CLOSE,
        payload={"status": attempt.status, "score": score.number},
        outcome=AnswerEvent.Outcome.SYSTEM,
        arrived_at=attempt.processed_at or attempt.started_at,
    )


def _grade(attempt: Attempt) -> Score:
    """Grade the answers that stand against the frozen revisions."""
    rows = (
        AttemptItem.objects.filter(attempt=attempt)
        .order_by("position")
        .values_list("position", "is_scored", "revision__body", "revision__key", "answer__payload")
    )
    return score_of(attempt, [PaperRow(*row) for row in rows])


class PaperRow(NamedTuple):
    """One place on a paper with everything that grading looks at."""

    position: int
    is_scored: bool
    body: Mapping[str, Any]
    key: Mapping[str, Any]
    answer: dict[str, Any] | None


def score_of(attempt: Attempt, rows: Sequence[PaperRow]) -> Score:
    """The unsaved score of a whole paper, in its order."""
    rule: Rule = "exam" if attempt.mode == Attempt.Mode.MOCK else "practice"
    shares = {
        str(row.position): get_kind(row.body["kind"]).grade(
            row.body, row.key, row.answer, rule=rule
        )
        for row in rows
        if row.is_scored
    }
    points = sum(shares.values(), Fraction(0))
    return Score(
        attempt=attempt,
        points=_decimal(points),
        max_points=len(shares),
        passed=_passed(attempt, points, len(shares)),
        item_shares={position: str(share) for position, share in shares.items()},
        answers_hash=answers_hash({row.position: row.answer for row in rows}),
    )


def _passed(attempt: Attempt, points: Fraction, places: int) -> bool | None:
    if attempt.mode != Attempt.Mode.MOCK:
        return None
    return points >= pass_terms(attempt.terms).pass_line(places)


def _decimal(points: Fraction) -> Decimal:
    return (Decimal(points.numerator) / Decimal(points.denominator)).quantize(Decimal("0.0001"))


def answers_hash(answers: Mapping[int, Any]) -> str:
    """SHA-256 of the answers in paper order: the fingerprint of what was graded."""
    ordered = [[position, answers[position]] for position in sorted(answers)]
    text = json.dumps(ordered, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
