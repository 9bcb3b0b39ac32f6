"""The people of a class: who is in it, who is invited, and what each of them is."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certportal.accounts.http import UserRequest
from certportal.accounts.models import Classroom, Invitation, Membership
from certportal.accounts.services.class_invitations import (
    AlreadyMemberError,
    TooManyMailsError,
    UnknownInvitationError,
    invite,
    resend_invitation,
    revoke_invitation,
)
from certportal.accounts.services.classes import MayNotTeachError
from certportal.accounts.services.memberships import (
    LastInstructorError,
    change_member,
    remove_member,
)
from progress.forms.people import InviteForm, MemberForm
from progress.selectors.people_page import people
from progress.views.assignment_access import class_to_change
from progress.views.class_access import class_to_see, render_in_zone
from progress.views.class_changes import archived_is_not_found, status_of


@require_safe
def class_people(request: UserRequest, slug: str) -> HttpResponse:
    """Members by name, and the invitations that wait."""
    classroom = class_to_see(request, slug)
    chosen = {name: request.GET.get(name, "") for name in ("label", "q", "role")}
    page = people(classroom, page=request.GET.get("page"), now=timezone.now(), **chosen)
    context = {
        "tab": "people",
        "people": page,
        "chosen": chosen,
        "roles": Membership.Role.choices,
        "sends_mail": settings.HAS_MAIL,
    }
    return render_in_zone(request, "progress/teach/people.html", classroom, context)


@require_http_methods(["GET", "HEAD", "POST"])
@archived_is_not_found
def class_invite(request: UserRequest, slug: str) -> HttpResponse:
    """Invite one address."""
    classroom = class_to_change(request, slug)
    form = InviteForm(request.POST if request.method == "POST" else None, classroom=classroom)
    if form.is_valid():
        try:
            invite(classroom, form.guest, by=request.user, request=request)
        except (AlreadyMemberError, TooManyMailsError) as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("progress:class-people", slug)
    return _form_page(request, "progress/teach/people_invite.html", classroom, form)


@require_POST
@archived_is_not_found
def class_invitation_change(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """Send an invitation again, or withdraw it."""
    classroom = class_to_change(request, slug)
    rows = Invitation.objects.unanswered().filter(classroom=classroom)
    invitation = get_object_or_404(rows, public_id=public_id)
    if "revoke" in request.POST:
        revoke_invitation(invitation, by=request.user)
        messages.success(request, _("The invitation is withdrawn."))
    else:
        # Answered in this moment: then there is nothing to send.
        with suppress(UnknownInvitationError):
            try:
                resend_invitation(invitation, by=request.user)
            except TooManyMailsError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("The invitation is sent again."))
    return redirect("progress:class-people", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@archived_is_not_found
def class_member(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """What one member is; instructors change it."""
    classroom = _class_for(request, slug)
    membership = _member(classroom, public_id)
    data = request.POST if request.method == "POST" else None
    form = MemberForm(data, membership=membership)
    if form.is_valid():
        try:
            change_member(membership, form.place, by=request.user, request=request)
        except (LastInstructorError, MayNotTeachError) as error:
            form.add_error("role", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("progress:class-member", slug, public_id)
    context = {"membership": membership}
    return _form_page(request, "progress/teach/member.html", classroom, form, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@archived_is_not_found
def class_member_remove(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """Say what will happen, then end the membership."""
    classroom = class_to_change(request, slug)
    membership = _member(classroom, public_id)
    context: dict[str, Any] = {"membership": membership}
    status = 200
    if request.method == "POST":
        try:
            remove_member(membership, by=request.user, request=request)
        except LastInstructorError as error:
            context["refusal"], status = error, 409
        else:
            messages.success(request, _("This person is no longer in the class."))
            return redirect("progress:class-people", slug)
    response = render_in_zone(request, "progress/teach/member_remove.html", classroom, context)
    response.status_code = status
    return response


def _class_for(request: UserRequest, slug: str) -> Classroom:
    """To look at for all who teach the class; to change for its instructors."""
    seen = class_to_see(request, slug)
    if request.method == "POST":
        class_to_change(request, slug)
    return seen


def _member(classroom: Classroom, public_id: uuid.UUID) -> Membership:
    rows = classroom.memberships.current().select_related("person", "classroom")
    membership: Membership = get_object_or_404(rows.prefetch_related("labels"), public_id=public_id)
    return membership


def _form_page(
    request: UserRequest, template: str, classroom: Classroom, form: Any, **more: Any
) -> HttpResponse:
    context = {"form": form, "tab": "people", **more}
    response = render_in_zone(request, template, classroom, context)
    response.status_code = status_of(form)
    return response
