"""Every page of the portal, as somebody who sees it: what the crawls walk through."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
from tests.browser import class_pages, moves
from tests.browser.spots import Spot, be_refused, spot
from tests.browser.world import World

ROLES = (
    "stranger",
    "newcomer",
    "examinee",
    "student",
    "protected",
    "learner",
    "guest",
    "assistant",
    "beginner",
    "instructor",
    "administrator",
)
"""Those of World.people, and somebody without an account."""

NO_PAGES = {
    "quizzes:attempt-paper": "JSON",
    "quizzes:attempt-state": "JSON",
    "mfa_download_recovery_codes": "a file",
    "progress:calendar-feed": "a file",
    "progress:class-gradebook-file": "a file",
    "progress:class-roster-template": "a file",
    "jsi18n": "a script",
    "admin:jsi18n": "a script",
    "healthz": "one word",
    "readyz": "one word",
}
"""What a GET answers, but no browser shows as a page."""


def spots(role: str, world: World) -> list[Spot]:
    """The pages of one role."""
    return list(_WALKS[role](world))


def _stranger(world: World) -> Iterator[Spot]:
    yield spot("progress:home")
    yield spot("catalog:certification-list")
    yield spot("catalog:certification-list", query="?q=architect")
    yield spot("catalog:certification-list", query="?q=no-such-thing")
    for slug in ("clf-c02", "mls-c01", "google-da"):
        yield spot("progress:certification-detail", slug, note=slug)
    yield from _samples()
    yield from _entrance(world)
    yield from class_pages.stranger(world)
    yield Spot("", "/no/such/page/", status=404)


def _samples() -> Iterator[Spot]:
    yield spot("quizzes:sample-list")
    for number in range(1, 6):
        yield spot("quizzes:sample-detail", number, note=f"{number}")
    yield spot("quizzes:sample-detail", 2, act=_check_sample, note="with feedback")


def _check_sample(page: Page) -> None:
    page.locator("article .option > label > input").first.check()
    page.locator("article form button[type=submit]").click()
    page.locator(".explain").wait_for()


def _entrance(world: World) -> Iterator[Spot]:
    student, protected = world.people["student"], world.people["protected"]
    yield spot("account_login")
    yield spot("account_login", act=_sign_in_wrongly, note="refused")
    yield spot("account_login", act=_send_without_token, note="without a token")
    yield spot("account_signup")
    yield spot("account_signup", act=_sign_up_badly, note="refused")
    yield spot("account_inactive")
    yield spot("account_email_verification_sent")
    yield spot("account_reset_password")
    yield spot("account_reset_password_done")
    yield spot("account_reset_password_from_key_done")
    token = default_token_generator.make_token(student)
    yield spot("account_reset_password_from_key", user_pk_to_url_str(student), token)
    yield spot("account_reset_password_from_key", "1", "bad-key", note="too old")
    unconfirmed = EmailAddress.objects.get(user=student, verified=False)
    yield spot("account_confirm_email", EmailConfirmationHMAC(unconfirmed).key)
    yield spot("account_confirm_email", "bad-key", note="too old")
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
    yield spot("progress:home")
    yield spot("quizzes:practice")
    yield spot("quizzes:exam-list")
    yield spot("progress:class-list")
    yield spot("progress:my-progress")
    yield spot("accounts:notices")


def _newcomer(_world: World) -> Iterator[Spot]:
    """The pages without anything, and those that start something."""
    yield from _sections()
    yield spot("progress:certification-detail", "saa-c03", note="untouched")
    for slug in ("clf-c02", "google-da"):
        yield spot("quizzes:practice", query=f"?certification={slug}")
    for slug in ("clf-c02", "gcp-pca", "mls-c01"):
        yield spot("quizzes:exam-detail", slug, note=slug)
    yield spot("progress:my-progress-detail", "clf-c02", note="untouched")
    yield spot("progress:calendar-address", note="none")
    yield spot("mfa_index")
    yield spot("mfa_activate_totp")
    yield spot("mfa_add_webauthn")


def _examinee(world: World) -> Iterator[Spot]:
    """Somebody who is sitting mocks."""
    yield from _sections()
    yield spot("quizzes:exam-detail", world.sitting.exam.slug, note="running")
    yield spot("quizzes:practice", query=f"?certification={world.sitting.exam.slug}")
    yield spot("progress:my-progress-detail", "clf-c02", note="withheld")
    running = world.sitting.public_id
    yield spot("quizzes:attempt-question", running, 1, note="answered")
    yield spot("quizzes:attempt-question", running, 1, act=_show_help, note="with help")
    yield spot("quizzes:attempt-question", running, 20, note="new")
    yield spot("quizzes:attempt-receipts", running)
    for query in ("", "?show=flagged", "?show=open", "?end=1"):
        yield spot("quizzes:attempt-review", running, query=query)
    for position, kind in enumerate(KINDS, start=1):
        yield spot("quizzes:attempt-question", world.every_kind.public_id, position, note=kind)
    in_sections = world.in_sections.public_id
    yield spot("quizzes:attempt-question", in_sections, 3, note="in a section")
    yield spot("quizzes:attempt-review", in_sections, note="of a section")
    yield spot("quizzes:attempt-review", in_sections, query="?end=1", note="end a section")


def _show_help(page: Page) -> None:
    page.locator("#help-open").click()
    page.locator("#help").wait_for()


def _student(world: World) -> Iterator[Spot]:
    """Somebody with a past."""
    yield from _sections()
    yield spot("progress:home", act=_unfold_menus, note="menus")
    yield spot("progress:certification-detail", "clf-c02", note="practised")
    yield spot("catalog:certification-list", note="signed in")
    yield spot("progress:my-progress-detail", "clf-c02", note="practised")
    for position, kind in enumerate((*KINDS, *KINDS), start=1):
        note = kind if position <= len(KINDS) else f"{kind} with feedback"
        yield spot("quizzes:attempt-question", world.practice.public_id, position, note=note)
    yield spot("quizzes:attempt-result", world.passed.public_id, note="passed")
    yield spot("quizzes:attempt-result", world.failed.public_id, query="?show=wrong")
    yield spot("quizzes:attempt-receipts", world.failed.public_id, note="ended")
    yield spot("quizzes:attempt-unsent", world.failed.public_id)
    yield spot("quizzes:attempt-result", world.practised.public_id, note="practice")
    for position, kind in enumerate(KINDS, start=1):
        yield spot(
            "quizzes:attempt-result-question", world.practised.public_id, position, note=kind
        )
    yield spot("quizzes:attempt-result-question", world.failed.public_id, 60, query="?show=wrong")
    yield from _account()


def _unfold_menus(page: Page) -> None:
    page.evaluate("for (const menu of document.querySelectorAll('.menu')) menu.open = true")


def _account() -> Iterator[Spot]:
    yield spot("accounts:settings")
    yield spot("accounts:erase")
    yield spot("account_logout")
    yield spot("account_reauthenticate")
    yield spot("account_email")
    yield spot("account_change_password")
    yield spot("usersessions_list")


def _protected(world: World) -> Iterator[Spot]:
    """Somebody with an app, a passkey and recovery codes."""
    yield spot("mfa_index")
    yield spot("mfa_reauthenticate")
    yield spot("mfa_deactivate_totp")
    yield spot("mfa_view_recovery_codes")
    yield spot("mfa_generate_recovery_codes")
    yield spot("mfa_list_webauthn")
    yield spot("mfa_edit_webauthn", world.passkey.pk)
    yield spot("mfa_remove_webauthn", world.passkey.pk)
    yield spot("mfa_reauthenticate_webauthn")


def _instructor(world: World) -> Iterator[Spot]:
    yield spot("progress:home")
    yield spot("admin:index")
    yield spot("admin:quizzes_questionset_changelist")
    yield spot("admin:quizzes_questionset_add")
    yield spot("admin:quizzes_questionset_add", act=_save_empty, note="refused")
    for question_set in (world.own_set, world.shipped_set):
        note = question_set.title
        yield spot("admin:quizzes_questionset_change", question_set.pk, note=note)
    yield spot("admin:quizzes_questionset_history", world.own_set.pk)
    yield from _desk(world)
    yield from _exams(world)
    yield from class_pages.instructor(world)
    yield spot("admin:accounts_user_changelist", status=403)


def _desk(world: World) -> Iterator[Spot]:
    yield spot("admin:quizzes_question_changelist")
    yield spot("admin:quizzes_question_add")
    for kind in ("single", "multiple", "true_false"):
        query = f"?set={world.own_set.slug}&kind={kind}"
        yield spot("admin:quizzes_question_add", query=query)
    yield spot("admin:quizzes_question_add", query=query, act=_save_empty, note="refused")
    for question in world.own_set.home_questions.order_by("pk"):
        yield spot("admin:quizzes_question_change", question.pk, note=f"own {question.kind}")
    yield spot("admin:quizzes_question_change", _shipped(world), note="shipped")
    yield spot("admin:quizzes_question_history", world.own_question.pk)


def _shipped(world: World) -> int:
    return world.shipped_set.home_questions.filter(kind="multiple").earliest("pk").pk


def _exams(world: World) -> Iterator[Spot]:
    yield spot("admin:quizzes_exam_changelist")
    yield spot("admin:quizzes_exam_add")
    yield spot("admin:quizzes_exam_add", act=be_refused, note="refused")
    for exam in (world.classes.exam, world.classes.draft, world.classes.settled):
        yield spot("admin:quizzes_exam_change", exam.pk, note=exam.title)
    yield spot(
        "admin:quizzes_exam_change", world.classes.draft.pk, act=_ask_for_too_much, note="refused"
    )
    yield spot("admin:quizzes_exam_preview", world.classes.exam.pk)
    yield spot("admin:quizzes_exam_preview", world.classes.exam.pk, query="?keys=1")
    yield spot("admin:quizzes_exam_history", world.classes.exam.pk)
    for model in ("classroom", "membership"):
        yield spot(f"admin:accounts_{model}_changelist")
    yield spot("admin:quizzes_assignment_changelist")


def _ask_for_too_much(page: Page) -> None:
    page.locator("[name=size]").fill("9999")
    page.locator("[name=_save]:visible").click()
    page.locator(".field-error").first.wait_for()


def _save_empty(page: Page) -> None:
    page.locator("[name=_continue]:visible").click()
    page.get_by_role("alert").first.wait_for()


def _administrator(world: World) -> Iterator[Spot]:
    yield spot("admin:index")
    yield spot("admin:app_list", "quizzes")
    yield spot("admin:password_change")
    yield spot("admin:password_change_done")
    yield spot("admin:accounts_user_add")
    yield spot("admin:auth_user_password_change", world.people["student"].pk)
    for model in sorted(admin.site._registry, key=lambda model: model._meta.label):
        start = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        shown = _shown(model, world)
        yield spot(f"{start}_changelist")
        yield spot(f"{start}_change", shown.pk)
        yield spot(f"{start}_history", shown.pk)


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
    "learner": class_pages.learner,
    "guest": class_pages.guest,
    "assistant": class_pages.assistant,
    "beginner": class_pages.beginner,
    "instructor": _instructor,
    "administrator": _administrator,
}
