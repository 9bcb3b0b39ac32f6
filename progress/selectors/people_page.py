"""Who is in a class, who is invited, and by which codes others may come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from certportal.accounts.models import ClassLabel, Classroom, Invitation, JoinCode, Membership
from certportal.catalog.models import ExamGuide

PEOPLE_PER_PAGE = 100
_MOST_INVITATIONS = 100
_MOST_CODES = 50
_LONGEST_QUERY = 80


@dataclass(frozen=True, slots=True)
class InvitationLine:
    invitation: Invitation
    state: str
    """queued, sent, refused by its mail server, or expired."""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    page: Page[Membership]
    """The members that the filters leave, by name."""
    students: int
    staff: int
    labels: list[ClassLabel]
    invitations: list[InvitationLine]
    invited: int

    @property
    def is_empty(self) -> bool:
        return not self.students and self.staff <= 1

    @property
    def unlisted(self) -> int:
        return self.invited - len(self.invitations)


@dataclass(frozen=True, slots=True)
class CodeLine:
    code: JoinCode
    state: str
    """usable, revoked, expired or used up."""


@dataclass(frozen=True, slots=True)
class LabelLine:
    label: ClassLabel
    members: int


def people(
    classroom: Classroom, *, q: str, label: str, role: str, page: str | None, now: datetime
) -> PeoplePage:
    """Everything on the page of people: the same statements for any number of them."""
    current = classroom.memberships.current()
    counts = current.aggregate(
        students=Count("pk", filter=Q(role=Membership.Role.STUDENT)),
        staff=Count("pk", filter=~Q(role=Membership.Role.STUDENT)),
    )
    unanswered = classroom.invitations.unanswered()
    shown = unanswered.prefetch_related("labels").order_by("email")[:_MOST_INVITATIONS]
    return PeoplePage(
        page=Paginator(_members(current, q=q, label=label, role=role), PEOPLE_PER_PAGE).get_page(
            page
        ),
        labels=list(classroom.labels.all()),
        invitations=[InvitationLine(it, _invitation_state(it, now)) for it in shown],
        invited=unanswered.count(),
        **counts,
    )


def join_codes(classroom: Classroom, *, now: datetime) -> list[CodeLine]:
    """The newest codes of a class."""
    codes = classroom.join_codes.select_related("label")[:_MOST_CODES]
    return [CodeLine(code, _code_state(code, now)) for code in codes]


def class_labels(classroom: Classroom) -> list[LabelLine]:
    """The labels of a class, each with how many carry it now."""
    carried = Count("memberships", filter=Q(memberships__left_at=None))
    labels = classroom.labels.annotate(carried=carried)
    return [LabelLine(label, label.carried) for label in labels]


def guides_to_learn_for(classroom: Classroom | None = None) -> list[ExamGuide]:
    """The guides a class may choose: those with domains, the one it has first."""
    goal = getattr(classroom, "goal", None) if classroom else None
    guides = (
        ExamGuide.objects.current()
        .filter(domains__isnull=False)
        .select_related("certification")
        .distinct()
        .order_by("certification__vendor__position", "certification__position", "pk")
    )
    return [goal.guide, *guides] if goal else list(guides)


def _members(
    current: QuerySet[Membership], *, q: str, label: str, role: str
) -> QuerySet[Membership, Any]:
    if wanted := q.strip()[:_LONGEST_QUERY]:
        current = current.filter(
            Q(person__display_name__icontains=wanted) | Q(person__email__icontains=wanted)
        )
    if role in Membership.Role.values:
        current = current.filter(role=role)
    if label.isdecimal():
        current = current.filter(labels=int(label))
    return (
        current.select_related("person")
        .prefetch_related("labels")
        .order_by("person__display_name", "person__email", "pk")
    )


def _invitation_state(invitation: Invitation, now: datetime) -> str:
    if invitation.expires_at <= now:
        return "expired"
    if invitation.is_undeliverable:
        return "refused"
    return "sent" if invitation.mailed_at else "queued"


def _code_state(code: JoinCode, now: datetime) -> str:
    if code.revoked_at is not None:
        return "revoked"
    if code.expires_at <= now:
        return "expired"
    return "used" if code.uses >= code.max_uses else "usable"
