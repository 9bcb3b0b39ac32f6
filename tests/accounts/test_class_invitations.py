"""An invitation reaches its address, and only who owns that address can accept it."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as portal
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certportal.accounts.models import AuditEvent, Classroom, Invitation, Membership
from certportal.accounts.models.joining import MOST_TRIES
from certportal.accounts.services import class_invitation_mail, class_invitations
from certportal.accounts.services.class_invitation_mail import (
    message_of,
    queue_invitations,
    send_invitations,
)
from certportal.accounts.services.class_invitations import (
    AlreadyMemberError,
    Guest,
    TooManyMailsError,
    UnknownInvitationError,
    accept_invitation,
    decline_invitation,
    forget_old_invitations,
    invitation_of,
    invite,
    link_of,
    resend_invitation,
    revoke_invitation,
    token_of,
    waiting_invitations,
)
from certportal.accounts.services.classes import ArchivedClassError, archive_class
from certportal.accounts.services.erasing import erase_person
from certportal.accounts.services.memberships import (
    ExtraTime,
    Place,
    ReasonMissingError,
    leave_class,
)
from tests.factories.accounts import PASSWORD, InstructorFactory, UserFactory
from tests.factories.classes import (
    ClassLabelFactory,
    ClassroomFactory,
    InvitationFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db

ROLE = Membership.Role


@pytest.fixture
def classroom() -> Classroom:
    return ClassroomFactory(name="Cloud <evening>")


def invited(classroom: Classroom, email: str, **place) -> Invitation:
    return invite(classroom, Guest(email, place=Place(**place)), by=classroom.created_by)


def test_its_addressee_accepts_and_is_what_it_says(classroom):
    label = ClassLabelFactory(classroom=classroom)
    person = UserFactory()
    invitation = invited(
        classroom,
        f" {person.email.upper()} ",
        labels=(label,),
        extra_time=ExtraTime(Decimal("1.5"), "letter of 3 May"),
    )
    assert list(waiting_invitations(person)) == [invitation]
    membership = accept_invitation(
        invitation_of(token_of(invitation), person=person), person=person
    )
    assert (membership.person, membership.role) == (person, ROLE.STUDENT)
    assert list(membership.labels.all()) == [label]
    assert membership.extra_time_factor == Decimal("1.5")
    assert membership.extra_time_reason == "letter of 3 May"
    assert not waiting_invitations(person).exists()


def test_accepting_forgets_the_address_and_twice_is_once(classroom):
    person = UserFactory()
    invitation = invited(classroom, person.email)
    first = accept_invitation(invitation, person=person)
    found = invitation_of(token_of(invitation), person=person)
    assert accept_invitation(found, person=person) == first
    assert Invitation.objects.get().email == ""
    assert classroom.memberships.students().count() == 1
    assert person.email not in str(list(AuditEvent.objects.values("before", "after", "target")))


def test_nobody_else_finds_it(classroom):
    person, other = UserFactory(), UserFactory()
    token = token_of(invited(classroom, person.email))
    for wrong in (token, token[:-1], "x", ""):
        with pytest.raises(UnknownInvitationError):
            invitation_of(wrong, person=other)
    with pytest.raises(UnknownInvitationError):
        accept_invitation(Invitation.objects.get(), person=other)
    with pytest.raises(UnknownInvitationError):
        decline_invitation(Invitation.objects.get(), person=other)
    assert not Membership.objects.students().exists()


def test_an_address_that_is_not_confirmed_is_nobodys(classroom):
    person = UserFactory()
    EmailAddress.objects.create(user=person, email="wish@example.org", verified=False)
    invitation = invited(classroom, "wish@example.org")
    assert not waiting_invitations(person).exists()
    with pytest.raises(UnknownInvitationError):
        accept_invitation(invitation, person=person)
    EmailAddress.objects.filter(email="wish@example.org").update(verified=True)
    assert accept_invitation(invitation, person=person).person == person


def _expire(invitation: Invitation) -> None:
    Invitation.objects.update(expires_at=timezone.now())


def _revoke(invitation: Invitation) -> None:
    revoke_invitation(invitation, by=invitation.invited_by)


def _archive(invitation: Invitation) -> None:
    archive_class(invitation.classroom, by=invitation.invited_by)


@pytest.mark.parametrize("end", [_expire, _revoke, _archive], ids=lambda end: end.__name__)
def test_what_is_over_is_like_what_never_was(classroom, end):
    person = UserFactory()
    invitation = invited(classroom, person.email)
    token = token_of(invitation)
    end(invitation)
    assert not waiting_invitations(person).exists()
    with pytest.raises(UnknownInvitationError):
        invitation_of(token, person=person)
    with pytest.raises(UnknownInvitationError):
        accept_invitation(invitation, person=person)


def test_it_lasts_two_weeks(classroom):
    before = timezone.now()
    invitation = invited(classroom, "new@example.org")
    assert timedelta(days=14) <= invitation.expires_at - before < timedelta(days=14, minutes=5)


def test_declining_forgets_the_address(classroom):
    person = UserFactory()
    decline_invitation(invited(classroom, person.email), person=person)
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.revoked_at is None) == ("", False)
    assert not waiting_invitations(person).exists()


def test_a_member_gains_and_never_loses(classroom):
    membership = MembershipFactory(classroom=classroom, assistant=True)
    old, new = ClassLabelFactory.create_batch(2, classroom=classroom)
    membership.labels.add(old)
    InvitationFactory(classroom=classroom, email=membership.person.email).labels.add(new)
    accept_invitation(Invitation.objects.get(), person=membership.person)
    membership.refresh_from_db()
    assert membership.role == ROLE.ASSISTANT
    assert set(membership.labels.all()) == {old, new}


def test_the_role_of_an_instructor_needs_the_portals(classroom):
    student, teacher = UserFactory(), InstructorFactory()
    for person in (student, teacher):
        accept_invitation(invited(classroom, person.email, role=ROLE.INSTRUCTOR), person=person)
    roles = dict(classroom.memberships.values_list("person", "role"))
    assert roles[student.pk] == ROLE.ASSISTANT
    assert roles[teacher.pk] == ROLE.INSTRUCTOR


def test_members_are_not_invited(classroom):
    membership = MembershipFactory(classroom=classroom)
    EmailAddress.objects.create(user=membership.person, email="Second@example.org", verified=True)
    for email in (membership.person.email, "second@EXAMPLE.org"):
        with pytest.raises(AlreadyMemberError):
            invited(classroom, email)


def test_whoever_left_may_be_invited_again(classroom):
    membership = MembershipFactory(classroom=classroom)
    leave_class(membership)
    assert invited(classroom, membership.person.email).email == membership.person.email


def test_inviting_again_renews_what_waits(classroom):
    first = invited(classroom, "new@example.org")
    Invitation.objects.update(
        expires_at=timezone.now() - timedelta(days=1), mailed_at=timezone.now(), mail_tries=3
    )
    again = invited(classroom, "NEW@example.org", role=ROLE.ASSISTANT)
    assert again == first
    again.refresh_from_db()
    assert again.role == ROLE.ASSISTANT
    assert (again.mailed_at, again.mail_tries) == (None, 0)
    assert again.expires_at > timezone.now()


def test_resending_is_for_what_was_not_answered(classroom):
    invitation = invited(classroom, "new@example.org")
    Invitation.objects.update(mailed_at=timezone.now(), expires_at=timezone.now())
    resend_invitation(invitation, by=classroom.created_by)
    invitation.refresh_from_db()
    assert invitation.mailed_at is None
    assert invitation.expires_at > timezone.now() + timedelta(days=13)
    revoke_invitation(invitation, by=classroom.created_by)
    with pytest.raises(UnknownInvitationError):
        resend_invitation(invitation, by=classroom.created_by)


def test_an_address_gets_a_few_mails_an_hour(classroom, monkeypatch):
    invitation = invited(classroom, "new@example.org")
    resend_invitation(invitation, by=classroom.created_by)
    invited(classroom, "new@example.org", role=ROLE.ASSISTANT)
    with pytest.raises(TooManyMailsError):
        resend_invitation(invitation, by=classroom.created_by)
    with pytest.raises(TooManyMailsError):
        invited(classroom, "new@example.org")
    resend_invitation(invited(classroom, "other@example.org"), by=classroom.created_by)
    first = AuditEvent.objects.filter(after__invitation=str(invitation.public_id)).earliest("pk")
    hour = first.happened_at + timedelta(hours=1)
    monkeypatch.setattr(class_invitations, "db_now", lambda: hour - timedelta(microseconds=1))
    with pytest.raises(TooManyMailsError):
        resend_invitation(invitation, by=classroom.created_by)
    monkeypatch.setattr(class_invitations, "db_now", lambda: hour)
    resend_invitation(invitation, by=classroom.created_by)


def test_a_class_sends_so_many_again_a_day(classroom, monkeypatch):
    monkeypatch.setattr(class_invitations, "MOST_RESENT_A_DAY", 1)
    first, second = (invited(classroom, f"{name}@example.org") for name in ("a", "b"))
    resend_invitation(first, by=classroom.created_by)
    with pytest.raises(TooManyMailsError):
        resend_invitation(second, by=classroom.created_by)
    day = AuditEvent.objects.get(action="class-invited-again").happened_at + timedelta(days=1)
    monkeypatch.setattr(class_invitations, "db_now", lambda: day)
    resend_invitation(second, by=classroom.created_by)


def test_extra_time_without_a_reason_is_refused(classroom):
    with pytest.raises(ReasonMissingError):
        invited(classroom, "new@example.org", extra_time=ExtraTime(Decimal("1.5"), "  "))
    assert not Invitation.objects.exists()


def test_an_archived_class_invites_nobody(classroom):
    archive_class(classroom, by=classroom.created_by)
    with pytest.raises(ArchivedClassError):
        invited(classroom, "new@example.org")


def test_erasing_a_person_empties_what_was_sent_to_them(classroom):
    person = UserFactory()
    invite(
        classroom,
        Guest(person.email, "Their Name", Place(extra_time=ExtraTime(Decimal(2), "illness"))),
        by=classroom.created_by,
    )
    stays = invited(classroom, "other@example.org")
    erase_person(person, by=None)
    invitation = Invitation.objects.exclude(pk=stays.pk).get()
    assert (invitation.email, invitation.name, invitation.extra_time_reason) == ("", "", "")
    assert invitation.extra_time_factor is None
    assert invitation.revoked_at is not None
    stays.refresh_from_db()
    assert stays.email == "other@example.org"


def test_what_nobody_answered_is_forgotten_after_months(classroom):
    now = timezone.now()
    kept, old = (
        InvitationFactory(classroom=classroom, expires_at=now - timedelta(days=days))
        for days in (89, 91)
    )
    assert forget_old_invitations() == 1
    kept.refresh_from_db()
    old.refresh_from_db()
    assert (bool(kept.email), kept.revoked_at) == (True, None)
    assert (old.email, old.revoked_at is None) == ("", False)
    assert forget_old_invitations() == 0


# --- The mail ---------------------------------------------------------------------------


class Postman(EmailBackend):
    """A server that may be down, and refuses some addresses."""

    is_down = False
    refused: frozenset[str] = frozenset()

    def open(self) -> bool:
        if self.is_down:
            raise ConnectionRefusedError
        return True

    def send_messages(self, messages):
        for message in messages:
            if set(message.to) & self.refused:
                raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"no such user")})
        return super().send_messages(messages)


@pytest.fixture
def postman(monkeypatch) -> type[Postman]:
    class Own(Postman):
        pass

    monkeypatch.setattr(class_invitation_mail, "get_connection", lambda **_options: Own())
    return Own


def test_the_mail_leads_to_the_invitation(classroom, postman):
    invitation = invited(classroom, "new@example.org")
    assert send_invitations.call() == 1
    message = mail.outbox[0]
    assert message.to == ["new@example.org"]
    assert message.subject == "Invitation to the class Cloud <evening>"
    page = reverse("progress:class-invitation", args=[token_of(invitation)])
    assert f"{portal.PUBLIC_URL}{page}" in message.body
    assert send_invitations.call() == 0
    assert len(mail.outbox) == 1


def test_the_mail_is_in_the_language_of_its_reader(classroom):
    classroom.created_by.language = "zh-hans"
    classroom.created_by.save()
    reader, stranger = UserFactory(language="en").email, "new@example.org"
    bodies = [message_of(invited(classroom, email)).body for email in (reader, stranger)]
    # Where nobody is known by the address, that of who invites. Dates tell them apart.
    assert ["年" in body for body in bodies] == [False, True]


def test_a_server_that_is_down_keeps_them_waiting(classroom, postman):
    invited(classroom, "new@example.org")
    postman.is_down = True
    assert send_invitations.call() == 0
    invitation = Invitation.objects.get()
    assert (invitation.mailed_at, invitation.mail_tries) == (None, 0)
    postman.is_down = False
    assert send_invitations.call() == 1


def test_one_refused_address_does_not_keep_the_others(classroom, postman):
    for name in ("first", "wrong", "last"):
        invited(classroom, f"{name}@example.org")
    postman.refused = frozenset({"wrong@example.org"})
    assert send_invitations.call() == 2
    assert [message.to[0] for message in mail.outbox] == ["first@example.org", "last@example.org"]
    wrong = Invitation.objects.get(email="wrong@example.org")
    assert (wrong.mailed_at, wrong.mail_tries) == (None, 1)


def test_a_refused_address_is_tried_later_and_not_for_ever(classroom, postman):
    invited(classroom, "wrong@example.org")
    postman.refused = frozenset({"wrong@example.org"})
    for tries in range(1, MOST_TRIES + 1):
        assert send_invitations.call() == 0
        assert Invitation.objects.get().mail_tries == tries
        assert not queue_invitations()
        Invitation.objects.update(mail_after=None)
    assert send_invitations.call() == 0
    assert Invitation.objects.get().mail_tries == MOST_TRIES
    assert Invitation.objects.get().is_undeliverable


@pytest.mark.parametrize("end", [_expire, _revoke, _archive], ids=lambda end: end.__name__)
def test_what_is_over_is_not_mailed(classroom, postman, end):
    end(invited(classroom, "new@example.org"))
    assert not queue_invitations()
    assert send_invitations.call() == 0


def test_the_clock_queues_one_task_at_a_time(classroom):
    assert not queue_invitations()
    invited(classroom, "new@example.org")
    assert queue_invitations()
    assert not queue_invitations()
    assert DBTaskResult.objects.count() == 1


# --- Sign-up by invitation --------------------------------------------------------------


def test_where_sign_up_needs_an_invitation_the_mail_leads_through_it(classroom, settings):
    settings.SIGNUP = "invite"
    invitation = invited(classroom, "new@example.org")
    link = link_of(invitation)
    page = reverse("progress:class-invitation", args=[token_of(invitation)])
    parts = urlsplit(link)
    assert parts.path == reverse("account_signup")
    assert parse_qs(parts.query)["next"] == [page]

    client = Client()
    form = client.get(f"{parts.path}?{parts.query}")
    hidden = re.findall(r'name="next"\s+value="([^"]+)"', form.content.decode())
    assert page in hidden
    data = {"email": "new@example.org", "password1": PASSWORD, "next": page}
    answer = client.post(parts.path, data)
    assert answer.status_code == 302
    assert answer.url == page


def test_who_has_an_account_is_led_straight_to_it(classroom, settings):
    settings.SIGNUP = "invite"
    person = UserFactory()
    link = link_of(invited(classroom, person.email))
    assert urlsplit(link).path.startswith("/classes/invitations/")
