"""Collects of other packages' static files only what the portal's pages ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder

# The package brings several versions and extensions; some refer to files that it leaves out.
_PACKAGE = "django_htmx/"
_USED = frozenset({"django_htmx/htmx-2.min.js"})


class UsedFilesFinder(AppDirectoriesFinder):
    """As Django's, for all apps but django-htmx."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for path, storage in super().list(ignore_patterns):
            if not path.startswith(_PACKAGE) or path in _USED:
                yield path, storage
