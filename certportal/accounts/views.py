"""The reader's own settings, inbox and farewell."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certportal.accounts.forms import EraseForm, SettingsForm
from certportal.accounts.http import UserRequest
from certportal.accounts.selectors import inbox
from certportal.accounts.services.erasing import erase_person
from certportal.accounts.services.notifying import mark_all_read
from certportal.accounts.services.roles import LastAdministratorError
from certportal.accounts.services.stopping_reminders import (
    UnknownReaderError,
    reader_of,
    stop_reminders,
)
from certportal.lib.http import remember_language


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit_settings(request: UserRequest) -> HttpResponse:
    """Name, language, time zone, own extra time."""
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method != "POST":
        return render(request, "accounts/settings.html", {"form": form})
    if not form.is_valid():
        # The page's frame names the person as stored, not as typed.
        request.user.refresh_from_db()
        return render(request, "accounts/settings.html", {"form": form}, status=422)
    form.save()
    response = redirect("accounts:settings")
    with translation.override(_follow_choice(response, form.cleaned_data["language"])):
        messages.success(request, _("Your settings are saved."))
    return response


def _follow_choice(response: HttpResponse, language: str) -> str | None:
    """The choice made last counts, also over one that this device remembers."""
    if language:
        remember_language(response, language)
        return language
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return translation.get_language()


@never_cache
@require_safe
def notices(request: UserRequest) -> HttpResponse:
    box = inbox(request.user, page=request.GET.get("page"))
    return render(request, "accounts/notices.html", {"inbox": box})


@require_POST
def notices_read(request: UserRequest) -> HttpResponse:
    mark_all_read(request.user)
    return redirect("accounts:notices")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.account")  # type: ignore[untyped-decorator]
def erase(request: UserRequest) -> HttpResponse:
    """Say plainly what goes and what stays; do it when asked."""
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "accounts/erase.html", {"form": form}, status=status)
    try:
        erase_person(request.user, by=request.user)
    except LastAdministratorError as error:
        return render(request, "accounts/erase.html", {"form": form, "refusal": error}, status=409)
    # Not logout(): that would write down from where somebody left who no longer exists.
    request.session.flush()
    request.user = AnonymousUser()  # type: ignore[assignment]
    messages.success(request, _("Your account is erased. You are signed out."))
    return redirect("progress:home")


@never_cache
# Mail programs post here by themselves (RFC 8058); the address is what gives the right.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_reminders_by_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once and stop; a mere look, such as a mail scanner's, changes nothing."""
    try:
        person = reader_of(token)
    except UnknownReaderError as error:
        raise Http404 from error
    if request.method == "POST":
        stop_reminders(person)
    is_stopped = request.method == "POST" or not person.reminders_by_mail
    return render(request, "accounts/stop_reminders.html", {"is_stopped": is_stopped})
