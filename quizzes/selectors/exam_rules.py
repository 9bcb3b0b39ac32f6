"""What one mock exam asks of one student, each rule with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from certportal.accounts.models import User
from certportal.catalog.models import Certification
from quizzes.models import Exam
from quizzes.selectors.exam_list import ExamOffer
from quizzes.selectors.mock_offers import mock_offer
from quizzes.selectors.open_sittings import OpenSitting


@dataclass(frozen=True, slots=True)
class ExamRules:
    """One mock exam before its start. Numbers are 0 where no mock can start."""

    exam: Exam
    offer: ExamOffer
    extra_time_factor: Decimal
    sitting: OpenSitting | None
    """The one that this student has open."""
    successors: tuple[Certification, ...]

    @property
    def certification(self) -> Certification:
        return self.exam.guide.certification

    @property
    def size(self) -> int:
        return self.offer.size

    @property
    def minutes(self) -> int:
        return self.offer.minutes

    @property
    def is_whole(self) -> bool:
        """Whether the mock is as long as the real exam."""
        return self.size == self.exam.guide.total

    @property
    def has_extra_time(self) -> bool:
        return self.extra_time_factor > 1

    @property
    def my_minutes(self) -> Decimal:
        return self.minutes * self.extra_time_factor

    @property
    def extra_percent(self) -> int:
        return int((self.extra_time_factor - 1) * 100)

    @property
    def grace_seconds(self) -> int:
        return settings.EXAM_GRACE_SECONDS


def exam_rules(exam: Exam, student: User, sittings: Iterable[OpenSitting]) -> ExamRules:
    """One statement; `exam` comes with its guide, domains and successions."""
    successions = exam.guide.certification.successions.all()
    return ExamRules(
        exam=exam,
        offer=ExamOffer(exam, mock_offer(exam.guide)),
        extra_time_factor=student.own_extra_time_factor,
        sitting=next((it for it in sittings if _is_of(exam, it)), None),
        successors=tuple(succession.successor for succession in successions),
    )


def _is_of(exam: Exam, sitting: OpenSitting) -> bool:
    """Whether the student started it from the page of this exam."""
    return sitting.attempt.exam_id == exam.pk and sitting.attempt.assignment_id is None
