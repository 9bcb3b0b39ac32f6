from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_empty_catalogue_says_how_to_fill_it(client):
    html = client.get("/certifications/").content.decode()

    assert "The catalogue is empty" in html
    assert "load_catalog" in html
    assert "checked on" not in html
