"""What every response tells the browser, whoever answers: a page, an error, a file, a redirect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import gunicorn
import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, override_settings

from tests.security.world import World, undone

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "manifest-src": {"'self'"},
    "form-action": {"'self'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
    "object-src": {"'none'"},
}

EXAM_POLICY = {
    **POLICY,
    "require-trusted-types-for": {"'script'"},
    "trusted-types": {"paper"},
}
"""On the pages of a running mock, whose script makes HTML of the portal's own cards only."""
EXAM_PAGE = r"/attempts/[^/]+/(q/1|review)/'"

OTHERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

SHUT_OFF = {"camera", "geolocation", "microphone", "payment", "usb", "display-capture"}


@dataclass(frozen=True)
class Case:
    """One request and the status that shows that it reached what it is meant to reach."""

    status: int
    path: str
    role: str = "anonymous"
    method: str = "get"
    extra: Any = None


def cases(world: World) -> list[Case]:
    running, finished = world.running.public_id, world.finished.public_id
    long_body = {"content_type": "application/json", "data": "x" * 70_000}
    return [
        Case(200, "/"),
        Case(200, "/", "owner"),
        Case(200, "/certifications/"),
        Case(200, f"/certifications/{world.exam.slug}/"),
        Case(200, "/samples/1/"),
        Case(422, "/samples/1/", method="post"),
        Case(200, "/accounts/login/"),
        Case(200, "/accounts/signup/"),
        Case(200, "/accounts/2fa/", "owner"),
        Case(200, "/settings/", "owner"),
        Case(200, "/practice/", "owner"),
        Case(200, f"/exams/{world.exam.slug}/", "owner"),
        Case(200, f"/attempts/{running}/q/1/", "owner"),
        Case(200, f"/attempts/{running}/review/", "owner"),
        Case(200, f"/attempts/{running}/state/", "owner"),
        Case(200, f"/attempts/{finished}/result/", "owner"),
        Case(200, f"/attempts/{finished}/result/1/", "owner"),
        Case(200, "/admin/", "administrator"),
        Case(200, "/admin/accounts/user/", "administrator"),
        Case(200, f"/admin/quizzes/question/{world.own_question.pk}/change/", "instructor"),
        Case(200, "/static/css/tokens.css"),
        Case(200, "/static/js/exam/page.js"),
        Case(200, "/static/img/icons.svg"),
        Case(200, "/static/admin/css/base.css"),
        Case(200, "/jsi18n/"),
        Case(200, "/healthz"),
        # Redirects
        Case(302, "/exams/"),
        Case(302, "/admin/"),
        Case(302, "/", "no-factor"),
        Case(302, "/theme/", method="post"),
        Case(301, "/exams"),
        # Refusals
        Case(400, "/certifications/?q=%00"),
        Case(400, "/", extra={"headers": {"host": "evil.example"}}),
        Case(401, f"/attempts/{running}/answers/", method="post", extra=long_body),
        Case(403, "/theme/", method="forged"),
        Case(403, "/admin/login/", "owner"),
        Case(403, "/admin/accounts/user/", "instructor"),
        Case(404, "/no/such/page/"),
        Case(404, "/static/no-such-file.css"),
        Case(404, f"/attempts/{running}/q/1/", "other"),
        Case(404, f"/attempts/{running}/state/", "other"),
        Case(405, "/", method="put"),
        Case(405, "/", method="post"),
        Case(413, f"/attempts/{running}/answers/", "owner", "post", long_body),
        # Faults
        Case(500, "/certifications/", extra={"fault": RuntimeError("Zqsecret in the fault")}),
        Case(503, "/certifications/", extra={"fault": OperationalError("Zqsecret in the fault")}),
        Case(503, "/readyz"),
    ]


def ask(world: World, case: Case, monkeypatch: pytest.MonkeyPatch) -> HttpResponse:
    extra = dict(case.extra or {})
    fault = extra.pop("fault", None)
    client = world.client(
        case.role, enforce_csrf_checks=case.method == "forged", raise_request_exception=False
    )
    with undone(), monkeypatch.context() as patch:
        if fault:
            patch.setattr("certportal.catalog.views.list_page", _fails(fault))
        method = "post" if case.method == "forged" else case.method
        response: HttpResponse = getattr(client, method)(case.path, **extra)
    assert response.status_code == case.status, case
    if response.streaming:
        response.getvalue()  # reading a file to its end closes it
    return response


def _fails(fault: Exception) -> Any:
    def raises(*_args: Any) -> None:
        raise fault

    return raises


