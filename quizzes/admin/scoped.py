"""What every admin of this app does: show people their own rows and hide the rest."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar, cast

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from certportal.accounts.models import User
from certportal.catalog.models import Certification, ExamDomain, ExamGuide, Objective

M = TypeVar("M", bound=Model)

_PUBLIC = (Certification, ExamGuide, ExamDomain, Objective)


def editor_of(request: HttpRequest) -> User:
    """The person at the desk; the admin lets nobody in who is not signed in."""
    return cast("User", request.user)


def visible(queryset: QuerySet[M], user: User) -> QuerySet[M]:
    """The rows of any table that this person may come across in the administration.

    Tables say so themselves with `for_editor`; the catalogue is public; of everything
    else only administrators see anything.
    """
    narrow = getattr(queryset, "for_editor", None)
    if narrow is not None:
        return cast("QuerySet[M]", narrow(user))
    if user.is_superuser or issubclass(queryset.model, _PUBLIC):
        return queryset
    return queryset.none()


def _all_rows(field: Any) -> QuerySet[Any]:
    """Every row that a related field may point at."""
    rows: QuerySet[Any] = field.related_model.objects.all()
    return rows


class ScopedAdmin(admin.ModelAdmin[M]):
    """Pages, lists, related fields, autocomplete and actions see only what `visible` gives.

    Nothing is deleted here: questions retire and sets are archived.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        return visible(super().get_queryset(request), editor_of(request))

    def get_field_queryset(
        self, db: str | None, db_field: Any, request: HttpRequest
    ) -> QuerySet[Any] | None:
        ordered = super().get_field_queryset(db, db_field, request)
        rows = _all_rows(db_field) if ordered is None else ordered
        return visible(rows, editor_of(request))

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> NoReturn:
        # Django would go to the index with a message, which looks like success to a
        # script and tells strangers nothing useful.
        raise Http404


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A filter of a list that offers only what the reader may see."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        rows = visible(_all_rows(field), editor_of(request))
        return [(str(row.pk), str(row)) for row in rows]


class ReadOnlyAdmin(ScopedAdmin[M]):
    """For rows that nobody writes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False
