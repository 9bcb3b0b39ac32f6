"""The shipped catalogue, loaded once a file for the tests that only read or change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from certportal.catalog.services.loading import SHIPPED, load_catalog
from certportal.catalog.services.rows import Difference


@pytest.fixture(scope="module")
def _loaded(django_db_setup: None, django_db_blocker) -> Iterator[Difference]:
    # Loading takes a second. Every test runs in a savepoint inside this transaction.
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
        difference = load_catalog()
    yield difference
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def catalogue(_loaded: Difference, db: None) -> Difference:
    return _loaded


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the shipped files that a test may spoil."""
    for file in SHIPPED.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path