@pytest.fixture(scope="module")
def responses(world) -> dict[Case, HttpResponse]:
    """Everything asked once; the tests look at different headers of the same answers."""
    with pytest.MonkeyPatch.context() as patch, override_settings(REQUIRE_STAFF_MFA=True):
        return {repr(case): ask(world, case, patch) for case in cases(world)}


def directives(policy: str) -> dict[str, set[str]]:
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: set(values) for name, *values in parts}


def test_the_policy_is_this_one_on_every_response(responses):
    got = {case: directives(it["Content-Security-Policy"]) for case, it in responses.items()}

    exam_pages = {case for case in responses if "status=200" in case and re.search(EXAM_PAGE, case)}
    assert exam_pages
    assert got == {case: EXAM_POLICY if case in exam_pages else POLICY for case in responses}
    assert not [case for case, it in responses.items() if "unsafe" in str(it.headers).lower()]


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_rules_are_on_every_response(responses, name):
    got = {case: it.get(name) for case, it in responses.items()}

    assert got == dict.fromkeys(responses, OTHERS[name])


def test_devices_are_shut_off_on_every_response(responses):
    for case, response in responses.items():
        rules = dict(it.strip().split("=", 1) for it in response["Permissions-Policy"].split(","))
        assert set(rules) >= SHUT_OFF, case
        assert set(rules.values()) == {"()"}, case


def test_nobody_is_told_what_serves(responses):
    assert "/" not in gunicorn.SERVER
    telling = {"Server", "X-Powered-By", "Via"}
    assert not [case for case, it in responses.items() if telling & set(it.headers)]


def test_faults_are_told_by_number_only(responses):
    faults = {case: it for case, it in responses.items() if it.status_code in {500, 503}}

    assert len(faults) == 3
    for case, response in faults.items():
        text = f"{response.headers}{response.content.decode()}"
        for word in ("Zqsecret", "Traceback", "RuntimeError", "OperationalError", "site-packages"):
            assert word not in text, case
        if "readyz" not in case:
            assert response["X-Request-ID"] in response.content.decode(), case
    assert [it["Retry-After"] for it in faults.values() if "Retry-After" in it] == ["2"]


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_scripts_get_faults_in_their_own_format(world, monkeypatch, accept):
    monkeypatch.setattr("certportal.catalog.views.list_page", _fails(RuntimeError("Zqsecret")))
    client = Client(raise_request_exception=False)

    response = client.get("/certifications/", headers={"accept": accept})

    assert response.status_code == 500
    assert response["Content-Type"].startswith(accept)
    assert "Zqsecret" not in response.content.decode()


def test_sittings_results_and_accounts_are_never_stored(responses):
    private = ("'/attempts/", "'/accounts/", "'/settings/", "'/admin/")
    kept = {
        case: it.get("Cache-Control", "")
        for case, it in responses.items()
        if any(f"path={start}" in case for start in private)
        and "no-store" not in it.get("Cache-Control", "")
        # A refusal has nothing in it.
        and it.status_code not in {302, 401, 403, 405}
    }

    assert kept == {}


def test_personal_pages_stay_out_of_shared_caches(responses):
    shared = [
        case
        for case, it in responses.items()
        if "role='owner'" in case and not {"private", "no-store"} & _cache(it)
    ]

    assert shared == []


def _cache(response: HttpResponse) -> set[str]:
    return {part.strip() for part in response.get("Cache-Control", "").split(",")}


# --- Over https -------------------------------------------------------------------------------


@pytest.fixture
def over_https(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SECURE_HSTS_PRELOAD = True


@pytest.mark.parametrize(
    "path", ["/", "/no/such/page/", "/exams/", "/static/css/tokens.css", "/admin/", "/healthz"]
)
def test_browsers_are_told_to_keep_to_https(over_https, path):
    response = Client().get(path, secure=True)
    response.getvalue()

    rule = "max-age=31536000; includeSubDomains; preload"
    assert response["Strict-Transport-Security"] == rule


def test_plain_http_leads_to_https_with_the_same_rules(over_https):
    response = Client().get("/exams/?page=2")

    assert (response.status_code, response["Location"]) == (301, "https://testserver/exams/?page=2")
    assert directives(response["Content-Security-Policy"]) == POLICY
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_containers_own_check_is_not_led_away(over_https, path):
    assert Client().get(path).status_code in {200, 503}


def test_a_forwarded_header_from_outside_is_not_believed(over_https):
    response = Client().get("/", headers={"x-forwarded-proto": "https"})

    assert response.status_code == 301
