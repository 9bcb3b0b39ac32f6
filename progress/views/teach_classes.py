"""Making, changing, archiving and copying a class."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from certportal.accounts.http import UserRequest
from certportal.accounts.models import Classroom
from certportal.accounts.services import classes
from progress.forms.classes import ClassForm, CopyClassForm
from progress.models import ClassGoal
from progress.selectors.people_page import guides_to_learn_for
from progress.services.class_goals import restore_class_and_weeks, set_class_goal
from progress.views.assignment_access import class_to_change
from progress.views.class_access import class_to_see, render_in_zone
from progress.views.class_changes import archived_is_not_found, status_of
from quizzes.services.assigning import copy_assignments


@require_http_methods(["GET", "HEAD", "POST"])
def class_new(request: UserRequest) -> HttpResponse:
    """Open a class; nothing for those who may not teach."""
    if not classes.may_teach(request.user):
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = ClassForm(data, guides=guides_to_learn_for(), zone=request.user.time_zone)
    if not form.is_valid():
        context = {"form": form}
        return render(request, "progress/teach/class_form.html", context, status=status_of(form))
    with transaction.atomic():
        facts = _facts(form)
        classroom = classes.create_class(by=request.user, request=request, **facts)
        _set_goal(request, form, classroom)
    messages.success(request, _("The class is open. Let your students in next."))
    return redirect("progress:class-people", classroom.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@archived_is_not_found
def class_settings(request: UserRequest, slug: str) -> HttpResponse:
    """Name, zone, description and goal to read, and for instructors to change."""
    if request.method != "POST":
        classroom = class_to_see(request, slug)
        return _settings_page(request, classroom, _class_form(classroom))
    classroom = class_to_change(request, slug)
    form = _class_form(classroom, request.POST)
    if not form.is_valid():
        return _settings_page(request, class_to_see(request, slug), form)
    with transaction.atomic():
        facts = _facts(form)
        classes.change_class(classroom, by=request.user, request=request, **facts)
        _set_goal(request, form, classroom)
    messages.success(request, _("The class is saved."))
    return redirect("progress:class-settings", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@archived_is_not_found
def class_archive(request: UserRequest, slug: str) -> HttpResponse:
    """Ask, then archive."""
    classroom = class_to_change(request, slug)
    if request.method != "POST":
        return render_in_zone(request, "progress/teach/settings_archive.html", classroom, {})
    classes.archive_class(classroom, by=request.user, request=request)
    messages.success(request, _("The class is archived. It stays here to be read."))
    return redirect("progress:class-settings", slug)


@require_POST
def class_restore(request: UserRequest, slug: str) -> HttpResponse:
    restore_class_and_weeks(_managed(request, slug), by=request.user, request=request)
    messages.success(request, _("The class goes on."))
    return redirect("progress:class-settings", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def class_copy(request: UserRequest, slug: str) -> HttpResponse:
    """A class like this one without its people; an archived one is copied, too."""
    classroom = _managed(request, slug)
    if not classes.may_teach(request.user):
        raise Http404
    form = CopyClassForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "status": status_of(form)}
        return _in_zone(request, "progress/teach/settings_copy.html", classroom, context)
    with transaction.atomic():
        name = form.cleaned_data["name"]
        copy = classes.copy_class(classroom, by=request.user, name=name, request=request)
        goal = ClassGoal.objects.filter(classroom=classroom).select_related("guide").first()
        if goal is not None:
            # The day of the exam was that of the others.
            set_class_goal(copy, guide=goal.guide, by=request.user)
        if form.cleaned_data["with_assignments"]:
            copy_assignments(classroom, to=copy, by=request.user, request=request)
    messages.success(request, _("The copy is made. Nobody but you is in it."))
    return redirect("progress:class-people", copy.slug)


def _managed(request: UserRequest, slug: str) -> Classroom:
    return get_object_or_404(Classroom.objects.managed_by(request.user), slug=slug)


def _class_form(classroom: Classroom, data: Any = None) -> ClassForm:
    goal = ClassGoal.objects.filter(classroom=classroom).select_related("guide__certification")
    guides = guides_to_learn_for(classroom)
    return ClassForm(data, guides=guides, classroom=classroom, goal=goal.first())


def _facts(form: ClassForm) -> dict[str, str]:
    return {name: form.cleaned_data[name] for name in ("name", "time_zone", "description")}


def _set_goal(request: UserRequest, form: ClassForm, classroom: Classroom) -> None:
    guide = form.cleaned_data["guide"]
    if guide is not None:
        exam_on = form.cleaned_data["exam_on"]
        set_class_goal(classroom, guide=guide, exam_on=exam_on, by=request.user)


def _settings_page(request: UserRequest, classroom: Classroom, form: ClassForm) -> HttpResponse:
    context = {
        "form": form,
        "tab": "settings",
        "can_copy": classes.may_teach(request.user),
        "status": status_of(form),
    }
    return _in_zone(request, "progress/teach/settings.html", classroom, context)


def _in_zone(
    request: UserRequest, template: str, classroom: Classroom, context: dict[str, Any]
) -> HttpResponse:
    response = render_in_zone(request, template, classroom, context)
    response.status_code = context.get("status", 200)
    return response
