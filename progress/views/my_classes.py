"""One's own classes: what is due, joining by code or invitation, and leaving."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certportal.accounts.http import UserRequest
from certportal.accounts.models import Membership
from certportal.accounts.services.class_invitations import (
    UnknownInvitationError,
    accept_invitation,
    decline_invitation,
    invitation_of,
    token_of,
    waiting_invitations,
)
from certportal.accounts.services.joining import (
    TooManyCodesError,
    UnknownCodeError,
    join_by_typed_code,
    membership_behind,
    typed_code,
)
from certportal.accounts.services.memberships import LastInstructorError, leave_class
from certportal.lib.clock import db_now
from progress.forms.joining import JoinForm
from progress.selectors import my_classes as selectors
from quizzes.services.continuing import sittings_to_continue

_READ_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_UNKNOWN = gettext_lazy(
    "No class lets anybody in with this code. Compare it with what your instructor gave you; "
    "if it is the same, ask for a new one: codes end after a while."
)
_TOO_MANY = gettext_lazy("Too many codes were not right. Wait ten minutes, then try again.")
_NOT_FOUND, _TOO_OFTEN = 404, 429


@require_safe
def class_list(request: UserRequest) -> HttpResponse:
    sittings, now = sittings_to_continue(request.user), db_now()
    invitations = [(it, token_of(it)) for it in waiting_invitations(request.user)]
    context = {
        "page": selectors.my_classes(request.user, sittings=sittings, now=now),
        "invitations": invitations,
        "form": JoinForm(),
        "now": now,
    }
    return render(request, "progress/classes/list.html", context)


@never_cache
@_READ_OR_POST
def class_join(request: UserRequest) -> HttpResponse:
    """Type a code; the page of the class is next, nothing is joined here."""
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "progress/classes/join.html", {"form": form}, status=status)
    code = form.cleaned_data["code"]
    try:
        typed_code(request, code)
    except UnknownCodeError:
        return _no_class(request, code, status=_NOT_FOUND)
    except TooManyCodesError:
        return _no_class(request, code, status=_TOO_OFTEN)
    return redirect("progress:class-join-code", code)


@never_cache
@_READ_OR_POST
def class_join_code(request: UserRequest, code: str) -> HttpResponse:
    """What the class is and what it will see; then join."""
    try:
        if request.method == "POST":
            return _welcome(request, join_by_typed_code(request, code))
        member = membership_behind(code, person=request.user)
        if member is not None:
            return redirect(_home_of(member))
        found = typed_code(request, code)
    except UnknownCodeError:
        return _no_class(request, code, status=_NOT_FOUND)
    except TooManyCodesError:
        return _no_class(request, code, status=_TOO_OFTEN)
    page = selectors.class_behind_code(found)
    return render(request, "progress/classes/join_code.html", {"page": page, "code": code})


@never_cache
@_READ_OR_POST
def class_invitation(request: UserRequest, token: str) -> HttpResponse:
    """An invitation by e-mail: the same page, with a way to say no."""
    try:
        invitation = invitation_of(token, person=request.user)
        if request.method == "POST" and request.POST.get("do") == "decline":
            decline_invitation(invitation, person=request.user, request=request)
            messages.success(request, _("You have declined. The class is told nothing about you."))
            return redirect("progress:class-list")
        if request.method == "POST":
            member = accept_invitation(invitation, person=request.user, request=request)
            return _welcome(request, member)
    except UnknownInvitationError as error:
        raise Http404 from error
    if invitation.accepted_at is not None:
        return redirect("progress:class-list")
    page = selectors.class_behind_invitation(invitation)
    return render(request, "progress/classes/invitation.html", {"page": page})


@never_cache
@_READ_OR_POST
def class_leave(request: UserRequest, slug: str) -> HttpResponse:
    """Say what stays with the class, then leave it."""
    try:
        membership = selectors.own_membership(request.user, slug)
    except Membership.DoesNotExist as error:
        raise Http404 from error
    context = {"membership": membership, "refusal": ""}
    if request.method != "POST":
        return render(request, "progress/classes/leave.html", context)
    try:
        leave_class(membership, request=request)
    except LastInstructorError as error:
        context["refusal"] = str(error)
        return render(request, "progress/classes/leave.html", context, status=409)
    name = membership.classroom.name
    messages.success(request, _("You have left %(name)s.") % {"name": name})
    return redirect("progress:class-list")


def _welcome(request: UserRequest, membership: Membership) -> HttpResponse:
    name = membership.classroom.name
    messages.success(request, _("You are in %(name)s.") % {"name": name})
    return redirect(_home_of(membership))


def _home_of(membership: Membership) -> str:
    """Where a member finds the class."""
    if membership.role == Membership.Role.STUDENT:
        return reverse("progress:class-list")
    return reverse("progress:class-dashboard", args=[membership.classroom.slug])


def _no_class(request: UserRequest, code: str, *, status: int) -> HttpResponse:
    """One answer to every wrong code, with the field to type it again."""
    form = JoinForm({"code": code})
    form.add_error("code", _TOO_MANY if status == _TOO_OFTEN else _UNKNOWN)
    return render(request, "progress/classes/join.html", {"form": form}, status=status)
