"""The pages of one mock exam: its desk, what is done with it, and a paper on trial."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certportal.lib.translated import reader_language
from quizzes.admin.scoped import editor_of
from quizzes.forms.exam import ExamForm, NewExamForm, guide_label, is_settled
from quizzes.models import Exam
from quizzes.selectors.exam_blueprint import exam_blueprint, own_blueprint
from quizzes.selectors.exam_check import ExamCheck, exam_check
from quizzes.selectors.exam_preview import exam_preview
from quizzes.services import exam_editing
from quizzes.services.exam_editing import UndrawableExamError, WrongStateError, save_exam

if TYPE_CHECKING:
    from quizzes.admin.exams import ExamAdmin

REFUSED = 422
_MOST_DIGITS = 9

Act = Callable[..., None]
# What a button does, and what the reader is told then.
_ACTS: dict[str, tuple[Act, Any]] = {
    "publish": (
        exam_editing.publish_exam,
        gettext_lazy("The exam is published: it can be assigned."),
    ),
    "unpublish": (
        exam_editing.unpublish_exam,
        gettext_lazy("The exam is a draft again."),
    ),
    "archive": (exam_editing.archive_exam, gettext_lazy("The exam is archived.")),
    "restore": (
        exam_editing.restore_exam,
        gettext_lazy("The exam is back, as a draft."),
    ),
}
ACTS = (*_ACTS, "copy")


def add(model_admin: ExamAdmin, request: HttpRequest) -> HttpResponse:
    """Title and guide; the rest is asked on the page of the exam."""
    form = NewExamForm(_typed(request))
    if form.is_valid():
        exam = save_exam(form.save(commit=False), by=editor_of(request), request=request)
        model_admin.log_addition(request, exam, [{"added": {}}])
        messages.success(request, _("The exam is made, as a draft. Say here what it asks."))
        return redirect("admin:quizzes_exam_change", exam.pk)
    context = {**_common(model_admin, request, _("New mock exam")), "form": form}
    status = REFUSED if form.errors else 200
    return TemplateResponse(request, "admin/quizzes/exam/add.html", context, status=status)


def change(model_admin: ExamAdmin, request: HttpRequest, exam: Exam) -> HttpResponse:
    """The desk of an exam; for those who may not change it, a page to read."""
    if not model_admin.has_change_permission(request, exam):
        if request.method == "POST":
            raise PermissionDenied
        return _page(model_admin, request, exam, None, exam_check(exam))
    form = _form(request, exam)
    if not form.is_valid():
        return _page(model_admin, request, exam, form, exam_check(exam))
    if "_check" in request.POST:
        return _page(model_admin, request, exam, form, _check_of(form))
    return _save(model_admin, request, exam, form)


def _typed(request: HttpRequest) -> QueryDict | None:
    """An empty form that was sent is refused, not shown as if for the first time."""
    return request.POST if request.method == "POST" else None


def _form(request: HttpRequest, exam: Exam) -> ExamForm:
    # An object of its own: validation fills it with what was typed.
    instance = Exam.objects.for_editor(editor_of(request)).get(pk=exam.pk)
    return ExamForm(_typed(request), instance=instance, person=editor_of(request))


def _check_of(form: ExamForm) -> ExamCheck:
    """What can be drawn as typed; nothing is saved."""
    weights = {domain.key: weight for domain, weight in form.weights.items()}
    exam = form.instance
    plan = own_blueprint(
        exam,
        weights=weights,
        sources=form.cleaned_data["sources"],
        sections=form.sections.plans,
    )
    return exam_check(exam, plan)


def _save(model_admin: ExamAdmin, request: HttpRequest, exam: Exam, form: ExamForm) -> HttpResponse:
    editors = None if form.fields["editors"].disabled else form.cleaned_data["editors"]
    try:
        saved = save_exam(
            form.instance,
            by=editor_of(request),
            drawing=form.drawing,
            editors=editors,
            request=request,
        )
    except UndrawableExamError as error:
        form.add_error(None, _("A published exam must stay drawable; make it a draft first."))
        for problem in error.problems:
            form.add_error(None, problem)
        return _page(model_admin, request, exam, form, _check_of(form))
    except WrongStateError:
        messages.warning(request, _("Nothing is saved: the exam was archived meanwhile."))
        return redirect("admin:quizzes_exam_change", exam.pk)
    model_admin.log_change(request, saved, [{"changed": {"fields": form.changed_labels}}])
    messages.success(request, _("The exam is saved."))
    return redirect("admin:quizzes_exam_change", saved.pk)


def act(model_admin: ExamAdmin, request: HttpRequest, exam: Exam, name: str) -> HttpResponse:
    """Publish and the like; they are about what is saved."""
    person = editor_of(request)
    if not model_admin.may_manage(request, exam):
        raise PermissionDenied
    service, done = _ACTS[name]
    try:
        service(exam, by=person, request=request)
    except UndrawableExamError as error:
        messages.error(request, " ".join([_("The exam is not published."), *error.problems]))
    except WrongStateError:
        messages.warning(request, _("Nothing changed: somebody else was quicker."))
    else:
        model_admin.log_change(request, exam, str(done))
        messages.success(request, done)
    return redirect("admin:quizzes_exam_change", exam.pk)


def copy(model_admin: ExamAdmin, request: HttpRequest, exam: Exam) -> HttpResponse:
    """A draft of one's own that asks for the same."""
    made = exam_editing.copy_exam(exam, by=editor_of(request), request=request)
    model_admin.log_addition(request, made, [{"added": {}}])
    messages.success(request, _("This is your copy, as a draft."))
    if made.sources.count() < exam.sources.count():
        messages.warning(request, _("Question sets that you may not open were left out."))
    return redirect("admin:quizzes_exam_change", made.pk)


