"""Text that somebody typed is text wherever it is shown: no tag, no attribute, no script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.conf import settings as portal_settings
from django.db import models, transaction
from django.http import HttpResponse

from certportal.accounts.models import AuditEvent, User
from certportal.accounts.services.notifying import notify
from quizzes.engine.kinds.registry import get_kind
from quizzes.models import AttemptItem, Question, QuestionSet
from quizzes.services.closing import submit_attempt
from tests.factories.attempts import make_attempt
from tests.factories.documents import KINDS, body_and_key
from tests.factories.sittings import answer
from tests.security.addresses import addresses, path_to
from tests.security.world import World, build, undone

pytestmark = pytest.mark.django_db

MARK = "Zq"
"""Stands in every payload, so that a page can be asked whether it shows it at all."""

SHORT = f"{MARK}\"'><zq on=1>"
LONG = (
    f"{MARK}\"'><zq on=1><script>zq()</script><img src=x onerror=zq()><svg/onload=zq()>"
    "<a href=javascript:zq()>x</a><iframe srcdoc=x></iframe><style>zq</style><base href=//zq>"
    "</title></textarea></select></script>--><!--[x](javascript:zq()) "
    "<javascript:zq()> ![x](https://zq.example/pixel) {{7*7}}{% now %}&#60;zq&#62; ${zq}"
)
LINK = "javascript:zq()//https://zq.example"


def payload(most: int | None) -> str:
    return LONG if most is None or most >= len(LONG) else SHORT[:most]


# --- What a browser would run -------------------------------------------------------------------

OURS = ("/static/", "/jsi18n/", "/admin/jsi18n/")
FORBIDDEN = {"zq", "iframe", "object", "embed", "base", "style", "frame", "applet", "math"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "xlink:href", "srcset"}
SCHEMES = ("javascript:", "data:", "vbscript:", "//zq", "https://zq", "http://zq")


@dataclass
class ActiveMarkup(HTMLParser):
    """Collects whatever could run or reach out; an honest page of ours has none."""

    found: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in FORBIDDEN:
            self.found.append(f"<{tag}>")
        is_data = values.get("type") == "application/json"
        if tag == "script" and not is_data and not values.get("src", "").startswith(OURS):
            self.found.append(f"<script> {values}")
        if tag == "meta" and "http-equiv" in values:
            self.found.append(f"<meta> {values}")
        for name, value in values.items():
            self._attribute(tag, name, value)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name in {"style", "srcdoc"}:
            self.found.append(f"<{tag} {name}>")
        plain = "".join(value.split()).lower()
        is_code = tag == "img" and plain.startswith("data:image/svg+xml;utf8,")
        if name in ADDRESSES and plain.startswith(SCHEMES) and not is_code:
            self.found.append(f"<{tag} {name}={value[:40]}>")
        self.text.append(value)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def active_markup(response: HttpResponse) -> list[str]:
    parser = ActiveMarkup()
    parser.feed(response.content.decode())
    parser.close()
    return parser.found


@pytest.mark.parametrize("text", [SHORT, LONG, f'<a href="{LINK}">'])
def test_the_parser_does_see_what_is_not_escaped(text):
    assert active_markup(HttpResponse(f"<p>{text}</p>"))


@pytest.mark.parametrize("text", [SHORT, LONG, '" onclick="zq()'])
def test_the_parser_does_see_what_breaks_out_of_an_attribute(text):
    assert active_markup(HttpResponse(f'<p title="{text}"></p>'))


# --- Payloads in every text of the database -----------------------------------------------------


@pytest.fixture(scope="module")
def poisoned(django_db_setup, django_db_blocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        world = build()
        _poison_tables()
        _poison_questions(world)
        AuditEvent.objects.create(
            action=payload(60), target=payload(120), after={payload(None): payload(None)}
        )
        notify(world.owner, kind="unknown", event_key="zq", data={"name": payload(None)})
        yield world
        transaction.set_rollback(True)


def _poison_tables() -> None:
    """Every free text of people, catalogue and sets, whatever the forms would have refused."""
    for label in ("accounts", "catalog", "quizzes"):
        for model in apps.get_app_config(label).get_models():
            names = {it.name: _text_for(it) for it in model._meta.fields if _is_free_text(it)}
            if model in {AuditEvent, *_EVIDENCE}:
                continue
            if any(it.name == "translations" for it in model._meta.fields):
                names["translations"] = {"zh-hans": dict(names)}
            if names:
                model._default_manager.all().update(**names)
    Question.objects.update(tags=[payload(None)], evidence=[{"url": LINK, "note": payload(None)}])


_EVIDENCE = (
    apps.get_model("quizzes", "AnswerEvent"),
    apps.get_model("quizzes", "Answer"),
    apps.get_model("quizzes", "Score"),
    apps.get_model("quizzes", "QuestionRevision"),
    apps.get_model("quizzes", "AttemptItem"),
    apps.get_model("quizzes", "Attempt"),
    apps.get_model("accounts", "Notice"),
)


def _is_free_text(it: models.Field[Any, Any]) -> bool:
    if not isinstance(it, models.CharField | models.TextField) or isinstance(it, models.EmailField):
        return False
    names_things = it.unique or it.choices or isinstance(it, models.SlugField)
    in_rules = {"password", "time_zone", "language", "key", "reference", "version", "code", "kind"}
    return not names_things and it.name not in in_rules | {"external_id", "number", "event_key"}


def _text_for(it: models.Field[Any, Any]) -> str:
    return LINK if isinstance(it, models.URLField) else payload(it.max_length)


def _poison_questions(world: World) -> None:
    """A question of every kind in a running and in a finished sitting, and on the desk."""
    for attempt in (world.running, world.practice):
        for item in attempt.items.all():
            _give_poison(item)
    finished = make_attempt(*KINDS, student=world.owner, mode="practice")
    for item in finished.items.all():
        _give_poison(item)
    answer(finished, [None] * (len(KINDS) - 1) + [{"text": payload(4_000)}])
    submit_attempt(public_id=finished.public_id, student=world.owner)
    world.finished = finished
    for question in (world.own_question, world.sample):
        _revise(question)


def _give_poison(item: AttemptItem) -> None:
    AttemptItem.objects.filter(pk=item.pk).update(revision=_revise(item.question))


def _revise(question: Question) -> Any:
    body, key = body_and_key(question.kind)
    kept = {"id", "kind", "choose", "correct", "order", "pairs", "p1", "p2", "value", "tolerance"}

    def poison(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: poison(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return value if name in kept else [poison(inner, name) for inner in value]
        if name == "reference":
            return LINK
        return value if name in kept or not isinstance(value, str) else payload(None)

    number = question.revisions.count() + 1
    return question.revisions.create(number=number, body=poison(body), key=poison(key))


# --- Every page ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "language"),
    [
        ("anonymous", "en"),
        ("owner", "en"),
        ("owner", "zh-hans"),
        ("instructor", "en"),
        ("administrator", "zh-hans"),
    ],
)
def test_no_page_shows_a_payload_as_markup(poisoned: World, role, language):
    active, showing = {}, set()
    for address in addresses():
        if address.route.startswith("admin/") != (role in {"instructor", "administrator"}):
            continue
        client = poisoned.client(role)
        client.cookies[portal_settings.LANGUAGE_COOKIE_NAME] = language
        with undone():
            response = client.get(path_to(address, poisoned))
        if not response.get("Content-Type", "").startswith("text/html"):
            continue
        found = active_markup(response)
        if found:
            active[address.name] = found
        if MARK in response.content.decode():
            showing.add(address.name)

    assert active == {}
    assert showing >= SHOWS[role]


SHOWS = {
    "anonymous": {
        "progress:certification-detail",
        "catalog:certification-list",
        "quizzes:sample-list",
        "quizzes:sample-detail",
    },
    "owner": {
        "progress:home",
        "quizzes:practice",
        "quizzes:exam-list",
        "quizzes:exam-detail",
        "quizzes:attempt-question",
        "quizzes:attempt-result",
        "quizzes:attempt-result-question",
        "accounts:settings",
        "mfa_index",
    },
    "instructor": {
        "admin:quizzes_question_change",
        "admin:quizzes_question_changelist",
        "admin:quizzes_questionset_change",
        "admin:quizzes_questionset_changelist",
    },
    "administrator": {
        "admin:accounts_user_changelist",
        "admin:accounts_auditevent_changelist",
        "admin:catalog_certification_change",
        "admin:catalog_examguide_change",
        "admin:catalog_resource_change",
    },
}
"""Pages that do show payloads, so that finding none active means something."""


def test_every_question_and_its_reasons_are_shown_as_text(poisoned: World):
    client = poisoned.client("owner")
    result = f"/attempts/{poisoned.finished.public_id}/result/"
    pages = [client.get(result), client.get(f"{result}1/")]
    for attempt in (poisoned.running, poisoned.practice):
        pages += [client.get(f"/attempts/{attempt.public_id}/q/{n}/") for n in (1, 2)]
    pages += [
        client.post(
            f"/attempts/{poisoned.practice.public_id}/q/1/", {"choice": "b", "go": "check"}
        ),
        client.get(f"/attempts/{poisoned.practice.public_id}/q/1/"),
        client.post("/samples/1/", {"choice": "b"}),
    ]

    assert [active_markup(page) for page in pages] == [[]] * len(pages)
    assert all(MARK in page.content.decode() for page in pages if page.status_code == 200)


# --- What the reader sends is shown back --------------------------------------------------------


@pytest.mark.parametrize("text", [LONG, SHORT, LINK, "</script>", "{{7*7}}", "\"'`=<>&"])
def test_what_was_searched_for_is_shown_as_text(poisoned: World, text):
    sent = quote(text)
    pages = [
        poisoned.client("anonymous").get(f"/certifications/?q={sent}&vendor={sent}&sort={sent}"),
        poisoned.client("anonymous").get(f"/accounts/login/?next={sent}"),
        poisoned.client("owner").get(
            f"/practice/?certification={poisoned.exam.slug}&domain={sent}"
        ),
        poisoned.client("owner").get(f"/exams/?page={sent}"),
        poisoned.client("owner").get(f"/attempts/{poisoned.running.public_id}/review/?show={sent}"),
        poisoned.client("administrator").get(f"/admin/quizzes/question/?q={sent}"),
        poisoned.client("administrator").get(f"/admin/accounts/user/?q={sent}&o={sent}"),
        poisoned.client("anonymous").get(f"/no/such/{sent}"),
        poisoned.client("anonymous").post("/accounts/login/", {"login": text, "password": text}),
        poisoned.client("anonymous").post(
            "/accounts/signup/", {"email": text, "display_name": text}
        ),
        poisoned.client("owner").post("/settings/", {"display_name": text * 20, "time_zone": text}),
        poisoned.client("owner").post("/accounts/email/", {"email": text, "action_add": ""}),
    ]

    assert [active_markup(page) for page in pages] == [[]] * len(pages)
    assert text[:60] in "".join(_shown(pages[0]))


def _shown(response: HttpResponse) -> list[str]:
    parser = ActiveMarkup()
    parser.feed(response.content.decode())
    return parser.text


def test_the_browser_in_the_list_of_sessions_is_text(poisoned: World):
    client = poisoned.client("anonymous", headers={"user-agent": LONG})
    client.force_login(poisoned.people["other"])
    client.get("/")

    response = client.get("/accounts/sessions/")

    assert response.status_code == 200
    assert active_markup(response) == []


# --- Links that authors write -------------------------------------------------------------------


@pytest.mark.parametrize(
    "link", ["javascript:zq()", "data:text/html,x", "vbscript:x", "//zq.example"]
)
def test_a_reference_that_is_no_web_address_is_refused(link):
    body, key = body_and_key("single")

    problems = get_kind("single").validate(body, {**key, "reference": link})

    assert [problem.where for problem in problems] == ["key.reference"]


def test_the_sets_of_the_bank_are_named_as_text(poisoned: World):
    assert QuestionSet.objects.filter(title__contains="<zq").exists()
    assert User.objects.filter(display_name__contains="<zq").exists()
