from __future__ import annotations

import pytest

from certportal.catalog.models import Certification, ExamGuide, LearningPath
from tests.factories.accounts import UserFactory

MODELS = ["vendor", "certification", "examguide", "objective", "resource", "learningpath"]


@pytest.fixture
def superuser(db, settings):
    settings.REQUIRE_STAFF_MFA = False
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.mark.parametrize("model", MODELS)
def test_superuser_looks_at_the_catalogue(catalogue, client, superuser, model):
    client.force_login(superuser)

    html = client.get(f"/admin/catalog/{model}/").content.decode()

    assert '<form id="changelist-form"' in html
    assert f"/admin/catalog/{model}/add/" not in html


@pytest.mark.parametrize("row", [Certification, ExamGuide, LearningPath])
def test_superuser_cannot_change_it(catalogue, client, superuser, row):
    client.force_login(superuser)
    page = f"/admin/catalog/{row._meta.model_name}/{row.objects.first().pk}"

    assert client.get(f"{page}/change/").status_code == 200
    assert client.post(f"{page}/change/", {"name": "changed"}).status_code == 403
    assert client.post(f"{page}/delete/", {"post": "yes"}).status_code == 403


def test_staff_without_superuser_rights_do_not_see_it(catalogue, client, settings):
    settings.REQUIRE_STAFF_MFA = False
    client.force_login(UserFactory(is_staff=True))

    assert client.get("/admin/catalog/certification/").status_code == 403
