from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from certportal.accounts.forms import time_zone_names
from certportal.accounts.models import User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

URL = "/settings/"
FIELDS = {
    "display_name": "Lena",
    "language": "",
    "time_zone": "Europe/Vienna",
    "own_extra_time_factor": "1.25",
}


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def client(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_page_is_private_and_links_to_everything_about_the_account(client, person):
    assert reverse("accounts:settings") == URL
    page = client.get(URL)
    assert "no-store" in page["Cache-Control"]
    text = page.content.decode()
    assert person.email in text
    for name in (
        "account_email",
        "account_change_password",
        "mfa_index",
        "usersessions_list",
        "accounts:notices",
        "accounts:erase",
    ):
        assert f'href="{reverse(name)}"' in text, name


@pytest.mark.parametrize(
    "name",
    [
        "accounts:settings",
        "accounts:notices",
        "account_email",
        "account_change_password",
        "account_reset_password",
        "account_login",
        "mfa_index",
        "usersessions_list",
    ],
)
def test_no_cache_keeps_pages_about_accounts(client, name):
    for reader in (client, Client()):
        response = reader.get(reverse(name))
        assert {"no-store", "private"} <= set(response["Cache-Control"].split(", ")), name


def test_other_pages_of_a_person_stay_out_of_shared_caches(client):
    url = reverse("catalog:certification-list")
    assert "private" in client.get(url)["Cache-Control"]
    assert "no-store" not in client.get(url)["Cache-Control"]
    assert "private" not in Client().get(url).get("Cache-Control", "")


@pytest.mark.parametrize("name", ["settings", "notices", "erase"])
def test_strangers_are_sent_to_sign_in(name):
    url = reverse(f"accounts:{name}")
    response = Client().get(url)
    assert response["Location"] == f"{reverse('account_login')}?next={url}"


def test_saving(client, person):
    response = client.post(URL, FIELDS, follow=True)
    assert "Your settings are saved" in response.content.decode()
    person.refresh_from_db()
    assert (person.display_name, person.time_zone) == ("Lena", "Europe/Vienna")
    assert person.own_extra_time_factor == Decimal("1.25")


def test_only_ones_own_extra_time_can_be_chosen(client, person):
    client.post(
        URL, FIELDS | {"extra_time_factor": "3", "email": "x@example.org", "is_staff": "on"}
    )
    old_email = person.email
    person.refresh_from_db()
    assert (person.extra_time_factor, person.email, person.is_staff) == (1, old_email, False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", ""),
        ("time_zone", "../../etc/passwd"),
        ("language", "fr"),
        ("own_extra_time_factor", "3"),
        ("own_extra_time_factor", "0.5"),
        ("own_extra_time_factor", "x"),
        ("display_name", "n" * 81),
        ("display_name", "two\nlines\x1b"),
        ("display_name", "nul\x00"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(client, person, field, value):
    response = client.post(URL, FIELDS | {field: value})
    assert response.status_code == 422
    assert field in response.context["form"].errors
    name = person.display_name
    person.refresh_from_db()
    assert (person.display_name, person.time_zone) == (name, "UTC")


def test_a_language_holds_at_once_and_on_other_devices(client, person):
    client.cookies["django_language"] = "en"
    page = client.post(URL, FIELDS | {"language": "zh-hans"}, follow=True)
    assert '<html lang="zh-Hans"' in page.content.decode()
    other = Client()
    other.force_login(person)
    assert other.get(URL)["Content-Language"] == "zh-hans"


def test_no_language_follows_the_browser(client):
    client.post(URL, FIELDS | {"language": "zh-hans"})
    client.post(URL, FIELDS | {"language": ""})
    assert client.get(URL, HTTP_ACCEPT_LANGUAGE="zh-Hans")["Content-Language"] == "zh-hans"
    assert client.get(URL, HTTP_ACCEPT_LANGUAGE="en")["Content-Language"] == "en"


def test_a_zone_under_an_old_name_stays_selected(client, person):
    User.objects.filter(pk=person.pk).update(time_zone="US/Pacific")
    assert '<option value="US/Pacific" selected>' in client.get(URL).content.decode()


def test_the_list_of_zones_has_the_places_people_live_in():
    names = time_zone_names()
    assert {"UTC", "Asia/Shanghai", "Europe/Vienna", "America/New_York"} <= set(names)
    assert not {"posixrules", "US/Pacific", "Etc/GMT+5"} & set(names)


def test_pages_need_few_statements(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        client.get(URL)
