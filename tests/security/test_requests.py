"""Requests that nobody should be able to send, or that must not do what they ask for."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from certportal.accounts.models import User
from quizzes.models import Answer, Attempt, ItemMark, Score
from tests.factories.accounts import PASSWORD
from tests.factories.attempts import shift_clock
from tests.security.addresses import addresses, body_for, path_to
from tests.security.crawling import Crawl
from tests.security.tables import changed, fingerprints
from tests.security.world import World, undone

pytestmark = pytest.mark.django_db


# --- Forged and careless requests --------------------------------------------------------------


WITHOUT_A_TOKEN = {"accounts:stop-reminders"}
"""Mail programs post there with one click; the link itself is the secret (RFC 8058)."""


@pytest.mark.parametrize("role", ["anonymous", "owner", "instructor", "administrator"])
def test_a_post_without_the_token_is_refused_everywhere(world: World, role):
    before = fingerprints()

    statuses = {}
    for address in addresses():
        if address.name in WITHOUT_A_TOKEN:
            continue
        client = world.client(role, enforce_csrf_checks=True)
        body = body_for(address.name, world)
        response = client.post(path_to(address, world), body.data, body.content_type)
        statuses[address.name] = response.status_code

    assert statuses == dict.fromkeys(statuses, 403)
    assert changed(before) == set()


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_token_from_another_origin_is_refused(world: World, origin):
    client = world.client("owner", enforce_csrf_checks=True)
    client.get("/settings/")
    token = client.cookies["csrftoken"].value

    response = client.post(
        "/theme/", {"theme": "dark", "csrfmiddlewaretoken": token}, headers={"origin": origin}
    )

    assert response.status_code == 403


MAY_TOUCH = {
    "quizzes:attempt-question": {"quizzes_itemmark"},
    # Whoever follows another person's link is signed out, and that is written down.
    "account_confirm_email": {"accounts_auditevent"},
    # Whoever looks at another person's work is written down.
    "progress:class-student": {"accounts_auditevent"},
    "progress:class-sitting": {"accounts_auditevent"},
    "progress:class-gradebook-file": {"accounts_auditevent"},
}


@pytest.mark.parametrize("role", ["anonymous", "owner", "instructor", "administrator"])
def test_looking_changes_nothing_but_first_sights(world: World, role):
    before = fingerprints()
    for address in addresses():
        with undone():
            world.client(role).get(path_to(address, world))
            touched = changed(before)
            seen = ItemMark.objects.filter(item__attempt=world.running)
            only_seen = all(mark.first_seen_at and not mark.flag for mark in seen)

        assert touched <= MAY_TOUCH.get(address.name, set()), address.name
        assert only_seen


def test_looking_ends_only_what_is_over(world: World):
    shift_clock(world.running, left=timedelta(minutes=-5))
    before = fingerprints()

    world.client("other").get(f"/attempts/{world.running.public_id}/state/")
    untouched = changed(before)
    world.client("owner").get(f"/attempts/{world.running.public_id}/state/")

    assert untouched == set()
    assert changed(before) == {"quizzes_attempt", "quizzes_answerevent", "quizzes_score"}
    world.running.refresh_from_db()
    assert world.running.status == Attempt.Status.EXPIRED


# --- More fields than the form has ---------------------------------------------------------------

ATTEMPT_FIELDS = {
    "student": "1",
    "student_id": "1",
    "mode": "practice",
    "status": "submitted",
    "epoch": "99",
    "epoch_opened_by": "take-over",
    "started_at": "2020-01-01T00:00:00Z",
    "deadline_at": "2099-01-01T00:00:00Z",
    "grace": "99999",
    "ended_at": "2020-01-01T00:00:00Z",
    "processed_at": "2020-01-01T00:00:00Z",
    "terms": "{}",
    "seed": "1",
    "score": "100",
    "points": "100",
    "max_points": "1",
    "passed": "true",
    "is_scored": "false",
    "is_correct": "true",
    "is_complete": "true",
    "final": "true",
    "final_at": "2020-01-01T00:00:00Z",
    "saved_at": "2020-01-01T00:00:00Z",
    "outcome": "accepted",
    "revision": "1",
    "question": "1",
    "key": "{}",
}


def attempt_row(attempt: Attempt, *besides: str) -> dict[str, object]:
    row = Attempt.objects.filter(pk=attempt.pk).values().get()
    return {name: value for name, value in row.items() if name not in besides}


def test_a_form_cannot_write_what_it_does_not_show(world: World):
    client, attempt = world.client("owner"), world.running
    page = f"/attempts/{attempt.public_id}/q/1/"
    before = attempt_row(attempt, "epoch", "epoch_opened_by")

    client.post(page, {**ATTEMPT_FIELDS, "choice": "b", "go": "next"})

    assert attempt_row(attempt, "epoch", "epoch_opened_by") == before
    attempt.refresh_from_db()
    assert (attempt.epoch, attempt.epoch_opened_by) == (2, "form")
    stored = Answer.objects.get(item__attempt=attempt)
    assert (stored.payload, stored.final_at) == ({"choice": "b"}, None)
    assert stored.saved_at.year > 2020
    assert not Score.objects.filter(attempt=attempt).exists()


def test_json_cannot_write_what_the_contract_does_not_name(world: World):
    client, attempt = world.client("owner"), world.running
    before = attempt_row(attempt)
    fields = {name: value for name, value in ATTEMPT_FIELDS.items() if name != "final"}
    entry = {**fields, "seq": 1, "item": 1, "answer": {"choice": "b"}}
    body = {**ATTEMPT_FIELDS, "epoch": 1, "entries": [entry]}

    response = client.post(
        f"/attempts/{attempt.public_id}/answers/", json.dumps(body), "application/json"
    )

    assert response.json()["entries"][0]["outcome"] in {"accepted", "refused"}
    assert attempt_row(attempt) == before
    assert not Score.objects.filter(attempt=attempt).exists()
    for stored in Answer.objects.filter(item__attempt=attempt):
        assert (stored.payload, stored.final_at) == ({"choice": "b"}, None)
        assert stored.saved_at.year > 2020


@pytest.mark.parametrize("extra", [{"score": 1}, {"is_correct": True}, {"final": True}])
def test_an_answer_has_exactly_its_own_fields(world: World, extra):
    entry = {"seq": 1, "item": 1, "answer": {"choice": "b", **extra}}

    response = world.client("owner").post(
        f"/attempts/{world.running.public_id}/answers/",
        {"epoch": 1, "entries": [entry]},
        "application/json",
    )

    assert response.json()["entries"][0]["outcome"] == "refused"
    assert not Answer.objects.filter(item__attempt=world.running).exists()


@pytest.mark.parametrize("where", ["exam", "practice", "submit"])
def test_starting_and_ending_take_nothing_from_the_form(world: World, where):
    guide = world.exam.guide
    paths = {
        "exam": f"/exams/{world.exam.slug}/start/",
        "practice": "/practice/",
        "submit": f"/attempts/{world.running.public_id}/submit/",
    }
    own = {"certification": guide.certification.slug, "size": "5"}
    role = "owner" if where == "submit" else "other"

    world.client(role).post(paths[where], {**ATTEMPT_FIELDS, **own})

    attempt = Attempt.objects.latest("pk") if role == "other" else world.running
    attempt.refresh_from_db()
    assert attempt.student == world.people[role]
    assert attempt.started_at.year > 2020
    assert attempt.deadline_at is None or attempt.deadline_at.year < 2099
    assert attempt.grace == timedelta(seconds=30)
    assert attempt.seed != 1 or where == "submit"
    assert attempt.mode == ("practice" if where == "practice" else "mock")
    assert attempt.epoch == 1
    if where == "submit":
        assert (attempt.scores.get().points, attempt.scores.get().passed) == (0, False)


PERSON_FIELDS = {
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "",
    "groups": "1",
    "user_permissions": "1",
    "extra_time_factor": "3.00",
    "public_id": "00000000-0000-4000-8000-000000000000",
    "erased_at": "2020-01-01",
    "date_joined": "2020-01-01",
    "last_login": "2020-01-01",
    "pk": "1",
    "id": "1",
}


def rights_of(person: User) -> dict[str, object]:
    columns = ("is_staff", "is_superuser", "is_active", "extra_time_factor", "public_id", "email")
    row = User.objects.filter(pk=person.pk).values(*columns, "date_joined", "password").get()
    return {**row, "groups": set(person.groups.values_list("name", flat=True))}


def test_settings_give_no_rights(world: World):
    before = rights_of(world.owner)
    form = {
        "display_name": "New Name",
        "language": "en",
        "time_zone": "UTC",
        "own_extra_time_factor": "1.25",
        "email": "new@example.org",
        "password": "quiet river over stones",
    }

    response = world.client("owner").post("/settings/", {**PERSON_FIELDS, **form})

    assert response.status_code == 302
    assert User.objects.get(pk=world.owner.pk).display_name == "New Name"
    assert rights_of(world.owner) == before


def test_signing_up_gives_no_rights(world: World):
    form = {"email": "fresh@example.org", "password1": PASSWORD, "display_name": "Fresh"}

    Client().post(reverse("account_signup"), {**PERSON_FIELDS, **form})

    person = User.objects.get(email="fresh@example.org")
    rights = rights_of(person)
    assert (rights["is_staff"], rights["is_superuser"], rights["is_active"]) == (False, False, True)
    assert (rights["groups"], rights["extra_time_factor"]) == (set(), 1)
    assert str(person.public_id) != PERSON_FIELDS["public_id"]


def test_an_instructor_gives_a_question_only_what_the_desk_shows(world: World):
    before = (world.own_question.home_set_id, world.own_question.public_id)
    path = f"/admin/quizzes/question/{world.own_question.pk}/change/"
    fields = {
        "home_set": "1",
        "public_id": PERSON_FIELDS["public_id"],
        "pk": "1",
        "kind": "multiple",
    }

    world.client("instructor").post(path, fields)

    world.own_question.refresh_from_db()
    assert (world.own_question.home_set_id, world.own_question.public_id) == before
    assert world.own_question.kind == "single"


# --- The same parameter twice ---------------------------------------------------------------------


def test_of_two_choices_the_last_counts_checked_and_used_alike(world: World):
    page = f"/attempts/{world.running.public_id}/q/1/"
    client = world.client("owner")

    client.post(page, {"choice": ["a", "c"], "go": ["3", "review"]})
    first = Answer.objects.get(item__attempt=world.running).payload
    response = client.post(page, {"choice": ["b", "zzz"], "go": "next"}, follow=True)

    assert first == {"choice": "c"}
    assert "could not be read" in response.content.decode()
    assert Answer.objects.get(item__attempt=world.running).payload == {"choice": "c"}


def test_of_two_certifications_the_last_is_checked_and_used(world: World):
    slug = world.exam.guide.certification.slug
    client = world.client("other")

    refused = client.post("/practice/", {"certification": [slug, "unknown"], "size": ["5", "5"]})
    client.post("/practice/", {"certification": ["unknown", slug], "size": ["1000", "5"]})

    assert refused.status_code == 404
    started = Attempt.objects.get(student=world.people["other"])
    assert started.items.count() == 5


@pytest.mark.parametrize(
    ("path", "same_as"),
    [
        ("/certifications/?q=a&q=zzzzz", "/certifications/?q=zzzzz"),
        ("/exams/?page=9&page=1", "/exams/?page=1"),
    ],
)
def test_of_two_in_an_address_the_last_counts(world: World, path, same_as):
    client = world.client("owner")

    twice, once = client.get(path).content, client.get(same_as).content

    assert _without_address(twice, path) == _without_address(once, same_as)


def _without_address(content: bytes, path: str) -> str:
    lines = content.decode().splitlines()
    told = "\n".join(it for it in lines if "csrf" not in it and 'name="next"' not in it)
    # A second may pass between the two.
    return re.sub(r"\d+\sseconds?", "", told)


# --- Somewhere else -------------------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "//evil。example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\t//evil.example",
    "/%09/evil.example/..//evil.example",
    "//testserver@evil.example",
    "https://testserver.evil.example/",
]


@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize(
    "door",
    ["set-theme", "set-language", "account_login", "account_logout", "account_reauthenticate"],
)
def test_no_door_leads_to_another_host(world: World, door, target):
    role = "owner" if door in {"account_logout", "account_reauthenticate"} else "anonymous"
    person = world.people["other"]
    fields = {
        "theme": "dark",
        "language": "en",
        "login": person.email,
        "password": PASSWORD,
    }
    client = world.client("other" if role == "owner" else role)

    response = client.post(reverse(door), {**fields, "next": target})

    assert response.status_code in {200, 302, 303}
    assert _stays_here(response.get("Location", "/")), response["Location"]


def _stays_here(location: str) -> bool:
    # As browsers read it: they drop tabs and take a backslash for a slash.
    read = location.strip().replace("\t", "").replace("\\", "/")
    parts = urlsplit(read)
    return not parts.scheme and not parts.netloc and not read.startswith("//")


@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize("door", ["/accounts/login/", "/admin/login/"])
def test_who_is_signed_in_is_led_nowhere_else(world: World, door, target):
    response = world.client("administrator").get(door, {"next": target})

    assert _stays_here(response.get("Location", "/")), response["Location"]


def test_a_referrer_from_elsewhere_is_not_followed(world: World):
    headers = {"referer": "https://evil.example/", "accept": "text/html"}

    response = Client().post("/i18n/setlang/", {"language": "en"}, headers=headers)

    assert _stays_here(response["Location"])


@pytest.mark.parametrize("name", ["host", "x-forwarded-host", "x-host", "forwarded"])
def test_a_host_that_is_not_ours_is_refused_or_ignored(world: World, name):
    response = Client().get("/accounts/login/", headers={name: "evil.example"})

    assert response.status_code == (400 if name == "host" else 200)
    assert "evil.example" not in response.content.decode()


@pytest.mark.parametrize("name", ["host", "x-forwarded-host"])
def test_a_mail_never_carries_the_host_of_the_request(world: World, settings, name):
    settings.ALLOWED_HOSTS = ["*"]

    Client().post(
        reverse("account_reset_password"),
        {"email": world.owner.email},
        headers={name: "evil.example"},
    )

    assert len(mail.outbox) == 1
    assert "evil.example" not in f"{mail.outbox[0].body}{mail.outbox[0].alternatives}"
    assert settings.PUBLIC_URL in mail.outbox[0].body


# --- Nothing personal in addresses ----------------------------------------------------------------


@pytest.mark.parametrize("role", ["anonymous", "owner"])
def test_no_address_names_a_person_or_a_session(world: World, role):
    client = world.client(role)
    with undone():
        crawl = Crawl(client).walk(["/", "/certifications/", "/settings/", "/exams/"])
    sessions = [cookie.value for cookie in world.cookies[role].values()]
    secrets = [world.owner.email, world.owner.display_name.replace(" ", "+"), "@", *sessions]

    assert len(crawl.responses) > 10
    assert [a for a in crawl.responses if any(secret in a for secret in secrets)] == []
