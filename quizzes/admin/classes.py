"""Classes, their people and their assignments, to look up; they are changed on their own pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Classroom, Membership
from quizzes.admin.scoped import ReadOnlyAdmin, ScopedRelatedFilter
from quizzes.models import Assignment

_STUDENTS = Q(memberships__role=Membership.Role.STUDENT, memberships__left_at=None)


def page_of(classroom: Classroom) -> str:
    """A link to where the class is taught."""
    address = reverse("progress:class-dashboard", args=[classroom.slug])
    return format_html('<a href="{}">{}</a>', address, _("Open the class"))


class ClassFilter(ScopedRelatedFilter):
    """One's own classes, under the name that the pages give them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("class")


class EndFilter(admin.SimpleListFilter):
    """What goes on and what has ended, by the column that holds the end."""

    title = _("state")
    parameter_name = "state"
    column: ClassVar[str]
    words: ClassVar[tuple[Any, Any]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("current", self.words[0]), ("ended", self.words[1])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"current", "ended"}:
            return queryset
        return queryset.filter(**{f"{self.column}__isnull": self.value() == "current"})


class ArchivedFilter(EndFilter):
    column = "archived_at"
    words = (_("Current"), _("Archived"))


class LeftFilter(EndFilter):
    column = "left_at"
    words = (_("Current"), _("Left"))


class WithdrawnFilter(EndFilter):
    column = "withdrawn_at"
    words = (_("Current"), _("Withdrawn"))


@admin.register(Classroom)
class ClassroomAdmin(ReadOnlyAdmin[Classroom]):
    list_display = ("name", "page", "student_count", "time_zone", "archived_at")
    list_filter = (ArchivedFilter,)
    search_fields = ("name", "slug")
    fields = ("name", "page", "student_count", "description", "time_zone", "created", "archived_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Classroom]:
        rows = super().get_queryset(request)
        return rows.annotate(students=Count("memberships", filter=_STUDENTS, distinct=True))

    @admin.display(description=_("page"))
    def page(self, classroom: Classroom) -> str:
        return page_of(classroom)

    @admin.display(description=_("students"), ordering="students")
    def student_count(self, classroom: Classroom) -> int:
        return int(classroom.students)  # type: ignore[attr-defined]

    @admin.display(description=_("created"))
    def created(self, classroom: Classroom) -> Any:
        return classroom.created_at


class OfClassAdmin(ReadOnlyAdmin[Any]):
    """Rows of a class. Names are words here: their own pages are for administrators."""

    list_per_page = 50

    @admin.display(description=_("class"), ordering="classroom__name")
    def class_name(self, row: Any) -> str:
        return str(row.classroom)

    @admin.display(description=_("page"))
    def page(self, row: Any) -> str:
        return page_of(row.classroom)


@admin.register(Membership)
class MembershipAdmin(OfClassAdmin):
    list_display = ("person_name", "class_name", "role", "joined_at", "left_at")
    list_filter = (("classroom", ClassFilter), "role", LeftFilter)
    list_select_related = ("person", "classroom")
    search_fields = ("person__display_name", "person__email")
    ordering = ("classroom__name", "person__display_name", "pk")
    fields = (
        "person_name",
        "class_name",
        "page",
        "role",
        "label_names",
        "extra_time_factor",
        "extra_time_reason",
        "joined_at",
        "left_at",
    )
    readonly_fields = fields

    @admin.display(description=_("person"), ordering="person__display_name")
    def person_name(self, membership: Membership) -> str:
        return str(membership.person)

    @admin.display(description=_("labels"))
    def label_names(self, membership: Membership) -> str:
        return ", ".join(str(label) for label in membership.labels.all())


@admin.register(Assignment)
class AssignmentAdmin(OfClassAdmin):
    list_display = (
        "title",
        "class_name",
        "kind",
        "opens_at",
        "due_at",
        "closes_at",
        "is_withdrawn",
    )
    list_filter = (("classroom", ClassFilter), "kind", WithdrawnFilter)
    list_select_related = ("classroom",)
    search_fields = ("title",)
    # The password is left out, hashed as it is.
    fields = (
        "title",
        "class_name",
        "page",
        "kind",
        "exam_title",
        "goal",
        "opens_at",
        "due_at",
        "closes_at",
        "attempts_allowed",
        "counting",
        "late_policy",
        "withdrawn_at",
    )
    readonly_fields = fields

    @admin.display(description=_("mock exam"))
    def exam_title(self, assignment: Assignment) -> str:
        return str(assignment.exam or "")

    @admin.display(description=_("withdrawn"), boolean=True)
    def is_withdrawn(self, assignment: Assignment) -> bool:
        return assignment.is_withdrawn
