"""Bringing a roster into a class: choose the file, read what it would do, confirm."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certportal.accounts.formats.roster_file import COLUMNS, RosterFileError
from certportal.accounts.http import UserRequest
from certportal.accounts.models import Classroom
from certportal.accounts.roster_sentences import sentence
from certportal.accounts.services.roster_uploads import forget_upload, keep_upload, kept_upload
from certportal.accounts.services.rostering import (
    OUTCOMES,
    REFUSED,
    Roster,
    RosterChangedError,
    RosterRefusedError,
    import_roster,
    rehearse_roster,
)
from progress.forms.people import RosterForm
from progress.views.assignment_access import class_to_change
from progress.views.class_access import class_to_see, render_in_zone
from progress.views.class_changes import archived_is_not_found

_MOST_SHOWN = {REFUSED: 200}
_USUALLY_SHOWN = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@archived_is_not_found
def class_roster(request: UserRequest, slug: str) -> HttpResponse:
    """Ask for a file; with ``?rehearsal`` say what the last one would do."""
    classroom = class_to_change(request, slug)
    if request.method == "POST":
        return _confirm(request, classroom) if "confirm" in request.POST else _take(request, slug)
    if "rehearsal" not in request.GET:
        return _page(request, slug, form=RosterForm())
    data = kept_upload(classroom, request.user)
    if data is None:
        messages.info(request, _("The file is no longer kept. Choose it again."))
        return redirect("progress:class-roster", slug)
    return _rehearsal(request, classroom, data)


@require_safe
def class_roster_template(request: UserRequest, slug: str) -> HttpResponse:
    """An empty roster with the names of its columns."""
    class_to_change(request, slug)
    # The mark tells spreadsheets that it is UTF-8.
    text = "\ufeff" + ",".join(COLUMNS) + "\r\n"
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="roster.csv"'
    return response


def _take(request: UserRequest, slug: str) -> HttpResponse:
    classroom = class_to_change(request, slug)
    form = RosterForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, slug, form=form, status=422)
    data = form.cleaned_data["roster"]
    try:
        rehearse_roster(classroom, data)
    except RosterFileError as error:
        return _unusable(request, slug, error)
    keep_upload(classroom, request.user, data)
    response = redirect("progress:class-roster", slug)
    response["Location"] += "?rehearsal"
    return response


def _rehearsal(request: UserRequest, classroom: Classroom, data: bytes) -> HttpResponse:
    try:
        roster = rehearse_roster(classroom, data)
    except RosterFileError as error:
        return _unusable(request, classroom.slug, error)
    shown = [_part(roster, outcome) for outcome in OUTCOMES if roster.counts[outcome]]
    counts = {outcome: roster.counts[outcome] for outcome in OUTCOMES}
    total = len(roster.rows)
    return _page(request, classroom.slug, roster=roster, parts=shown, counts=counts, total=total)


def _confirm(request: UserRequest, classroom: Classroom) -> HttpResponse:
    """Import what was shown: the same file, to the same effect, or nothing."""
    data = kept_upload(classroom, request.user)
    response = redirect("progress:class-roster", classroom.slug)
    if data is None:
        messages.error(request, _("The file is no longer kept; nothing is done. Choose it again."))
        return response
    only_valid = request.POST.get("confirm") == "valid"
    try:
        roster = _same_again(classroom, data, request.POST.get("fingerprint", ""))
        counts = import_roster(
            classroom, roster, by=request.user, only_valid=only_valid, request=request
        )
    except (RosterChangedError, RosterRefusedError, RosterFileError):
        messages.error(
            request, _("The class has changed since you looked; nothing is done. Read again.")
        )
        response["Location"] += "?rehearsal"
        return response
    forget_upload(classroom, request.user)
    messages.success(request, _summary(counts["created"], counts["changed"]))
    return redirect("progress:class-people", classroom.slug)


def _same_again(classroom: Classroom, data: bytes, fingerprint: str) -> Roster:
    roster = rehearse_roster(classroom, data)
    if roster.fingerprint != fingerprint:
        raise RosterChangedError
    return roster


def _summary(invited: int, changed: int) -> str:
    first = ngettext("%(n)s address is invited", "%(n)s addresses are invited", invited)
    second = ngettext("%(n)s person is changed", "%(n)s people are changed", changed)
    return _("The roster is in: %(invited)s, %(changed)s.") % {
        "invited": first % {"n": invited},
        "changed": second % {"n": changed},
    }


def _part(roster: Roster, outcome: str) -> dict[str, Any]:
    rows = roster.of(outcome)
    shown = rows[: _MOST_SHOWN.get(outcome, _USUALLY_SHOWN)]
    return {
        "outcome": outcome,
        "count": len(rows),
        "unlisted": len(rows) - len(shown),
        "rows": [(row, [sentence(problem) for problem in row.problems]) for row in shown],
    }


def _unusable(request: UserRequest, slug: str, error: RosterFileError) -> HttpResponse:
    wrong = {"line": error.line, "text": sentence(error.problem)}
    return _page(request, slug, form=RosterForm(), wrong=wrong, status=422)


def _page(request: UserRequest, slug: str, *, status: int = 200, **context: Any) -> HttpResponse:
    classroom = class_to_see(request, slug)
    context |= {"tab": "people", "columns": COLUMNS}
    response = render_in_zone(request, "progress/teach/roster.html", classroom, context)
    response.status_code = status
    return response
