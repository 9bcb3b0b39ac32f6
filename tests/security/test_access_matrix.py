"""Every address, every role, every method. A new address fails here until it is listed.

The expectations are the table in access.txt, to be read by people: one line an address, one
column a role, in each cell the answer to GET and the one to POST.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import PASSWORD
from tests.security.addresses import Address, addresses, body_for, path_to
from tests.security.world import ROLES, World, undone

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("access.txt")

PLACES = {
    "login": r"/accounts/login/\?next=/",
    "desk": r"/admin/login/\?next=/",
    "factor": r"/accounts/2fa/$",
    "again": r"/accounts/reauthenticate/",
}
"""Redirects that stand for a refusal; any other is written as 302."""


@pytest.fixture(autouse=True)
def _as_in_production(settings):
    settings.REQUIRE_STAFF_MFA = True


def expected() -> dict[str, dict[str, str]]:
    """Address -> role -> "GET/POST". Who is inactive is nobody."""
    rows = [line.split() for line in TABLE.read_text().splitlines() if line[:1] not in {"", "#"}]
    header, *lines = rows
    table: dict[str, dict[str, str]] = {}
    for name, *cells in lines:
        assert name not in table, f"{name} is listed twice"
        table[name] = dict(zip(header[1:], cells, strict=True))
        table[name]["inactive"] = table[name]["anonymous"]
    return table


def outcome(response: HttpResponse) -> str:
    if response.status_code != 302:
        return str(response.status_code)
    place = response["Location"]
    return next((name for name, start in PLACES.items() if re.match(start, place)), "302")


def test_every_address_is_listed_and_nothing_else():
    assert sorted(expected()) == sorted(address.name for address in addresses())


@pytest.mark.parametrize("role", ROLES)
def test_get_and_post_answer_as_listed(world: World, role):
    got = {}
    for address in addresses():
        path = path_to(address, world)
        body = body_for(address.name, world)
        with undone():
            shown = outcome(world.client(role).get(path))
        with undone():
            done = outcome(world.client(role).post(path, body.data, body.content_type))
        got[address.name] = f"{shown}/{done}"

    assert got == {name: cells[role] for name, cells in expected().items()}


@pytest.mark.parametrize("role", ["anonymous", "administrator"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_other_methods_are_refused_everywhere(world: World, role, method):
    client = world.client(role)

    answers = {
        address.name: client.generic(method, path_to(address, world)) for address in addresses()
    }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 405
    )


def of_role(role: str) -> list[Address]:
    """The administration for administrators, everything else for students."""
    return [a for a in addresses() if a.route.startswith("admin/") == (role == "administrator")]


@pytest.mark.parametrize("role", ["owner", "administrator"])
def test_head_is_get_without_a_body(world: World, role):
    got = {}
    for address in of_role(role):
        with undone():
            response = world.client(role).head(path_to(address, world))
        if address.name != "admin:login":  # which asks for GET by name before it leads on
            got[address.name] = outcome(response)
        assert response.content == b""

    assert got == {name: expected()[name][role].split("/")[0] for name in got}


@pytest.mark.parametrize("role", ["owner", "administrator"])
def test_asking_for_the_methods_shows_no_more_than_a_page(world: World, role):
    for address in of_role(role):
        with undone():
            response = world.client(role).options(path_to(address, world))
        allowed = {*expected()[address.name][role].split("/"), "405"}
        if response.status_code == 200 and "200" not in allowed:
            # What a class of views answers by itself: the names of its methods.
            assert response.content == b"", address.name
        else:
            assert outcome(response) in allowed, address.name


def words(response: HttpResponse, path: str) -> str:
    """The body without what differs from one answer to the next, whoever asks for what."""
    text = response.content.decode().replace(path, "PATH").replace(quote(path, safe=""), "PATH")
    text = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", text)
    return text.replace(response["X-Request-ID"], "")


@pytest.mark.parametrize("role", ["other", "instructor-2"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_theirs_looks_as_if_it_did_not_exist(world: World, role, method):
    looked_at = 0
    for address in addresses():
        if not address.arguments or OPEN_TO_ALL.match(address.name):
            continue
        body = body_for(address.name, world)
        paths = path_to(address, world), path_to(address, world, unknown=True)
        sent = (body.data, body.content_type) if method == "post" else ()
        with undone():
            client = signed_in_just_now(world, role)
            found, unknown = (getattr(client, method)(path, *sent) for path in paths)
        if found.status_code != 405:
            assert outcome(found) == outcome(unknown), address.name
            assert words(found, paths[0]) == words(unknown, paths[1]), address.name
            looked_at += 1

    assert looked_at > 20


OPEN_TO_ALL = re.compile(
    # Certifications, mocks and samples are everybody's; so are the tables of the catalogue,
    # and numbers of background tasks say nothing.
    r"progress:(certification|my-progress)-detail$|quizzes:(exam|sample)-|admin:app_list$"
    r"|admin:catalog_|/admin/catalog/|admin:django_tasks_|/admin/django_tasks_"
    # Links from mails, codes and secret addresses: whoever has the key is let in, and keys
    # cannot be guessed.
    r"|account_confirm_email$|account_reset_password_from_key$|accounts:stop-reminders$"
    r"|progress:(calendar-feed|class-join-code)$"
)


def signed_in_just_now(world: World, role: str) -> Client:
    """So that no page hides behind the question for the password."""
    client = world.client(role)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client
