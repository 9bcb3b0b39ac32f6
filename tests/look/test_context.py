"""What every page knows."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from certportal.context import portal


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("auto", ""), ('"><x', "")]
)
def test_only_known_themes_reach_the_page(cookie, theme):
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie

    assert portal(request)["theme"] == theme


@pytest.mark.parametrize(
    ("host", "is_secure", "expected"),
    [
        ("localhost:8000", False, True),
        ("localhost", False, True),
        ("portal.localhost:8000", False, True),
        ("127.0.0.1:8000", False, False),
        ("[::1]:8000", False, False),
        ("notlocalhost", False, False),
        ("study.example.org", False, False),
        ("study.example.org", True, True),
    ],
)
def test_passkeys_are_offered_where_browsers_allow_them(settings, host, is_secure, expected):
    settings.ALLOWED_HOSTS = ["*"]
    request = RequestFactory().get("/", headers={"host": host}, secure=is_secure)

    assert portal(request)["passkeys_available"]() is expected


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1:8000", "http://localhost:8000/accounts/login/?next=/exams/"),
        ("127.0.0.1", "http://localhost/accounts/login/?next=/exams/"),
        ("[::1]:8000", "http://localhost:8000/accounts/login/?next=/exams/"),
        ("[::1]", "http://localhost/accounts/login/?next=/exams/"),
    ],
)
def test_the_other_address_of_this_page_is_named(settings, host, address):
    settings.ALLOWED_HOSTS = ["*"]
    request = RequestFactory().get("/accounts/login/?next=/exams/", headers={"host": host})

    assert portal(request)["localhost_url"]() == address


def test_languages_come_with_their_own_names():
    languages = portal(RequestFactory().get("/"))["languages"]

    assert [(one["code"], one["name_local"]) for one in languages] == [
        ("en", "English"),
        ("zh-hans", "简体中文"),
    ]
