"""People and the audit record, for administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from allauth.account import admin as address_admin
from allauth.mfa import admin as factor_admin
from allauth.usersessions import admin as session_admin
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certportal.accounts.http import UserRequest
from certportal.accounts.models import AuditEvent, User
from certportal.accounts.models.user import INSTRUCTOR_GROUP
from certportal.accounts.services import people, roles
from certportal.accounts.services.auditing import person_target, record
from certportal.accounts.services.roles import LastAdministratorError

# People look after these themselves, and actions below help those who cannot. Importing the
# modules that register them comes first: afterwards nobody registers them again.
for _model in (
    address_admin.EmailAddress,
    factor_admin.Authenticator,
    session_admin.UserSession,
    Group,
):
    admin.site.unregister(_model)


class AdministratorsOnly(admin.ModelAdmin[Any]):
    """Nothing for other staff, and no delete for anybody: evidence points at these rows."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Other staff do not even learn which numbers are somebody's.
        rows = super().get_queryset(request)
        return rows if self._is_administrator(request) else rows.none()

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> NoReturn:
        raise Http404

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @staticmethod
    def _is_administrator(request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


class PersonForm(forms.ModelForm[User]):
    """Roles and activity change by actions, which write down who did it."""

    class Meta:
        model = User
        fields = ["display_name", "language", "time_zone", "extra_time_factor"]


class NewPersonForm(AdminUserCreationForm):
    """The address counts as confirmed: an administrator vouches for it."""

    class Meta:
        model = User
        fields = ("email", "display_name")
        field_classes: dict[str, type[forms.Field]] = {}

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"] or ""
        if not email:
            raise forms.ValidationError(_("People sign in with an e-mail address."))
        return email.lower()


@admin.register(User)
class UserAdmin(AdministratorsOnly, StockUserAdmin[Any]):
    """Search and help people; what is changed here stands in the audit record."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("email", "display_name", "role", "is_active", "last_login", "date_joined")
    list_filter = ("is_superuser", "groups", "is_active", "language")
    list_per_page = 50
    search_fields = ("email", "display_name", "public_id")
    ordering = ("email", "pk")
    filter_horizontal = ()
    readonly_fields = ("email", "role", "is_active", "last_login", "date_joined", "erased_at")
    fieldsets = (
        (None, {"fields": ("email", "display_name", "language", "time_zone")}),
        (gettext_lazy("Exams"), {"fields": ("extra_time_factor",)}),
        (
            gettext_lazy("Account"),
            {
                "fields": ("role", "is_active", "last_login", "date_joined", "erased_at"),
                "description": gettext_lazy(
                    "Roles and access are changed in the list of people: tick a person there "
                    "and choose an action."
                ),
            },
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "display_name", "usable_password", "password1", "password2")}),
    )
    actions = (
        "make_instructor",
        "remove_instructor",
        "make_administrator",
        "remove_administrator",
        "activate",
        "deactivate",
        "confirm_address",
        "remove_second_factors",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return super().get_readonly_fields(request, obj) if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=gettext_lazy("role"))
    def role(self, person: User) -> str:
        if person.is_superuser:
            return _("Administrator")
        names = {group.name for group in person.groups.all()}
        return _("Instructor") if INSTRUCTOR_GROUP in names else _("Student")

    def save_model(
        self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool
    ) -> None:
        before = {name: form.initial.get(name) for name in form.changed_data} if change else {}
        super().save_model(request, obj, form, change)
        after = {name: form.cleaned_data[name] for name in form.changed_data} if change else {}
        if not change:
            people.vouch_for_address(obj)
        action = "person-changed" if change else "person-added"
        _note(request, action, obj, before=before, after=after)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's name
        form_url: str = "",
    ) -> HttpResponse:
        person = self.get_object(request, id)
        old = person.password if person else ""
        response = super().user_change_password(request, id, form_url)
        if person is not None:
            person.refresh_from_db(fields=["password"])
            if person.password != old:
                _note(request, "password-changed-for", person)
        return response

    @admin.action(description=gettext_lazy("Make instructor"))
    def make_instructor(self, request: UserRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset.filter(erased_at=None), roles.make_instructor)

    @admin.action(description=gettext_lazy("Remove instructor"))
    def remove_instructor(self, request: UserRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, roles.remove_instructor)

    @admin.action(description=gettext_lazy("Make administrator"))
    def make_administrator(self, request: UserRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset.filter(is_active=True), roles.make_administrator)

    @admin.action(description=gettext_lazy("Remove administrator"))
    def remove_administrator(self, request: UserRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, roles.remove_administrator)

    @admin.action(description=gettext_lazy("Let in again"))
    def activate(self, request: UserRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, people.activate)

    @admin.action(description=gettext_lazy("Shut out"))
    def deactivate(self, request: UserRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, people.deactivate)

    @admin.action(description=gettext_lazy("Vouch for the e-mail address"))
    def confirm_address(self, request: UserRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset.filter(erased_at=None), people.confirm_address)

    @admin.action(description=gettext_lazy("Remove second steps and passkeys"))
    def remove_second_factors(self, request: UserRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, people.remove_second_factors)

    def _each(
        self, request: UserRequest, chosen: QuerySet[User], service: Callable[..., object]
    ) -> None:
        """Apply a service to everybody chosen, or to nobody if it refuses one of them."""
        try:
            with transaction.atomic():
                done = sum(
                    bool(service(person, by=request.user, request=request)) for person in chosen
                )
        except LastAdministratorError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return
        text = ngettext("%(n)d person changed.", "%(n)d people changed.", done) % {"n": done}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)


@admin.register(AuditEvent)
class AuditEventAdmin(AdministratorsOnly):
    """To read only."""

    list_display = ("happened_at", "action", "actor", "target", "ip_address")
    list_filter = ("action", "happened_at")
    list_select_related = ("actor",)
    list_per_page = 50
    search_fields = ("action", "target", "ip_address")
    ordering = ("-pk",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _note(request: HttpRequest, action: str, person: User, **changes: dict[str, Any]) -> None:
    actor = request.user if isinstance(request.user, User) else None
    record(action, actor=actor, target=person_target(person), request=request, **changes)
