"""What must hold of a seeded demonstration, and the content that it needs."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from statistics import correlation

from django.db.models import F, Q

from certportal.catalog.services.loading import SHIPPED, load_catalog
from progress.models import Evidence
from quizzes.engine.kinds.registry import get_kind
from quizzes.models import Answer, AnswerEvent, Attempt, Score
from quizzes.services.closing import answers_hash
from quizzes.services.importing import load_banks


def load_content() -> None:
    load_catalog()
    load_banks(SHIPPED.parent / "banks" / f"{name}.yaml" for name in ("clf-c02", "saa-c03"))


def rest_correlations(title: str) -> dict[str, float]:
    """How each question goes together with all the others of its paper."""
    shares: dict[str, list[float]] = defaultdict(list)
    others: dict[str, list[float]] = defaultdict(list)
    for score in Score.objects.filter(attempt__assignment__title=title):
        names = dict(score.attempt.items.values_list("position", "question__external_id"))
        for position, share in score.item_shares.items():
            name, value = names[int(position)], float(Fraction(share))
            shares[name].append(value)
            others[name].append(float(score.points) - value)
    return {name: correlation(shares[name], others[name]) for name in shares}


def check_ledger() -> None:
    """L1 to L6 of docs/exam-protocol.md, for every attempt."""
    events = AnswerEvent.objects.filter(kind="answer", outcome="accepted")
    numbers: dict[tuple[int, int], list[int]] = defaultdict(list)
    last: dict[int, tuple[int, int, object]] = {}
    for attempt, item, epoch, seq, payload in events.order_by(
        "attempt", "epoch", "seq"
    ).values_list("attempt_id", "item_id", "epoch", "seq", "payload"):
        numbers[attempt, epoch].append(seq)
        last[item] = (epoch, seq, payload["answer"])
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in numbers.values())
    standing = Answer.objects.values_list("item_id", "epoch", "seq", "payload")
    assert {item: (epoch, seq, answer) for item, epoch, seq, answer in standing} == last
    late = Q(arrived_at__gt=F("attempt__deadline_at")) | Q(arrived_at__gt=F("attempt__ended_at"))
    assert not events.filter(late | Q(recorded_at__gt=F("attempt__processed_at"))).exists()
    assert not events.filter(arrived_at__lt=F("attempt__started_at")).exists()
    closed = set(Attempt.objects.closed().values_list("pk", flat=True))
    closes = AnswerEvent.objects.filter(kind="close").values_list("attempt_id", flat=True)
    scores = Score.objects.values_list("attempt_id", flat=True)
    assert sorted(closes) == sorted(scores) == sorted(closed)
    for_ever = Attempt.objects.filter(ended_at__gt=F("deadline_at"))
    assert not for_ever.exists()


def check_grades(attempts: list[Attempt]) -> None:
    for attempt in attempts:
        rows = attempt.items.order_by("position").values_list(
            "position", "revision__body", "revision__key", "answer__payload"
        )
        rule = "exam" if attempt.mode == "mock" else "practice"
        shares = {
            str(position): get_kind(body["kind"]).grade(body, key, answer, rule=rule)
            for position, body, key, answer in rows
        }
        score = attempt.scores.get()
        assert abs(score.points - Decimal(float(sum(shares.values())))) < Decimal("0.001")
        assert score.item_shares == {position: str(share) for position, share in shares.items()}
        assert score.answers_hash == answers_hash({row[0]: row[3] for row in rows})


def a_sample(count: int) -> list[Attempt]:
    closed = list(Attempt.objects.closed().order_by("pk"))
    return random.Random(1).sample(closed, count)


def share_right(**condition: int) -> float:
    """Of the answers that tell something."""
    rights = Evidence.objects.filter(**condition).values_list("is_right", flat=True)
    return sum(rights) / len(rights)
