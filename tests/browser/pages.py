"""Every page of the portal, as somebody who sees it: what the crawls walk through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.contrib import admin
from django.contrib.auth.tokens import default_token_generator
from django.db.models import Model
from django.urls import reverse
from playwright.sync_api import Page

from certportal.accounts.models import User
from quizzes.engine.kinds.registry import KINDS
from quizzes.models import Question, QuestionSet
from tests.browser import moves
from tests.browser.world import World

ROLES = (
    "stranger",
    "newcomer",
    "examinee",
    "student",
    "protected",
    "instructor",
    "administrator",
)
"""Those of World.people, and somebody without an account."""

NO_PAGES = {
    "quizzes:attempt-state": "JSON",
    "mfa_download_recovery_codes": "a file",
    "jsi18n": "a script",
    "admin:jsi18n": "a script",
    "healthz": "one word",
    "readyz": "one word",
}
"""What a GET answers, but no browser shows as a page."""


@dataclass(frozen=True)
class Spot:
    """One page as one kind of person sees it."""

    name: str
    """As the resolver calls it; what errors are made of has none."""
    address: str
    status: int = 200
    act: Callable[[Page], None] | None = None
    """What to do there first; it may lead to another page."""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name or self.address} {self.note}".strip()

    def open(self, page: Page) -> str | None:
        """Go there; what was in the way, if anything."""
        response = page.goto(self.address)
        if response is None or response.status != self.status:
            return f"answered {response and response.status}"
        arrived = urlsplit(page.url).path
        if arrived.startswith(_DOORS) and not self.address.startswith(arrived):
            return f"led to {page.url}"
        if self.act is not None:
            self.act(page)
        return None


_DOORS = ("/accounts/login/", "/accounts/reauthenticate/", "/admin/login/")


def _spot(name: str, *args: Any, query: str = "", **changes: Any) -> Spot:
    return Spot(name, reverse(name, args=args) + query, **{"note": query, **changes})


def spots(role: str, world: World) -> list[Spot]:
    """The pages of one role."""
    return list(_WALKS[role](world))


def _stranger(world: World) -> Iterator[Spot]:
    yield _spot("progress:home")
    yield _spot("catalog:certification-list")
    yield _spot("catalog:certification-list", query="?q=architect")
    yield _spot("catalog:certification-list", query="?q=no-such-thing")
    for slug in ("clf-c02", "mls-c01", "google-da"):
        yield _spot("progress:certification-detail", slug, note=slug)
    yield from _samples()
    yield from _entrance(world)
    yield Spot("", "/no/such/page/", status=404)


def _samples() -> Iterator[Spot]:
    yield _spot("quizzes:sample-list")
    for number in range(1, 6):
        yield _spot("quizzes:sample-detail", number, note=f"{number}")
    yield _spot("quizzes:sample-detail", 2, act=_check_sample, note="with feedback")


def _check_sample(page: Page) -> None:
    page.locator("article .option > label > input").first.check()
    page.locator("article form button[type=submit]").click()
    page.locator(".explain").wait_for()


def _entrance(world: World) -> Iterator[Spot]:
    student, protected = world.people["student"], world.people["protected"]
    yield _spot("account_login")
    yield _spot("account_login", act=_sign_in_wrongly, note="refused")
    yield _spot("account_login", act=_send_without_token, note="without a token")
    yield _spot("account_signup")
    yield _spot("account_signup", act=_sign_up_badly, note="refused")
    yield _spot("account_inactive")
    yield _spot("account_email_verification_sent")
    yield _spot("account_reset_password")
    yield _spot("account_reset_password_done")
    yield _spot("account_reset_password_from_key_done")
    token = default_token_generator.make_token(student)
    yield _spot("account_reset_password_from_key", user_pk_to_url_str(student), token)
    yield _spot("account_reset_password_from_key", "1", "bad-key", note="too old")
    unconfirmed = EmailAddress.objects.get(user=student, verified=False)
    yield _spot("account_confirm_email", EmailConfirmationHMAC(unconfirmed).key)
    yield _spot("account_confirm_email", "bad-key", note="too old")
    yield Spot(
        "mfa_authenticate", reverse("account_login"), act=lambda page: _first_step(page, protected)
    )


def _sign_in_wrongly(page: Page) -> None:
    moves.fill_in_login(page, "nobody@example.org", "no such password")
    page.get_by_role("alert").first.wait_for()


def _send_without_token(page: Page) -> None:
    page.evaluate(
        "for (const it of document.getElementsByName('csrfmiddlewaretoken')) it.value = ''"
    )
    moves.fill_in_login(page, "nobody@example.org", "no such password")
    page.locator("[name=login]").wait_for(state="detached")


def _sign_up_badly(page: Page) -> None:
    page.locator("form [name=email]").fill("somebody@example.org")
    page.locator("form [name=password1]").fill("short")
    page.locator("form [name=display_name]").fill("Somebody")
    page.locator("form [name=password1]").press("Enter")
    page.locator(".field-error").first.wait_for()


def _first_step(page: Page, person: User) -> None:
    moves.sign_in(page, person)
    page.wait_for_url("**/2fa/authenticate/")


def _sections() -> Iterator[Spot]:
    yield _spot("progress:home")
    yield _spot("quizzes:practice")
    yield _spot("quizzes:exam-list")
    yield _spot("accounts:notices")


def _newcomer(_world: World) -> Iterator[Spot]:
    """The pages without anything, and those that start something."""
    yield from _sections()
    yield _spot("progress:certification-detail", "saa-c03", note="untouched")
    for slug in ("clf-c02", "google-da"):
        yield _spot("quizzes:practice", query=f"?certification={slug}")
    for slug in ("clf-c02", "gcp-pca", "mls-c01"):
        yield _spot("quizzes:exam-detail", slug, note=slug)
    yield _spot("mfa_index")
    yield _spot("mfa_activate_totp")
    yield _spot("mfa_add_webauthn")


def _examinee(world: World) -> Iterator[Spot]:
    """Somebody who is sitting two mocks."""
    yield from _sections()
    yield _spot("quizzes:exam-detail", world.sitting.exam.slug, note="running")
    yield _spot("quizzes:practice", query=f"?certification={world.sitting.exam.slug}")
    running = world.sitting.public_id
    yield _spot("quizzes:attempt-question", running, 1, note="answered")
    yield _spot("quizzes:attempt-question", running, 1, act=_show_help, note="with help")
    yield _spot("quizzes:attempt-question", running, 20, note="new")
    for query in ("", "?show=flagged", "?show=open", "?end=1"):
        yield _spot("quizzes:attempt-review", running, query=query)
    for position, kind in enumerate(KINDS, start=1):
        yield _spot("quizzes:attempt-question", world.every_kind.public_id, position, note=kind)


def _show_help(page: Page) -> None:
    page.locator("#help-open").click()
    page.locator("#help").wait_for()


def _student(world: World) -> Iterator[Spot]:
    """Somebody with a past."""
    yield from _sections()
    yield _spot("progress:home", act=_unfold_menus, note="menus")
    yield _spot("progress:certification-detail", "clf-c02", note="practised")
    yield _spot("catalog:certification-list", note="signed in")
    for position, kind in enumerate((*KINDS, *KINDS), start=1):
        note = kind if position <= len(KINDS) else f"{kind} with feedback"
        yield _spot("quizzes:attempt-question", world.practice.public_id, position, note=note)
    yield _spot("quizzes:attempt-result", world.passed.public_id, note="passed")
    yield _spot("quizzes:attempt-result", world.failed.public_id, query="?show=wrong")
    yield _spot(
        "quizzes:attempt-result", world.practised.public_id, act=_unfold_rows, note="practice"
    )
    yield from _account()


def _unfold_menus(page: Page) -> None:
    page.evaluate("for (const menu of document.querySelectorAll('.menu')) menu.open = true")


def _unfold_rows(page: Page) -> None:
    page.evaluate("for (const row of document.querySelectorAll('details')) row.open = true")


def _account() -> Iterator[Spot]:
    yield _spot("accounts:settings")
    yield _spot("accounts:erase")
    yield _spot("account_logout")
    yield _spot("account_reauthenticate")
    yield _spot("account_email")
    yield _spot("account_change_password")
    yield _spot("usersessions_list")


def _protected(world: World) -> Iterator[Spot]:
    """Somebody with an app, a passkey and recovery codes."""
    yield _spot("mfa_index")
    yield _spot("mfa_reauthenticate")
    yield _spot("mfa_deactivate_totp")
    yield _spot("mfa_view_recovery_codes")
    yield _spot("mfa_generate_recovery_codes")
    yield _spot("mfa_list_webauthn")
    yield _spot("mfa_edit_webauthn", world.passkey.pk)
    yield _spot("mfa_remove_webauthn", world.passkey.pk)
    yield _spot("mfa_reauthenticate_webauthn")


def _instructor(world: World) -> Iterator[Spot]:
    yield _spot("progress:home")
    yield _spot("admin:index")
    yield _spot("admin:quizzes_questionset_changelist")
    yield _spot("admin:quizzes_questionset_add")
    yield _spot("admin:quizzes_questionset_add", act=_save_empty, note="refused")
    for question_set in (world.own_set, world.shipped_set):
        note = question_set.title
        yield _spot("admin:quizzes_questionset_change", question_set.pk, note=note)
    yield _spot("admin:quizzes_questionset_history", world.own_set.pk)
    yield from _desk(world)
    yield _spot("admin:accounts_user_changelist", status=403)


def _desk(world: World) -> Iterator[Spot]:
    yield _spot("admin:quizzes_question_changelist")
    yield _spot("admin:quizzes_question_add")
    for kind in ("single", "multiple", "true_false"):
        query = f"?set={world.own_set.slug}&kind={kind}"
        yield _spot("admin:quizzes_question_add", query=query)
    yield _spot("admin:quizzes_question_add", query=query, act=_save_empty, note="refused")
    for question in world.own_set.home_questions.order_by("pk"):
        yield _spot("admin:quizzes_question_change", question.pk, note=f"own {question.kind}")
    yield _spot("admin:quizzes_question_change", _shipped(world), note="shipped")
    yield _spot("admin:quizzes_question_history", world.own_question.pk)


def _shipped(world: World) -> int:
    return world.shipped_set.home_questions.filter(kind="multiple").earliest("pk").pk


def _save_empty(page: Page) -> None:
    page.locator("[name=_continue]:visible").click()
    page.get_by_role("alert").first.wait_for()


def _administrator(world: World) -> Iterator[Spot]:
    yield _spot("admin:index")
    yield _spot("admin:app_list", "quizzes")
    yield _spot("admin:password_change")
    yield _spot("admin:password_change_done")
    yield _spot("admin:accounts_user_add")
    yield _spot("admin:auth_user_password_change", world.people["student"].pk)
    for model in sorted(admin.site._registry, key=lambda model: model._meta.label):
        start = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        shown = _shown(model, world)
        yield _spot(f"{start}_changelist")
        yield _spot(f"{start}_change", shown.pk)
        yield _spot(f"{start}_history", shown.pk)


def _shown(model: type[Model], world: World) -> Model:
    chosen = {User: world.people["student"], QuestionSet: world.own_set}
    if model is Question:
        return world.own_question
    found = chosen.get(model) or model._default_manager.order_by("pk").last()
    assert found is not None, f"the crawled world has no {model._meta.label}"
    return found


_WALKS: dict[str, Callable[[World], Iterator[Spot]]] = {
    "stranger": _stranger,
    "newcomer": _newcomer,
    "examinee": _examinee,
    "student": _student,
    "protected": _protected,
    "instructor": _instructor,
    "administrator": _administrator,
}
