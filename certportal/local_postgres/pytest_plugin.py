"""Keeps the tests' server running while any test run needs it; the last one stops it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings

from certportal.local_postgres.server import Cluster


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,  # noqa: ARG001 - pytest-django's order
) -> Iterator[None]:
    """pytest-django asks for this before it makes the test database."""
    if settings.DATABASES["default"]["ENGINE"] != "certportal.local_postgres.backend":
        yield
        return
    with Cluster(settings.LOCAL_POSTGRES_DATA_DIR, fast=settings.LOCAL_POSTGRES_FAST).lease():
        yield
