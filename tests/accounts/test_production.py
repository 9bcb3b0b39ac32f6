"""The settings file under other environments, and what they do to responses."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import PASSWORD, UserFactory

ROOT = Path(django_settings.BASE_DIR)
GOOD_KEY = "k3y-" * 15
PUBLIC = {"PUBLIC_URL": "https://study.example.org", "SECRET_KEY": GOOD_KEY}
VARIABLES = (
    "PUBLIC_URL",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "DEMO",
    "DEBUG",
    "SIGNUP",
    "EMAIL_URL",
    "REQUIRE_STAFF_MFA",
    "ALLOWED_HOSTS",
    "PORT",
    "TRUSTED_PROXY_COUNT",
)


@pytest.fixture
def load(monkeypatch):
    """Read the settings file anew, as a process with this environment would."""

    def read(**environment: str) -> dict[str, Any]:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "certportal" / "settings.py"))

    return read


@pytest.mark.parametrize(
    "key", [{}, {"SECRET_KEY": ""}, {"SECRET_KEY": "short"}, {"SECRET_KEY": "change-me" * 10}]
)
def test_a_public_portal_needs_a_key_of_its_own(load, key):
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        load(PUBLIC_URL="https://study.example.org", **key)


def test_this_machine_alone_needs_none(load):
    assert len(load()["SECRET_KEY"]) >= 50


def test_debug_excuses_nobody_from_a_key(load):
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        load(PUBLIC_URL="https://study.example.org", DEBUG="1")


def test_the_key_may_lie_in_a_file(load, tmp_path):
    (tmp_path / "key").write_text(GOOD_KEY)
    settings = load(PUBLIC_URL="https://study.example.org", SECRET_KEY_FILE=str(tmp_path / "key"))
    assert settings["SECRET_KEY"] == GOOD_KEY


def test_the_process_refuses_to_start():
    environment = {
        k: v for k, v in os.environ.items() if k not in {*VARIABLES, "DJANGO_SETTINGS_MODULE"}
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment | {"PUBLIC_URL": "https://study.example.org", "SECRET_KEY": "change-me"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    assert "SECRET_KEY is missing, too short or the sample" in done.stderr


@pytest.mark.parametrize(
    "url", ["https://study.example.org", "http://192.168.1.20:8000", "http://localhost.example.org"]
)
def test_a_demonstration_stays_on_this_machine(load, url):
    with pytest.raises(ImproperlyConfigured, match="loopback"):
        load(PUBLIC_URL=url, SECRET_KEY=GOOD_KEY, DEMO="1")


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1:9", "http://[::1]:8000"]
)
def test_a_demonstration_runs_on_a_loopback_address(load, url):
    settings = load(PUBLIC_URL=url, DEMO="1")
    assert settings["REQUIRE_STAFF_MFA"] is False


def test_staff_need_a_second_factor_unless_told_otherwise(load):
    assert load(**PUBLIC)["REQUIRE_STAFF_MFA"] is True
    assert load(**PUBLIC, REQUIRE_STAFF_MFA="0")["REQUIRE_STAFF_MFA"] is False


@pytest.mark.parametrize("value", ["maybe", "OPEN", "1"])
def test_signup_takes_three_words(load, value):
    with pytest.raises(ImproperlyConfigured, match="SIGNUP"):
        load(SIGNUP=value)


def test_addresses_are_confirmed_where_mail_is_sent(load):
    assert load()["ACCOUNT_EMAIL_VERIFICATION"] == "optional"
    assert load(EMAIL_URL="smtp://mail:25")["ACCOUNT_EMAIL_VERIFICATION"] == "mandatory"


def test_passkeys_work_on_the_address_that_is_printed(load):
    assert load(PORT="8731")["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"] is True
    assert load(PORT="8731")["PUBLIC_URL"] == "http://localhost:8731"
    assert load(**PUBLIC)["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"] is False


def test_limits_are_kept_in_a_cache_that_processes_share(load):
    assert "locmem" not in load(**PUBLIC)["CACHES"]["default"]["BACKEND"]
    assert "ACCOUNT_RATE_LIMITS" not in load(**PUBLIC)


COOKIE_SETTINGS = (
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE",
    "LANGUAGE_COOKIE_SECURE",
    "SERVED_OVER_HTTPS",
    "ALLOWED_HOSTS",
)


def cookies_of(client: Client) -> SimpleCookie:
    """Everything that a visit sets: the token, the sign-in, both switches."""
    person = UserFactory()
    collected = SimpleCookie()
    for send, page, data in (
        (client.get, "account_login", {}),
        (client.post, "account_login", {"login": person.email, "password": PASSWORD}),
        (client.post, "set-theme", {"theme": "dark"}),
        (client.post, "set-language", {"language": "zh-hans"}),
    ):
        collected.update(send(reverse(page), data).cookies)
    return collected


@pytest.mark.django_db
def test_cookies_over_https(load, settings):
    production = load(**PUBLIC)
    for name in COOKIE_SETTINGS:
        setattr(settings, name, production[name])
    client = Client(headers={"host": "study.example.org"})
    client.defaults["wsgi.url_scheme"] = "https"
    cookies = cookies_of(client)
    assert set(cookies) >= {"__Host-sessionid", "__Host-csrftoken", "theme", "django_language"}
    assert not {"sessionid", "csrftoken"} & set(cookies)
    for name, cookie in cookies.items():
        assert cookie["secure"], name
        assert cookie["samesite"] == "Lax", name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name
    assert cookies["__Host-sessionid"]["httponly"]
    assert not cookies["__Host-csrftoken"]["httponly"], "scripts send it along"


@pytest.mark.django_db
def test_cookies_over_http_on_this_machine():
    cookies = cookies_of(Client())
    assert {"sessionid", "csrftoken"} <= set(cookies)
    assert cookies["sessionid"]["httponly"]
    assert not any(cookie["secure"] for cookie in cookies.values())
    assert {cookie["samesite"] for cookie in cookies.values()} == {"Lax"}


def test_https_is_forced_and_remembered(load):
    production = load(**PUBLIC)
    assert production["SECURE_SSL_REDIRECT"] is True
    assert production["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    # Believed only where a proxy of ours sets it.
    assert "SECURE_PROXY_SSL_HEADER" not in production
    assert "SECURE_PROXY_SSL_HEADER" in load(**PUBLIC, TRUSTED_PROXY_COUNT="1")
