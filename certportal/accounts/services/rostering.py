"""Brings a roster into a class: rehearsed first, then done exactly as rehearsed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Manager, Model
from django.http import HttpRequest

from certportal.accounts.formats.roster_file import (
    FileRow,
    Problem,
    RosterFileError,
    read_roster,
)
from certportal.accounts.models import ClassLabel, Classroom, Invitation, Membership, User
from certportal.accounts.services.auditing import person_target, record, record_each
from certportal.accounts.services.class_invitations import fresh
from certportal.accounts.services.classes import class_target, lock_class
from certportal.accounts.services.memberships import place_facts
from certportal.lib.clock import db_now

CREATED, CHANGED, UNCHANGED, REFUSED = "created", "changed", "unchanged", "refused"
OUTCOMES = (REFUSED, CREATED, CHANGED, UNCHANGED)
MOST_NEW_LABELS = 200
_BATCH = 1000

Row = TypeVar("Row", bound=Model)


class RosterChangedError(Exception):
    """Since the rehearsal the class, or the file, has become another."""


class RosterRefusedError(Exception):
    """Some rows are refused, and nobody said to leave them out."""


@dataclass(frozen=True, slots=True)
class State:
    """What somebody is, or is to be, in a class."""

    role: str = Membership.Role.STUDENT
    labels: tuple[str, ...] = ()
    """In the order of the alphabet: the fingerprint is made of them."""
    factor: Decimal | None = None
    reason: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """What becomes of one row of the file."""

    file: FileRow
    outcome: str
    before: State | None = None
    after: State = State()
    problems: tuple[Problem, ...] = ()
    member: int | None = None
    invitation: int | None = None
    is_renewed: bool = False

    @property
    def line(self) -> int:
        return self.file.line

    @property
    def email(self) -> str:
        return self.file.email


@dataclass(frozen=True, slots=True)
class Roster:
    """A rehearsed roster. Its fingerprint changes with the file and with what it would do."""

    rows: tuple[RosterRow, ...]
    new_labels: tuple[str, ...]
    fingerprint: str

    def of(self, outcome: str) -> list[RosterRow]:
        return [row for row in self.rows if row.outcome == outcome]

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.outcome for row in self.rows)


def rehearse_roster(classroom: Classroom, data: bytes) -> Roster:
    """Say what an import would do, in a fixed number of statements, and do nothing.

    Raises:
        RosterFileError: nothing of the file can be used.
    """
    return _Plan(classroom).roster(read_roster(data))


@transaction.atomic
def import_roster(
    classroom: Classroom,
    roster: Roster,
    *,
    by: User,
    only_valid: bool = False,
    request: HttpRequest | None = None,
) -> Counter[str]:
    """Do what was rehearsed, all of it or nothing; return how many rows came to what.

    New addresses are invited and members changed; nobody is put into a class.

    Raises:
        ArchivedClassError: the class is archived.
        RosterRefusedError: some rows are refused, and not only the valid ones are wanted.
        RosterChangedError: the class has changed, so that something else would happen.
    """
    if roster.counts[REFUSED] and not only_valid:
        raise RosterRefusedError
    locked = lock_class(classroom)
    plan = _Plan(locked, is_final=True)
    if plan.roster(row.file for row in roster.rows).fingerprint != roster.fingerprint:
        raise RosterChangedError
    labels = _make_labels(locked, roster.new_labels, plan.labels)
    _change_members(locked, roster.of(CHANGED), labels, by=by, request=request)
    _change_invitations(roster.of(CHANGED), labels, by=by)
    _invite(locked, roster.of(CREATED), labels, by=by)
    after = {**roster.counts, "new_labels": len(roster.new_labels)}
    record("roster-imported", actor=by, target=class_target(locked), after=after, request=request)
    return roster.counts


class _Plan:
    """Who is in a class and who is invited, read once; says what each row would change."""

    def __init__(self, classroom: Classroom, *, is_final: bool = False) -> None:
        self._now = db_now()
        self.labels = {label.name.casefold(): label for label in classroom.labels.all()}
        members = classroom.memberships.current().prefetch_related("labels")
        if is_final:
            # An erasure that comes now waits for us, and then forgets what we wrote, too.
            members = members.select_for_update(of=("self",), no_key=True)
        self._members = {member.person_id: member for member in members}
        verified = EmailAddress.objects.filter(
            verified=True, user__memberships__in=classroom.memberships.current()
        )
        self._person_of = {
            email.lower(): person for email, person in verified.values_list("email", "user")
        }
        self._invitations = {
            invitation.email: invitation
            for invitation in classroom.invitations.unanswered().prefetch_related("labels")
        }
        self._spelling: dict[str, str] = {}
        self._line_of: dict[int, int] = {}

    def roster(self, file_rows: Iterable[FileRow]) -> Roster:
        rows = tuple(self._row(row) for row in file_rows)
        wanted = {name for row in rows if row.outcome != REFUSED for name in row.after.labels}
        new = tuple(sorted(name for name in wanted if name.casefold() not in self.labels))
        if len(new) > MOST_NEW_LABELS:
            raise RosterFileError("too_many_new_labels", limit=MOST_NEW_LABELS)
        print_of = hashlib.sha256(repr((rows, new)).encode()).hexdigest()
        return Roster(rows, new, print_of)

    def _row(self, row: FileRow) -> RosterRow:
        problems = [*row.problems, *self._problems(row)]
        if problems:
            return RosterRow(row, REFUSED, problems=tuple(problems))
        member = self._member(row)
        invitation = self._invitations.get(row.email)
        current = member or invitation
        before = _state(current) if current else None
        after = self._after(row, before or State(), keeps_name=member is not None)
        is_renewed = member is None and invitation is not None and self._is_over(invitation)
        return RosterRow(
            file=row,
            outcome=_outcome(before, after, is_renewed=is_renewed),
            before=before,
            after=after,
            member=member.pk if member else None,
            invitation=invitation.pk if invitation and not member else None,
            is_renewed=is_renewed,
        )

    def _member(self, row: FileRow) -> Membership | None:
        person = self._person_of.get(row.email)
        return None if person is None else self._members.get(person)

    def _problems(self, row: FileRow) -> Iterator[Problem]:
        """What only the class, or Django, can tell."""
        if row.email and not any(problem.code == "bad_address" for problem in row.problems):
            try:
                validate_email(row.email)
            except ValidationError:
                yield Problem("bad_address", {"email": row.email})
        member = self._member(row)
        if member is None:
            return
        first = self._line_of.setdefault(member.pk, row.line)
        if first != row.line and not any(problem.code == "twice" for problem in row.problems):
            yield Problem("same_person", {"first": first})
        if row.role and member.role == Membership.Role.INSTRUCTOR:
            yield Problem("is_instructor")

    def _after(self, row: FileRow, before: State, *, keeps_name: bool) -> State:
        after = before
        if row.role is not None:
            after = replace(after, role=row.role)
        if row.labels is not None:
            after = replace(
                after, labels=tuple(sorted({self._spelled(name) for name in row.labels}))
            )
        if row.extra_time is not None:
            has_more = row.extra_time > 1
            after = replace(
                after,
                factor=row.extra_time if has_more else None,
                reason=row.reason if has_more else "",
            )
        # A member's name is their own.
        return replace(after, name=row.name) if row.name and not keeps_name else after

    def _spelled(self, name: str) -> str:
        """A label is one label however it is capitalised: as the class has it, or came first."""
        known = self.labels.get(name.casefold())
        return known.name if known else self._spelling.setdefault(name.casefold(), name)

    def _is_over(self, invitation: Invitation) -> bool:
        return invitation.expires_at <= self._now


def _state(current: Membership | Invitation) -> State:
    return State(
        role=str(current.role),
        labels=tuple(sorted(label.name for label in current.labels.all())),
        factor=current.extra_time_factor,
        reason=current.extra_time_reason,
        name=current.name if isinstance(current, Invitation) else "",
    )


def _outcome(before: State | None, after: State, *, is_renewed: bool) -> str:
    if before is None:
        return CREATED
    return CHANGED if is_renewed or before != after else UNCHANGED


def _make_labels(
    classroom: Classroom, names: tuple[str, ...], known: dict[str, ClassLabel]
) -> dict[str, ClassLabel]:
    made = ClassLabel.objects.bulk_create(
        (ClassLabel(classroom=classroom, name=name) for name in names), batch_size=_BATCH
    )
    return {label.name: label for label in (*known.values(), *made)}


def _change_members(
    classroom: Classroom,
    rows: list[RosterRow],
    labels: dict[str, ClassLabel],
    *,
    by: User,
    request: HttpRequest | None,
) -> None:
    after_of = {row.member: row for row in rows if row.member is not None}
    members = list(Membership.objects.filter(pk__in=after_of).select_related("person"))
    class_id = str(classroom.public_id)
    changes: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
    for member in members:
        row = after_of[member.pk]
        had = row.before.labels if row.before else ()
        before = place_facts(member, labels=had, class_id=class_id)
        _set(member, row.after)
        after = place_facts(member, labels=row.after.labels, class_id=class_id)
        changes.append((person_target(member.person), before, after))
    _update(Membership.objects, members, ["role", "extra_time_factor", "extra_time_reason"])
    wanted = [(pk, label) for pk, row in after_of.items() for label in row.after.labels]
    tie = Membership.labels.through
    tie.objects.filter(membership__in=after_of).delete()
    tie.objects.bulk_create(
        (tie(membership_id=pk, classlabel_id=labels[name].pk) for pk, name in wanted),
        batch_size=_BATCH,
    )
    record_each("class-member-changed", actor=by, changes=changes, request=request)


def _change_invitations(rows: list[RosterRow], labels: dict[str, ClassLabel], *, by: User) -> None:
    after_of = {row.invitation: row for row in rows if row.invitation is not None}
    invitations = list(Invitation.objects.filter(pk__in=after_of))
    renewed = fresh(db_now())
    for invitation in invitations:
        row = after_of[invitation.pk]
        _set(invitation, row.after)
        invitation.name = row.after.name
        for name, value in renewed.items() if row.is_renewed else ():
            setattr(invitation, name, value)
        invitation.invited_by = by if row.is_renewed else invitation.invited_by
    fields = ["name", "role", "extra_time_factor", "extra_time_reason", "invited_by", *renewed]
    _update(Invitation.objects, invitations, fields)
    Invitation.labels.through.objects.filter(invitation__in=after_of).delete()
    _label(((pk, row.after) for pk, row in after_of.items()), labels)


def _invite(
    classroom: Classroom, rows: list[RosterRow], labels: dict[str, ClassLabel], *, by: User
) -> None:
    renewed = fresh(db_now())
    invitations = []
    for row in rows:
        invitation = Invitation(
            classroom=classroom, email=row.email, name=row.after.name, invited_by=by, **renewed
        )
        _set(invitation, row.after)
        invitations.append(invitation)
    made = Invitation.objects.bulk_create(invitations, batch_size=_BATCH)
    _label(((invitation.pk, row.after) for invitation, row in zip(made, rows, strict=True)), labels)


def _update(rows: Manager[Row], changed: list[Row], fields: list[str]) -> None:
    """Write changed rows as an insertion that finds them there: bulk_update is ten times slower."""
    rows.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=fields,
        batch_size=_BATCH,
    )


def _set(place: Membership | Invitation, after: State) -> None:
    place.role = after.role
    place.extra_time_factor, place.extra_time_reason = after.factor, after.reason


def _label(wanted: Iterable[tuple[int, State]], labels: dict[str, ClassLabel]) -> None:
    tie = Invitation.labels.through
    tie.objects.bulk_create(
        (
            tie(invitation_id=pk, classlabel_id=labels[name].pk)
            for pk, state in wanted
            for name in state.labels
        ),
        batch_size=_BATCH,
    )
