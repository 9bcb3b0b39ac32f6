"""Every address of the portal; the only file that knows every app's addresses."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog, set_language

from certportal import appearance, health

# Without this the admin's own sign-in would pass by the second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "certportal.errors.server_error"

urlpatterns = [
    path("", include("progress.urls")),
    path("certifications/", include("certportal.catalog.urls")),
    path("", include("quizzes.urls")),
    path("", include("certportal.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("i18n/setlang/", set_language, name="set-language"),
    path("theme/", appearance.set_theme, name="set-theme"),
    path("jsi18n/", JavaScriptCatalog.as_view(), name="jsi18n"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
