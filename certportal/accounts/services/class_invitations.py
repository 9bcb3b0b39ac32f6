"""Invites addresses into classes; an invitation becomes a membership when it is accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import AuditEvent, Classroom, Invitation, Membership, User
from certportal.accounts.models.joining import InvitationQuerySet
from certportal.accounts.services.auditing import person_target, record
from certportal.accounts.services.classes import (
    ArchivedClassError,
    class_target,
    lock_class,
    may_teach,
)
from certportal.accounts.services.inviting import INVITATION_DAYS, invitation_link
from certportal.accounts.services.memberships import (
    ExtraTime,
    NoSuchPersonError,
    Place,
    enter_class,
    facts,
    higher_role,
    lock_person,
)
from certportal.lib.clock import db_now

INVITATION_LASTS = timedelta(days=INVITATION_DAYS)
MOST_MAILS_AN_HOUR = 3
"""To one address by one class."""
MOST_RESENT_A_DAY = 200
"""By one class to all addresses."""
_KEPT_AFTER_END = timedelta(days=90)
_SALT = "certportal.accounts.class-invitation"


class UnknownInvitationError(Exception):
    """Forged, over, withdrawn, or for somebody else: all the same to who opens it."""


class TooManyMailsError(Exception):
    """Sending again has a limit: a mailbox is somebody's, and mail servers stop trusting us."""

    def __init__(self, message: Promise) -> None:
        super().__init__()
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class AlreadyMemberError(Exception):
    """The address belongs to a member of the class."""

    message = _("Somebody with this address is in the class already.")

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is invited, and what they become."""

    email: str
    name: str = ""
    place: Place = field(default_factory=Place)


@transaction.atomic
def invite(
    classroom: Classroom, guest: Guest, *, by: User, request: HttpRequest | None = None
) -> Invitation:
    """Invite an address; one that waits already is changed, renewed and mailed again.

    Raises:
        AlreadyMemberError: the address belongs to a member.
        ArchivedClassError: the class is archived.
        ReasonMissingError: there is extra time without a reason.
        TooManyMailsError: it has been mailed to this address several times within an hour.
    """
    locked = lock_class(classroom)
    now = db_now()
    email = guest.email.strip().lower()
    members = locked.memberships.current().values("person")
    if EmailAddress.objects.filter(email__iexact=email, verified=True, user__in=members).exists():
        raise AlreadyMemberError
    extra = guest.place.extra_time.checked()
    values = {
        "name": guest.name,
        "role": guest.place.role,
        "extra_time_factor": extra.factor,
        "extra_time_reason": extra.reason,
        "invited_by": by,
        **fresh(now),
    }
    waiting = locked.invitations.unanswered().filter(email=email)
    for earlier in waiting:
        _check_hour(earlier, locked, now)
    invitation, _created = waiting.update_or_create(
        defaults=values, create_defaults={**values, "classroom": locked, "email": email}
    )
    invitation.labels.set(guest.place.labels)
    # By whom and into what; the address is nobody's to keep for good.
    after = {"invitation": str(invitation.public_id), "role": str(invitation.role)}
    record("class-invited", actor=by, target=class_target(locked), after=after, request=request)
    return invitation


@transaction.atomic
def resend_invitation(invitation: Invitation, *, by: User) -> None:
    """Mail an unanswered invitation again and let it wait for another two weeks.

    Raises:
        ArchivedClassError: the class is archived.
        TooManyMailsError: it, or others of the class, were sent too often lately.
        UnknownInvitationError: it has been answered or withdrawn.
    """
    classroom = lock_class(invitation.classroom)
    now = db_now()
    _check_hour(invitation, classroom, now)
    _check_day(classroom, now)
    unanswered = Invitation.objects.unanswered().filter(pk=invitation.pk)
    if not unanswered.update(**fresh(now)):
        raise UnknownInvitationError
    after = {"invitation": str(invitation.public_id)}
    record("class-invited-again", actor=by, target=class_target(classroom), after=after)


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Withdraw an invitation and forget its address; twice does nothing the second time.

    Raises:
        ArchivedClassError: the class is archived.
    """
    classroom = lock_class(invitation.classroom)
    if _end(Invitation.objects.unanswered().filter(pk=invitation.pk)):
        after = {"invitation": str(invitation.public_id)}
        record("class-invitation-revoked", actor=by, target=class_target(classroom), after=after)


def invitation_of(token: str, *, person: User) -> Invitation:
    """Find the invitation of a link, for its addressee only.

    Raises:
        UnknownInvitationError: it is not there for this person, whatever the cause.
    """
    try:
        public_id = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature as error:
        raise UnknownInvitationError from error
    found = Invitation.objects.select_related("classroom").filter(public_id=public_id).first()
    if found is None or not (_is_waiting_for(found, person) or _was_accepted_by(found, person)):
        raise UnknownInvitationError
    return found


def waiting_invitations(person: User) -> InvitationQuerySet:
    """The invitations that somebody may accept: those to their confirmed addresses."""
    return (
        Invitation.objects.waiting(db_now())
        .filter(email__in=_addresses(person))
        .select_related("classroom", "invited_by")
    )


