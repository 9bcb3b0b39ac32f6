"""The index of the administration: what there is, by the job it belongs to."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

_JOBS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("questions", _("Questions"), ("quizzes.questionset", "quizzes.question")),
    ("exams", _("Exams"), ("quizzes.exam",)),
    (
        "classes",
        _("Classes"),
        ("accounts.classroom", "accounts.membership", "quizzes.assignment"),
    ),
    (
        "catalogue",
        _("Catalogue"),
        (
            "catalog.vendor",
            "catalog.certification",
            "catalog.examguide",
            "catalog.objective",
            "catalog.resource",
            "catalog.learningpath",
        ),
    ),
    ("people", _("People"), ("accounts.user",)),
    (
        "evidence",
        _("Evidence"),
        ("quizzes.attempt", "quizzes.answerevent", "quizzes.score", "accounts.auditevent"),
    ),
)
"""What is not named here has no place in the index, only an address."""


class Administration(admin.AdminSite):
    """Django's, with an index that does not speak of apps."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """By job, with only what this person may see; one app as Django lists it."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        models = {
            f"{app['app_label']}.{row['object_name'].lower()}": row
            for app in apps
            for row in app["models"]
        }
        return [job for job in _jobs(models) if job["models"]]


def _jobs(models: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "app_label": label,
            "app_url": "",
            "has_module_perms": True,
            "models": [models[it] for it in names if it in models],
        }
        for label, name, names in _JOBS
    ]
