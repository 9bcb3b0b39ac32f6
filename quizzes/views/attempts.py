"""The pages of a sitting."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certportal.accounts.http import UserRequest
from certportal.lib.http import remember_language, uncached, wants_json
from certportal.lib.translated import reader_language
from quizzes.engine.kinds.base import RefusedAnswer
from quizzes.engine.saving import Outcome
from quizzes.engine.sitting import Phase
from quizzes.forms.answer import entries_from_form, target_position
from quizzes.models import Attempt, AttemptItem
from quizzes.selectors.attempt_pages import QuestionPage, question_page, review_page
from quizzes.selectors.attempt_result import result_page
from quizzes.selectors.attempt_state import ItemForForm, item_for_form, open_section
from quizzes.selectors.practice_feedback import practice_feedback
from quizzes.selectors.sittings import Sitting, sitting
from quizzes.services.answering import SaveReply, mark_seen, save_form
from quizzes.services.closing import close_overdue_attempt, submit_attempt
from quizzes.services.errors import NoNextSectionError, TooMuchEvidenceError
from quizzes.services.sections import end_section

# The one policy is that of static/js/exam/paper.js.
TRUSTED_TYPES = {"require-trusted-types-for": ["'script'"], "trusted-types": ["paper"]}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def attempt_question(request: UserRequest, public_id: UUID, position: int) -> HttpResponse:
    """One question of the student's own open attempt; a form post saves and moves on."""
    if request.method == "POST":
        return _save_from_form(request, public_id, position)
    found = _own_sitting(request, public_id)
    if not found.attempt.is_open:
        return redirect("quizzes:attempt-result", public_id)
    if found.phase is Phase.GRACE:
        return _render_exam(request, "time_up", {"sitting": found})
    if found.section and not found.section.holds(position):
        return redirect("quizzes:attempt-question", public_id, found.section.first)
    try:
        page = question_page(found, position, reader_language())
    except AttemptItem.DoesNotExist as error:
        raise Http404 from error
    if page.first_seen:
        mark_seen(page.item_id, found.now)
    return _render_question(request, page)


def _render_question(
    request: UserRequest, page: QuestionPage, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"page": page, "sitting": page.sitting, "card": page.card}
    if page.sitting.attempt.mode == Attempt.Mode.MOCK:
        return _render_exam(request, "exam_question", context, status=status)
    context["section"] = "practice"
    if page.is_final:
        context |= practice_feedback(page, request.user, reader_language())
    return render(request, "quizzes/attempt/practice_question.html", context, status=status)


