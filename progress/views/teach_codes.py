"""The join codes of a class and its labels."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from certportal.accounts.http import UserRequest
from certportal.accounts.models import ClassLabel, Classroom, JoinCode
from certportal.accounts.services.joining import make_join_code, revoke_join_code
from certportal.accounts.services.memberships import (
    LabelInUseError,
    LabelTakenError,
    delete_label,
    save_label,
)
from progress.forms.class_filters import whole_number
from progress.forms.classes import CodeForm, LabelForm
from progress.selectors.people_page import class_labels, join_codes
from progress.views.assignment_access import class_to_change
from progress.views.class_access import class_to_see, render_in_zone
from progress.views.class_changes import archived_is_not_found, status_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@archived_is_not_found
def class_codes(request: UserRequest, slug: str) -> HttpResponse:
    """The codes of a class. A new one is shown in the answer to its making and never again."""
    classroom = class_to_see(request, slug)
    if request.method != "POST":
        return _codes_page(request, classroom, CodeForm(classroom=classroom))
    class_to_change(request, slug)
    form = CodeForm(request.POST, classroom=classroom)
    if not form.is_valid():
        return _codes_page(request, classroom, form, status=status_of(form))
    code, text = make_join_code(classroom, by=request.user, **form.cleaned_data)
    link = settings.PUBLIC_URL + reverse("progress:class-join-code", args=[text])
    fresh = {"code": code, "text": text, "link": link}
    return _codes_page(request, classroom, CodeForm(classroom=classroom), fresh=fresh)


@require_POST
def class_code_revoke(request: UserRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    classroom = class_to_change(request, slug)
    code = get_object_or_404(
        JoinCode.objects.select_related("classroom"), classroom=classroom, public_id=public_id
    )
    revoke_join_code(code, by=request.user)
    messages.success(request, _("The code is revoked. Nobody joins with it any more."))
    return redirect("progress:class-codes", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@archived_is_not_found
def class_labels_page(request: UserRequest, slug: str) -> HttpResponse:
    """The labels of a class, each with its form; one post saves or deletes one of them."""
    classroom = class_to_see(request, slug)
    if request.method != "POST":
        return _labels_page(request, classroom)
    class_to_change(request, slug)
    label = _posted_label(request, classroom)
    if "delete" in request.POST:
        return _delete_label(request, classroom, label)
    form = LabelForm(request.POST, label=label)
    if not form.is_valid():
        return _labels_page(request, classroom, form)
    name = form.cleaned_data["name"]
    try:
        save_label(label, by=request.user, name=name, extra_time=form.granted, request=request)
    except LabelTakenError as error:
        # Somebody was quicker than the form's own look.
        form.add_error("name", str(error))
        return _labels_page(request, classroom, form)
    messages.success(request, _("The label is saved."))
    return redirect("progress:class-labels", slug)


def _posted_label(request: UserRequest, classroom: Classroom) -> ClassLabel:
    """The label that the form was about; a new one where it names none."""
    posted = request.POST.get("label", "")
    if not posted:
        return ClassLabel(classroom=classroom)
    own = ClassLabel.objects.filter(classroom=classroom).select_related("classroom")
    number = whole_number(posted)
    label = None if number is None else own.filter(pk=number).first()
    if label is None:
        raise Http404
    return label


def _delete_label(request: UserRequest, classroom: Classroom, label: ClassLabel) -> HttpResponse:
    if label.pk is None:
        return redirect("progress:class-labels", classroom.slug)
    try:
        delete_label(label, by=request.user, request=request)
    except LabelInUseError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The label is deleted."))
    return redirect("progress:class-labels", classroom.slug)


def _codes_page(
    request: UserRequest,
    classroom: Classroom,
    form: CodeForm,
    *,
    fresh: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "tab": "people",
        "form": form,
        "fresh": fresh,
        "codes": join_codes(classroom, now=timezone.now()),
    }
    response = render_in_zone(request, "progress/teach/codes.html", classroom, context)
    response.status_code = status
    return response


def _labels_page(
    request: UserRequest, classroom: Classroom, refused: LabelForm | None = None
) -> HttpResponse:
    wrong = refused.label.pk if refused else None
    rows = [
        (line, refused if refused and line.label.pk == wrong else LabelForm(label=line.label))
        for line in class_labels(classroom)
    ]
    new = LabelForm(label=ClassLabel(classroom=classroom))
    if refused is not None and wrong is None:
        new = refused
    context = {"tab": "people", "rows": rows, "new": new}
    response = render_in_zone(request, "progress/teach/people_labels.html", classroom, context)
    response.status_code = status_of(refused) if refused else 200
    return response
