"""Bytes, characters, types and sizes that no honest browser sends: refused, never a fault."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizzes.models import Answer, AnswerEvent, Attempt, ItemMark
from tests.factories.attempts import make_attempt
from tests.factories.documents import KINDS
from tests.security.addresses import Address, addresses, path_to
from tests.security.tables import changed, fingerprints
from tests.security.world import World, undone

pytestmark = pytest.mark.django_db

NASTY_TEXTS = {
    "NUL": "a\x00b",
    "long": "x" * 5_000,
    "control": "\x1b[2J\r\n\x7f\u2028\u202e",
    "huge number": "9" * 400,
    "exponent": "1e999999999",
    "code": "' OR 1=1; -- %s%n{0}{{7*7}}{% csrf_token %}../../etc/passwd",
    "astral": "\U0001f4a9\U000e0001\ufffe",
}

# After the first part of a path, percent-encoded by hand: clients would not.
NASTY_PATHS = [
    "%00",
    "a%00b",
    "%ff%fe",
    "%c0%80",
    "%ed%a0%80",
    "%f0%82%82%ac",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "x" * 5_000,
    "9" * 500,
    "-1",
    "%0d%0aSet-Cookie:%20evil=1",
    "%e2%80%ae",
]


# --- Addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize("nasty", NASTY_PATHS)
@pytest.mark.parametrize("role", ["owner", "administrator"])
def test_no_path_makes_a_fault(world: World, role, nasty):
    known = f"/attempts/{world.running.public_id}"
    client = world.client(role)
    for start in (
        "/",
        "/certifications/",
        "/exams/",
        "/samples/",
        "/attempts/",
        f"{known}/q/",
        "/accounts/confirm-email/",
        "/accounts/password/reset/key/",
        "/accounts/2fa/webauthn/keys/",
        "/admin/quizzes/question/",
        "/admin/accounts/user/",
        "/admin/r/1/",
        "/static/",
    ):
        with undone():
            statuses = {
                raw_get(client, f"{start}{nasty}{end}").status_code for end in ("/", "/change/")
            }
        assert statuses <= {200, 301, 302, 400, 403, 404}, start
        # Links from mails have a page of their own for keys that are none.
        assert 200 not in statuses or start in {
            "/accounts/confirm-email/",
            "/accounts/password/reset/key/",
        }, start


def raw_get(client: Client, path: str, query: str = "") -> HttpResponse:
    """A request line as it stands: WSGI hands over the bytes, decoded as Latin-1."""
    decoded = bytearray()
    rest = path.encode("latin-1")
    while rest:
        if rest[:1] == b"%" and len(rest) > 2:
            decoded.append(int(rest[1:3], 16))
            rest = rest[3:]
        else:
            decoded.append(rest[0])
            rest = rest[1:]
    return client.get(
        "/", PATH_INFO=decoded.decode("latin-1"), QUERY_STRING=query, REQUEST_METHOD="GET"
    )


QUERIES = [
    "%00",
    "a%00b",
    "%ff",
    "%ed%a0%80",
    "%c0%80",
    "x" * 5_000,
    "9" * 400,
    "-1",
    "%F0%9F%92%A9",
    "%5B%5D",
    "1e999",
    "NaN",
]
PARAMETERS = [
    *("q", "page", "show", "end", "sort", "vendor", "level", "status", "role", "certification"),
    *("domain", "size", "next", "set", "kind", "queue", "o", "p", "e", "all", "_popup", "term"),
    *("status__exact", "home_set__id__exact", "is_active__exact", "happened_at__gte", "id__in"),
    *("app_label", "model_name", "field_name", "_changelist_filters", "_to_field", "language"),
]


@pytest.mark.parametrize("value", QUERIES)
@pytest.mark.parametrize("role", ["owner", "administrator"])
def test_no_query_makes_a_fault(world: World, role, value):
    client = world.client(role)
    everything = "&".join(f"{name}={value}" for name in PARAMETERS)
    pages = OUR_PAGES if role == "owner" else STAFF_PAGES
    for path in [*pages, *_pages_of(world, role)]:
        for query in (everything, f"q={value}"):
            with undone():
                status = raw_get(client, path, query).status_code
            assert status in {200, 302, 400, 403, 404}, (path, query[:60])


OUR_PAGES = (
    *("/", "/certifications/", "/samples/", "/exams/", "/practice/", "/settings/notices/"),
    *("/accounts/login/", "/accounts/signup/", "/accounts/email/", "/jsi18n/"),
)
STAFF_PAGES = (
    *("/admin/autocomplete/", "/admin/quizzes/question/", "/admin/quizzes/question/add/"),
    *("/admin/quizzes/questionset/", "/admin/accounts/user/", "/admin/accounts/auditevent/"),
    "/admin/catalog/certification/",
)


def _pages_of(world: World, role: str) -> tuple[str, ...]:
    if role == "owner":
        return (
            f"/attempts/{world.running.public_id}/review/",
            f"/attempts/{world.finished.public_id}/result/",
        )
    return (f"/admin/quizzes/questionset/{world.own_set.pk}/change/",)


# --- Forms ------------------------------------------------------------------------------------


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {value for name, value in attrs if name == "name" and value}


ALWAYS = {
    *("item", "choice", "choices", "order-a", "order-b", "pair-p1", "value", "text", "flag"),
    *("struck", "certainty", "go", "certification", "domain", "size", "next", "theme", "language"),
    *("login", "password", "email", "password1", "display_name", "time_zone", "code", "credential"),
    *("action", "action_add", "action_remove", "up", "down", "_selected_action", "session"),
}


def fields_of(world: World, address: Address, role: str) -> set[str]:
    """What the page itself asks for, and what any of our forms ever asks for."""
    parser = _Fields()
    with undone():
        response = world.client(role).get(path_to(address, world))
    if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
        parser.feed(response.content.decode())
    return (parser.names | ALWAYS) - {"csrfmiddlewaretoken", "_saveasnew"}


@pytest.fixture(scope="module")
def fields(world: World) -> dict[tuple[str, str], set[str]]:
    return {
        (role, address.name): fields_of(world, address, role)
        for role in ("anonymous", "owner", "administrator")
        for address in addresses()
    }


@pytest.mark.parametrize("kind", NASTY_TEXTS)
@pytest.mark.parametrize("role", ["anonymous", "owner", "administrator"])
def test_no_form_value_makes_a_fault(world: World, fields, role, kind):
    statuses = {}
    for address in addresses():
        if address.route.startswith("admin/") != (role == "administrator"):
            continue
        form = dict.fromkeys(fields[role, address.name], NASTY_TEXTS[kind])
        with undone():
            response = world.client(role).post(path_to(address, world), form)
        statuses[address.name] = response.status_code

    assert {name: it for name, it in statuses.items() if it >= 500 or it == 201} == {}


@pytest.mark.parametrize(
    "body", [b"choice=%ff%fe", b"choice=%ed%a0%80", b"\xff\xfe\x00", b"a" * 500]
)
def test_bytes_that_are_no_text_make_no_fault(world: World, body):
    for path in (f"/attempts/{world.running.public_id}/q/1/", "/practice/", "/settings/"):
        for content_type in (
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded; charset=no-such-thing",
            MULTIPART_CONTENT,
            "multipart/form-data",
            "multipart/form-data; boundary=",
        ):
            with undone():
                response = world.client("owner").generic("POST", path, body, content_type)
            assert response.status_code in {302, 400, 404, 415, 422}, (path, content_type)


@pytest.mark.parametrize(
    "headers", ["Content-Type: x\r\n", 'Content-Disposition: form-data; name="a']
)
def test_a_broken_multipart_body_makes_no_fault(world: World, headers):
    body = f"--{BOUNDARY}\r\n{headers}\r\n\r\nx\r\n--{BOUNDARY}"
    page = f"/attempts/{world.running.public_id}/q/1/"

    response = world.client("owner").generic("POST", page, body.encode(), MULTIPART_CONTENT)

    assert response.status_code in {302, 400}


def test_too_many_fields_are_refused(world: World):
    form = {f"f{n}": "x" for n in range(1_100)}

    response = world.client("owner").post("/practice/", form)

    assert response.status_code == 400


# --- Forms of a sitting -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sitting(world: World) -> Attempt:
    return make_attempt(*KINDS, student=world.people["other"])


@pytest.mark.parametrize(
    "form",
    [
        {"choice": "zzz"},
        {"choice": "q9-a"},
        {"choices": ["a", "zzz"]},
        {"choices": ["a", "b", "c", "d", "a"]},
        {"order-zzz": "1"},
        {"order-a": "99999999999999999999", "order-b": "-1", "order-c": "1.5"},
        {"order-a": "1", "order-b": "1", "order-c": "1"},
        {"pair-p1": "zzz", "pair-p2": "a"},
        {"pair-zzz": "a"},
        {"value": "9" * 10_000},
        {"text": "x" * 10_000},
        {"value": "a\x00b", "text": "a\x00b", "choice": "a\x00b"},
        {"item": "999", "choice": "zzz", "value": "9" * 500, "text": "x" * 5_000},
        {"go": "9" * 10_000},
        {"go": "\x00", "certainty": "9" * 500, "struck": "zzz"},
    ],
)
def test_a_malformed_form_changes_nothing(world: World, sitting, form):
    client = world.client("other")
    before = fingerprints()

    for position, kind in enumerate(KINDS, start=1):
        with undone():
            path = f"/attempts/{sitting.public_id}/q/{position}/"
            assert client.post(path, form).status_code in {302, 400}, kind
            touched = changed(before)
            stored = json.dumps(list(Answer.objects.filter(attempt=sitting).values("payload")))

        # What was typed is an answer like any other to the two kinds that take a text.
        if kind in {"numeric", "short_text"} and {"value", "text"} & form.keys():
            assert len(stored) < 5_000, kind
            assert "u0000" not in stored, kind
        else:
            assert touched == set(), kind


@pytest.mark.parametrize("position", [0, 3, 32_768, 2**31, 2**63, 10**30])
def test_a_place_that_is_not_on_the_paper_is_404(world: World, position):
    before = fingerprints()
    client = world.client("owner")
    page = f"/attempts/{world.running.public_id}/q/{position}/"

    statuses = (client.get(page).status_code, client.post(page, {"choice": "a"}).status_code)

    assert statuses == (404, 404)
    assert changed(before) == set()


# --- JSON ---------------------------------------------------------------------------------------


def send(
    world: World,
    attempt: Attempt,
    body: bytes | str,
    content_type: str = "application/json",
    **extra: Any,
):
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return world.client("other").post(
        f"/attempts/{attempt.public_id}/answers/", data, content_type, **extra
    )


IDS = st.sampled_from([*"abcdz", "p1", "p2", "", "a\x00", "\ud800"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, 2, 7, 8, 2**31 - 1, 2**31, 2**63, 10**400, -1])
    | st.floats()
    | st.text(max_size=20)
    | IDS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | IDS, inner, max_size=4)
    ),
    max_leaves=8,
)
ANSWERS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "choice": SCALARS,
        "choices": st.lists(SCALARS, max_size=5) | SCALARS,
        "order": st.lists(SCALARS, max_size=5) | SCALARS,
        "pairs": st.dictionaries(IDS, SCALARS, max_size=3) | SCALARS,
        "value": SCALARS,
        "text": SCALARS,
    },
)
ENTRIES = JSON | st.fixed_dictionaries(
    {},
    optional={
        "seq": st.integers(1, 60) | SCALARS,
        "item": st.integers(1, 8) | SCALARS,
        "answer": ANSWERS,
        "mark": JSON
        | st.fixed_dictionaries({}, optional={"flag": SCALARS, "struck": JSON, "seen": SCALARS}),
        "meta": JSON
        | st.fixed_dictionaries(
            {}, optional={"visible_ms": SCALARS, "changes": SCALARS, "certainty": SCALARS}
        ),
        "final": SCALARS,
    },
)
BODIES = JSON | st.fixed_dictionaries(
    {}, optional={"epoch": st.just(1) | SCALARS, "entries": st.lists(ENTRIES, max_size=5) | JSON}
)


@given(body=BODIES)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_no_json_makes_a_fault(world: World, sitting, body):
    with undone():
        # As a client would that escapes nothing: NaN and half surrogates included.
        response = send(world, sitting, json.dumps(body, ensure_ascii=False))

        assert response.status_code in {200, 400}
        reply = json.loads(response.content, parse_constant=_no_constant)
        if response.status_code == 200:
            assert len(reply["entries"]) == len(body["entries"])
            outcomes = {entry["outcome"] for entry in reply["entries"]}
            assert outcomes <= {"accepted", "stale", "superseded", "refused", "conflict"}


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@given(body=st.binary(max_size=200))
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
def test_no_bytes_make_a_fault(world: World, sitting, body):
    with undone():
        assert send(world, sitting, body).status_code in {200, 400}


ENTRY = {"seq": 1, "item": 1, "answer": {"choice": "a"}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"epoch": 1, "entries": [' + "[" * 30_000 + "]" * 30_000 + "]}", 400),
        (
            '{"epoch": 1, "entries": [{"seq": 1, "item": 1, "answer": null, "meta": '
            + "[" * 200
            + "]" * 200
            + "}]}",
            200,
        ),
        ('{"epoch": 1, "entries": [{"seq": 1e999, "item": 1, "answer": null}]}', 200),
        ('{"epoch": 1, "entries": [{"seq": 1, "item": 1e999, "answer": null}]}', 200),
        ('{"epoch": 1, "entries": [{"seq": ' + "9" * 4_000 + ', "item": 1, "answer": null}]}', 200),
        ('{"epoch": ' + "9" * 5_000 + ', "entries": []}', 400),
        ('{"epoch": 1e999, "entries": []}', 400),
        ('{"epoch": true, "entries": []}', 400),
        ('{"epoch": 1, "entries": [], "epoch": 2}', 200),
        ('{"epoch": 1, "entries": [' + ",".join(["{}"] * 51) + "]}", 400),
        ('{"epoch": 1, "entries": [' + ",".join(["{}"] * 50) + "]}", 200),
        ('{"epoch": 1, "entries": [{"seq": 1, "item": 7, "answer": {"text": "a\\u0000b"}}]}', 200),
        ('{"epoch": 1, "entries": [{"seq": 1, "item": 7, "answer": {"text": "\\ud800"}}]}', 200),
        ("\ufeff" + json.dumps({"epoch": 1, "entries": []}), 200),
        ("NaN", 400),
        ("null", 400),
    ],
    ids=range(16),
)
def test_json_at_the_edge(world: World, sitting, body, status):
    before = fingerprints()

    response = send(world, sitting, body)

    assert response.status_code == status
    reply = json.loads(response.content, parse_constant=_no_constant)
    accepted = [e for e in reply.get("entries", ()) if e["outcome"] == "accepted"]
    assert bool(accepted) == bool(changed(before))


@pytest.mark.parametrize("size", [65_536, 65_537, 3_000_000])
def test_a_body_has_64_kibibytes_at_most(world: World, sitting, size):
    start = json.dumps({"epoch": 1, "entries": []})

    response = send(world, sitting, start + " " * (size - len(start)))

    assert response.status_code == (200 if size <= 65_536 else 413)


@pytest.mark.parametrize("length", ["-5", "", "0", "99999999999999999999"])
def test_a_wrong_length_makes_no_fault(world: World, sitting, length):
    body = json.dumps({"epoch": 1, "entries": []})

    response = send(world, sitting, body, CONTENT_LENGTH=length)

    assert response.status_code in {200, 400, 413}


@pytest.mark.parametrize("enforce", [True, False])
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-16",
        "application/json; charset=no-such-thing",
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        MULTIPART_CONTENT,
        "multipart/form-data",
        "",
        "a" * 1_000,
    ],
)
def test_a_wrong_content_type_makes_no_fault(world: World, sitting, content_type, enforce):
    client = world.client("other", enforce_csrf_checks=enforce)
    client.get("/settings/")
    token = client.cookies["csrftoken"].value
    body = json.dumps({"epoch": 1, "entries": [ENTRY]}).encode()

    response = client.generic(
        "POST",
        f"/attempts/{sitting.public_id}/answers/",
        body,
        content_type,
        headers={"x-csrftoken": token},
    )

    assert response.status_code in {200, 400, 415}
    assert not ItemMark.objects.filter(item__attempt=sitting, flag=True).exists()
    stored = AnswerEvent.objects.filter(attempt=sitting).count()
    assert stored == (1 if response.status_code == 200 else 0)