def _render_exam(
    request: UserRequest, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of a running mock; its script makes HTML of the portal's own cards only."""

    @csp_update(TRUSTED_TYPES)
    def page(_request: HttpRequest) -> HttpResponse:
        return render(request, f"quizzes/attempt/{name}.html", context, status=status)

    return cast(HttpResponse, page(request))


def _save_from_form(request: UserRequest, public_id: UUID, position: int) -> HttpResponse:
    try:
        item = item_for_form(public_id, request.user, position)
    except AttemptItem.DoesNotExist as error:
        raise Http404 from error
    go = request.POST.get("go", "next")
    if go == "to":
        go = request.POST.get("to", "")
    try:
        entries = entries_from_form(request.POST, position=position, item=item)
    except RefusedAnswer as error:
        messages.error(request, _refusal(error))
        return redirect("quizzes:attempt-question", public_id, position)
    if entries:
        try:
            reply = save_form(public_id=public_id, student=request.user, entries=entries)
        except TooMuchEvidenceError:
            return redirect("quizzes:attempt-result", public_id)
        _say_what_did_not_count(request, reply, is_left=item.is_left)
        if reply.status != Attempt.Status.OPEN:
            return redirect("quizzes:attempt-result", public_id)
    return _moved_on(public_id, go, position, item)


def _say_what_did_not_count(request: UserRequest, reply: SaveReply, *, is_left: bool) -> None:
    outcomes = {entry.outcome for entry in reply.entries}
    if Outcome.LATE in outcomes:
        messages.warning(request, _("The time was up. This answer was not counted."))
    elif Outcome.CLOSED in outcomes and is_left and reply.status == Attempt.Status.OPEN:
        messages.warning(
            request, _("That question is in a section that is not open. The answer does not count.")
        )
    elif Outcome.CLOSED in outcomes and reply.status == Attempt.Status.OPEN:
        messages.info(request, _("You checked this question before. Your first answer counts."))
    elif Outcome.CLOSED in outcomes:
        messages.warning(request, _("This was over already. This answer was not counted."))


def _moved_on(public_id: UUID, go: str, position: int, item: ItemForForm) -> HttpResponse:
    """Where the pressed button leads once everything is saved."""
    if go == "review":
        return redirect("quizzes:attempt-review", public_id)
    if go in dict(settings.LANGUAGES):
        response = redirect("quizzes:attempt-question", public_id, position)
        remember_language(response, go)
        return response
    return redirect("quizzes:attempt-question", public_id, target_position(go, position, item))


def _refusal(error: RefusedAnswer) -> str:
    if error.reason == "too_many_choices":
        return _("You chose too many options. Nothing was changed; choose fewer and save again.")
    if error.reason == "repeated_place":
        return _("Two items have the same place. Nothing was changed; give each its own place.")
    return _("This answer could not be read. Nothing was changed; please answer again.")


@never_cache
@require_safe
def attempt_review(request: UserRequest, public_id: UUID) -> HttpResponse:
    """What is not done yet, and the way to the end; a practice has no such page."""
    found = _own_sitting(request, public_id)
    if not found.attempt.is_open:
        return redirect("quizzes:attempt-result", public_id)
    if not found.attempt.is_timed:
        return redirect("quizzes:attempt-question", public_id, 1)
    if found.phase is Phase.GRACE:
        return _render_exam(request, "time_up", {"sitting": found})
    page = review_page(found, request.GET.get("show", "all"))
    goes_on = found.section is not None and not found.section.is_last
    template = "section_review" if goes_on else "review"
    return _render_exam(request, template, {"page": page, "sitting": found})


@require_POST
def attempt_next_section(request: UserRequest, public_id: UUID) -> HttpResponse:
    """Leave the posted section for the next one; asking twice changes nothing."""
    section = request.POST.get("section", "")
    try:
        end_section(public_id=public_id, student=request.user, section=section)
        found = sitting(public_id, request.user)
    except Attempt.DoesNotExist as error:
        raise Http404 from error
    except NoNextSectionError:
        return redirect("quizzes:attempt-review", public_id)
    if found.attempt.is_open and found.section:
        target = redirect("quizzes:attempt-question", public_id, found.section.first)
    else:
        target = redirect("quizzes:attempt-result", public_id)
    if wants_json(request):
        state = {"status": found.attempt.status, "section": open_section(found)}
        return uncached({**state, "next": target.url})
    return target


@require_POST
def attempt_submit(request: UserRequest, public_id: UUID) -> HttpResponse:
    """End the attempt; asking twice changes nothing."""
    try:
        attempt = submit_attempt(public_id=public_id, student=request.user)
    except Attempt.DoesNotExist as error:
        raise Http404 from error
    target = redirect("quizzes:attempt-result", public_id)
    if wants_json(request):
        return uncached({"status": attempt.status, "result": target.url})
    return target


@never_cache
@require_safe
def attempt_result(request: UserRequest, public_id: UUID) -> HttpResponse:
    """The result of a closed attempt; an open one is not there yet."""
    found = _own_sitting(request, public_id)
    if found.attempt.is_open:
        return redirect("quizzes:attempt-review", public_id)
    page = result_page(
        found,
        request.user,
        show=request.GET.get("show", "all"),
        language=reader_language(),
    )
    context: dict[str, Any] = {"page": page, "sitting": found}
    if page.verdict:
        template = "result_withheld" if page.hides_points else "mock_result"
        return render(request, f"quizzes/attempt/{template}.html", context)
    context["section"] = "practice"
    return render(request, "quizzes/attempt/practice_result.html", context)


def _own_sitting(request: UserRequest, public_id: UUID) -> Sitting:
    """The student's own attempt, closed first if its time is over; 404 for anybody else."""
    try:
        found = sitting(public_id, request.user)
        if found.phase is Phase.OVERDUE:
            close_overdue_attempt(public_id=public_id, student=request.user)
            found = sitting(public_id, request.user)
    except Attempt.DoesNotExist as error:
        raise Http404 from error
    return found
