from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from certportal.accounts.models import User
from certportal.accounts.services.demo import DEMO_PEOPLE, seed_demo_people

pytestmark = pytest.mark.django_db
PASSWORD = "demo-password-123"


def test_the_four_people_with_their_roles():
    assert seed_demo_people(PASSWORD) == 4
    roles = {
        user.email: (
            user.is_staff,
            user.is_superuser,
            user.groups.filter(name="instructor").exists(),
        )
        for user in User.objects.all()
    }
    assert roles == {
        "student@example.com": (False, False, False),
        "student2@example.com": (False, False, False),
        "instructor@example.com": (True, False, True),
        "admin@example.com": (True, True, False),
    }
    assert all(user.display_name for user in User.objects.all())
    addresses = EmailAddress.objects.filter(primary=True, verified=True)
    assert set(addresses.values_list("email", flat=True)) == set(roles)


def test_the_printed_sign_in_works_and_comes_back_after_a_change(client: Client):
    seed_demo_people(PASSWORD)
    user = User.objects.get(email="student@example.com")
    user.set_password("something else entirely")
    user.is_active = False
    user.save()
    assert seed_demo_people(PASSWORD) == 0
    assert client.login(email="student@example.com", password=PASSWORD)
    assert User.objects.count() == len(DEMO_PEOPLE)
