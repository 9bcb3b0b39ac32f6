"""What a student answered: the append-only log, the answers that stand, the scores."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certportal.lib.append_only import only_while_erasing, refuse_truncate
from quizzes.models.attempt import Attempt, AttemptItem


class ClockTimestamp(models.Func):
    """The database's clock at this statement, not at the start of the transaction."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


class AnswerEvent(models.Model):
    """One thing that reached the server about an attempt. Append-only."""

    class Kind(models.TextChoices):
        ANSWER = "answer"
        MARK = "mark"
        TAKE_OVER = "take-over"
        CLOSE = "close"
        SECTION = "section"
        GRANT = "grant"
        DECISION = "decision"

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Saved")
        STALE = "stale", _("Older than what is saved")
        LATE = "late", _("After the time was up")
        SUPERSEDED = "superseded", _("From a page that was taken over")
        CLOSED = "closed", _("After the end")
        ACCEPTED_LATE = "accepted_late", _("Accepted afterwards")
        DECLINED_LATE = "declined_late", _("Not accepted afterwards")
        SYSTEM = "system", _("By the portal")

    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="events", verbose_name=_("attempt")
    )
    item = models.ForeignKey(
        AttemptItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("question on the paper"),
    )
    kind = models.CharField(max_length=10, choices=Kind, verbose_name=_("kind"))
    epoch = models.PositiveIntegerField(null=True, blank=True, verbose_name=_("writer number"))
    seq = models.PositiveIntegerField(null=True, blank=True, verbose_name=_("sequence number"))
    # The whole entry without `seq`; a repeated key with another payload is a conflict.
    payload = models.JSONField(default=dict, verbose_name=_("what was sent"))
    outcome = models.CharField(max_length=16, choices=Outcome, verbose_name=_("outcome"))
    # The late answer that staff decided about; the newest decision holds.
    decides = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        verbose_name=_("decides about"),
    )
    arrived_at = models.DateTimeField(verbose_name=_("arrived at"))
    recorded_at = models.DateTimeField(
        db_default=ClockTimestamp(), editable=False, verbose_name=_("recorded at")
    )
    # Raw material for later measurement; null where the page ran without a script.
    first_shown_at = models.DateTimeField(null=True, blank=True, verbose_name=_("first shown at"))
    certainty = models.PositiveSmallIntegerField(null=True, blank=True, verbose_name=_("certainty"))
    visible_ms = models.PositiveIntegerField(
        null=True, blank=True, verbose_name=_("milliseconds in view")
    )
    changes = models.PositiveIntegerField(null=True, blank=True, verbose_name=_("changes of mind"))

    class Meta:
        verbose_name = _("answer event")
        verbose_name_plural = _("answer events")
        constraints = [
            models.UniqueConstraint(name="event_key_once", fields=["attempt", "epoch", "seq"]),
            models.CheckConstraint(
                name="event_of_a_page_has_a_key",
                condition=~Q(kind__in=["answer", "mark"])
                | Q(epoch__isnull=False, seq__isnull=False, item__isnull=False),
            ),
            models.CheckConstraint(
                name="event_of_a_decision_names_an_answer",
                condition=Q(kind="decision", decides__isnull=False)
                | (~Q(kind="decision") & Q(decides=None)),
            ),
            models.UniqueConstraint(
                name="event_one_close", fields=["attempt"], condition=Q(kind="close")
            ),
            models.CheckConstraint(
                name="event_certainty_1_to_3",
                condition=Q(certainty=None) | Q(certainty__gte=1, certainty__lte=3),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            only_while_erasing(
                name="no_update",
                unchanged=[
                    "id",
                    "attempt_id",
                    "item_id",
                    "kind",
                    "epoch",
                    "seq",
                    "outcome",
                    "decides_id",
                    "arrived_at",
                    "recorded_at",
                ],
            ),
            refuse_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.epoch}/{self.seq} {self.outcome}"


_GUARD_ANSWERS = """
    IF TG_OP = 'UPDATE' AND current_setting('certportal.erasing', true) = 'on'
       AND NEW.item_id = OLD.item_id AND NEW.epoch = OLD.epoch AND NEW.seq = OLD.seq THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'answers are kept';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.final_at IS NOT NULL THEN
        RAISE EXCEPTION 'this answer is final';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM quizzes_attempt
                   WHERE id = NEW.attempt_id AND status = 'open') THEN
        RAISE EXCEPTION 'answers of a closed attempt stay as they are';
    END IF;
    RETURN NEW;
"""


class Answer(models.Model):
    """The answer that stands for one item: the accepted event with the highest key."""

    item = models.OneToOneField(
        AttemptItem, on_delete=models.PROTECT, primary_key=True, related_name="answer"
    )
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="answers")
    epoch = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()
    # The canonical answer; null when the student cleared it.
    payload = models.JSONField(null=True)
    # Whether every part is answered; written with the payload, read by the navigator.
    is_complete = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    # Practice: set once when the question is finished and its key was shown.
    final_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="only_while_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_GUARD_ANSWERS,
            ),
            refuse_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.epoch}/{self.seq}"


class ItemMark(models.Model):
    """Flag, struck options and first sight of one item; each field has its own order key."""

    item = models.OneToOneField(
        AttemptItem, on_delete=models.PROTECT, primary_key=True, related_name="mark"
    )
    flag = models.BooleanField(default=False)
    flag_epoch = models.PositiveIntegerField(default=0)
    flag_seq = models.PositiveIntegerField(default=0)
    struck = models.JSONField(default=list)
    struck_epoch = models.PositiveIntegerField(default=0)
    struck_seq = models.PositiveIntegerField(default=0)
    first_seen_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.item_id}"


class Score(models.Model):
    """The result of one grading; a regrade adds a row and keeps the old ones."""

    class Reason(models.TextChoices):
        CLOSE = "close", _("At the end")
        LATE = "late", _("Late answers decided")
        REGRADE = "regrade", _("Key corrected")

    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="scores", verbose_name=_("attempt")
    )
    number = models.PositiveSmallIntegerField(default=1, verbose_name=_("number"))
    reason = models.CharField(
        max_length=12, choices=Reason, default=Reason.CLOSE, verbose_name=_("reason")
    )
    points = models.DecimalField(max_digits=9, decimal_places=4, verbose_name=_("points"))
    max_points = models.PositiveIntegerField(verbose_name=_("points possible"))
    passed = models.BooleanField(null=True, verbose_name=_("passed"))
    # Item position -> share of its point as a fraction in words, such as "1" or "2/3".
    item_shares = models.JSONField(default=dict, verbose_name=_("share of each question"))
    answers_hash = models.CharField(max_length=64, verbose_name=_("fingerprint of the answers"))
    created_at = models.DateTimeField(
        db_default=ClockTimestamp(), editable=False, verbose_name=_("created at")
    )

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        ordering = ["attempt", "-number"]
        constraints = [
            models.UniqueConstraint(name="score_number_once", fields=["attempt", "number"]),
            models.CheckConstraint(
                name="score_points_in_range",
                condition=Q(points__gte=0) & Q(points__lte=models.F("max_points")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete),
            refuse_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.points} of {self.max_points}"
