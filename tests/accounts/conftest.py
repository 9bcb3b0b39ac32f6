"""People at the door."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
from django.test import Client
from django.urls import reverse

from certportal.accounts.models import User
from tests.factories.accounts import PASSWORD


class SignIn(Protocol):
    def __call__(self, person: User | str, password: str = PASSWORD, **extra: Any) -> Client: ...


@pytest.fixture
def sign_in() -> SignIn:
    """Sign in the way people do, on the page; `force_login` would pass by what is tested."""

    def through_the_page(person: User | str, password: str = PASSWORD, **extra: Any) -> Client:
        client = Client(**extra)
        email = person if isinstance(person, str) else person.email
        data = {"login": email, "password": password}
        client.response = client.post(reverse("account_login"), data)
        return client

    return through_the_page