def preview(model_admin: ExamAdmin, request: HttpRequest, exam: Exam) -> HttpResponse:
    """A drawn paper by its number. Nothing is stored."""
    seed, with_keys = _seed(request.GET.get("paper", "1")), "keys" in request.GET
    plan = exam_blueprint(exam)
    paper = exam_preview(
        plan,
        seed=seed,
        reader=editor_of(request),
        language=reader_language(),
        with_keys=with_keys,
    )
    context = {
        **_common(model_admin, request, _("A drawn paper")),
        "exam": exam,
        "seed": seed,
        "next_seed": seed + 1,
        "with_keys": with_keys,
        "paper": paper,
        "plan": plan,
        "check": exam_check(exam, plan),
    }
    return TemplateResponse(request, "admin/quizzes/exam/preview.html", context)


def _seed(text: str) -> int:
    readable = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if readable else 1


def _page(
    model_admin: ExamAdmin,
    request: HttpRequest,
    exam: Exam,
    form: ExamForm | None,
    check: ExamCheck,
) -> HttpResponse:
    is_refused = form is not None and form.is_bound and not form.is_valid()
    context = {
        **_common(model_admin, request, title_of(exam)),
        "exam": exam,
        "form": form,
        "check": check,
        "guide_name": guide_label(exam.guide),
        "is_refused": is_refused,
        "is_trial": form is not None and "_check" in request.POST and not is_refused,
        "is_settled": is_settled(exam),
        "may_change": model_admin.may_manage(request, exam),
        "assigned": exam.assignments.count(),
        "sittings": exam.attempts.count(),
    }
    status = REFUSED if is_refused else 200
    return TemplateResponse(request, "admin/quizzes/exam/desk.html", context, status=status)


def title_of(exam: Exam) -> str:
    """Those of the catalogue have none of their own."""
    return exam.title or exam.guide.certification.text("name")


def _common(model_admin: ExamAdmin, request: HttpRequest, title: str) -> dict[str, Any]:
    return {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
    }
