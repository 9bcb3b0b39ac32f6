from __future__ import annotations

import pytest

from certportal.catalog.models import Certification
from certportal.catalog.services.loading import load_catalog

pytestmark = pytest.mark.django_db


def test_second_load_changes_nothing():
    first = load_catalog()

    second = load_catalog()

    assert Certification.objects.count() == 23
    assert not first.is_empty
    assert second.is_empty, second.changes