@transaction.atomic
def accept_invitation(
    invitation: Invitation, *, person: User, request: HttpRequest | None = None
) -> Membership:
    """Enter the class as what the invitation says; a second press changes nothing.

    A member gains what the invitation gives and loses nothing. Somebody who is invited as
    instructor and is none in this portal becomes an assistant.

    Raises:
        UnknownInvitationError: it is not there for this person any more.
    """
    try:
        classroom = lock_class(invitation.classroom)
        lock_person(person)
        locked = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
        if _was_accepted_by(locked, person):
            return classroom.memberships.current().get(person=person)
        if not _is_waiting_for(locked, person):
            raise UnknownInvitationError
        place = _place(locked, person)
        membership, is_new = enter_class(classroom, place, person=person, now=db_now())
    except (ArchivedClassError, NoSuchPersonError) as error:
        raise UnknownInvitationError from error
    if not is_new:
        _add_to(membership, place)
    # The membership knows who it is: nothing needs the address from here on.
    locked.accepted_at = db_now()
    locked.email = locked.name = locked.extra_time_reason = ""
    locked.extra_time_factor = None
    locked.save()
    record(
        "class-invitation-accepted",
        actor=person,
        target=person_target(person),
        after={"invitation": str(locked.public_id), **facts(membership)},
        request=request,
    )
    return membership


@transaction.atomic
def decline_invitation(
    invitation: Invitation, *, person: User, request: HttpRequest | None = None
) -> None:
    """Say no; the class learns that nobody came, and the address is forgotten.

    Raises:
        UnknownInvitationError: it is not there for this person.
    """
    # Whoever accepts it in this moment holds the same row.
    locked = (
        Invitation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("classroom")
        .get(pk=invitation.pk)
    )
    if not _is_waiting_for(locked, person):
        raise UnknownInvitationError
    _end(Invitation.objects.filter(pk=locked.pk))
    record(
        "class-invitation-declined",
        actor=person,
        target=class_target(locked.classroom),
        after={"invitation": str(locked.public_id)},
        request=request,
    )


def token_of(invitation: Invitation) -> str:
    """The signed name of an invitation, as it stands in its link."""
    return signing.Signer(salt=_SALT).sign(str(invitation.public_id))


def link_of(invitation: Invitation) -> str:
    """The full address to mail. Where sign-up asks for an invitation, it leads through it."""
    page = reverse("progress:class-invitation", args=[token_of(invitation)])
    if settings.SIGNUP == "invite" and not _has_account(invitation.email):
        return invitation_link(invitation.email, then=page)
    return f"{settings.PUBLIC_URL}{page}"


def forget_invitations(person: User) -> None:
    """Withdraw and empty what was sent to somebody who is being erased."""
    _end(Invitation.objects.filter(email__in=[*_addresses(person, verified=False), person.email]))


def forget_old_invitations() -> int:
    """Withdraw what nobody answered for months: an address is not kept for nothing."""
    return _end(Invitation.objects.unanswered().filter(expires_at__lte=db_now() - _KEPT_AFTER_END))


def fresh(now: datetime) -> dict[str, object]:
    """What makes an invitation wait from now on and its mail go out."""
    return {
        "expires_at": now + INVITATION_LASTS,
        "mailed_at": None,
        "mail_tries": 0,
        "mail_after": None,
    }


def _check_hour(invitation: Invitation, classroom: Classroom, now: datetime) -> None:
    """The audit trail counts: under the lock of the class nobody else adds to it."""
    mails = AuditEvent.objects.filter(
        target=class_target(classroom),
        action__in=("class-invited", "class-invited-again"),
        after__invitation=str(invitation.public_id),
        happened_at__gt=now - timedelta(hours=1),
    )
    if mails.count() >= MOST_MAILS_AN_HOUR:
        raise TooManyMailsError(
            _("This invitation was sent several times within an hour. Wait before the next one.")
        )


def _check_day(classroom: Classroom, now: datetime) -> None:
    mails = AuditEvent.objects.filter(
        target=class_target(classroom),
        action="class-invited-again",
        happened_at__gt=now - timedelta(days=1),
    )
    if mails.count() >= MOST_RESENT_A_DAY:
        raise TooManyMailsError(
            _("This class has sent many invitations again today. Go on tomorrow.")
        )


def _end(invitations: InvitationQuerySet) -> int:
    ids = list(invitations.values_list("pk", flat=True))
    ended = Invitation.objects.filter(pk__in=ids).update(
        revoked_at=db_now(), email="", name="", extra_time_factor=None, extra_time_reason=""
    )
    Invitation.labels.through.objects.filter(invitation__in=ids).delete()
    return ended


def _addresses(person: User, *, verified: bool = True) -> list[str]:
    mine = EmailAddress.objects.filter(user=person)
    if verified:
        mine = mine.filter(verified=True)
    return [address.lower() for address in mine.values_list("email", flat=True)]


def _has_account(email: str) -> bool:
    return (
        User.objects.filter(email=email).exists()
        or EmailAddress.objects.filter(email__iexact=email).exists()
    )


def _is_waiting_for(invitation: Invitation, person: User) -> bool:
    return waiting_invitations(person).filter(pk=invitation.pk).exists()


def _was_accepted_by(invitation: Invitation, person: User) -> bool:
    """The address is gone by then; being a member is what tells."""
    return (
        invitation.accepted_at is not None
        and invitation.classroom.memberships.current().filter(person=person).exists()
    )


def _place(invitation: Invitation, person: User) -> Place:
    role = invitation.role
    if role == Membership.Role.INSTRUCTOR and not may_teach(person):
        role = Membership.Role.ASSISTANT
    return Place(
        role=role,
        labels=tuple(invitation.labels.all()),
        extra_time=ExtraTime(invitation.extra_time_factor, invitation.extra_time_reason),
    )


def _add_to(membership: Membership, place: Place) -> None:
    membership.role = higher_role(membership.role, place.role)
    if place.extra_time.factor is not None:
        membership.extra_time_factor = place.extra_time.factor
        membership.extra_time_reason = place.extra_time.reason
    membership.save(update_fields=["role", "extra_time_factor", "extra_time_reason"])
    membership.labels.add(*place.labels)
