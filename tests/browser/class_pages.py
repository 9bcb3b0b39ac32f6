"""The pages of classes, as those who teach, help and learn there see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Page

from certportal.accounts.models import Classroom, User
from certportal.accounts.services.class_invitations import token_of
from certportal.accounts.services.stopping_reminders import stop_link
from quizzes.models import Assignment, Attempt
from tests.browser.spots import Spot, be_refused, send, spot

if TYPE_CHECKING:
    from tests.browser.world import World

ROSTER = """\
email,name,role,labels,extra time,reason
somebody@example.org,Somebody,student,Evening course;New label,,
no address,Nobody,student,,,
twice@example.org,Once,professor,,4,
twice@example.org,Again,student,,1.5,
"""
"""Some of its rows can be used and some cannot."""


def stranger(world: World) -> Iterator[Spot]:
    student = world.people["student"]
    # An earlier walk through the same world has stopped them.
    User.objects.filter(pk=student.pk).update(reminders_by_mail=True)
    address = urlsplit(stop_link(student)).path
    yield Spot("accounts:stop-reminders", address)
    yield Spot("accounts:stop-reminders", address, act=_stop, note="stopped")


def _stop(page: Page) -> None:
    send(page)
    page.locator("main form").wait_for(state="detached")


def learner(world: World) -> Iterator[Spot]:
    """A student with work in every state."""
    there = world.classes
    yield spot("progress:home")
    yield spot("quizzes:exam-list")
    yield spot("progress:class-list")
    yield spot("progress:class-join-code", there.code_text)
    yield spot("progress:class-leave", there.classroom.slug)
    yield spot("progress:my-progress")
    yield spot("progress:my-progress-detail", "clf-c02")
    for note, assignment in there.work.items():
        if note != "nobody":
            yield spot("quizzes:assignment-detail", assignment.public_id, note=note)
    yield spot(
        "quizzes:assignment-detail",
        there.work["locked"].public_id,
        act=_type_no_password,
        note="without its password",
    )
    yield spot("progress:calendar-address", act=_make_address, note="just made")
    yield spot("progress:calendar-address", note="made")


def _type_no_password(page: Page) -> None:
    page.locator("main [name=password]").fill("not this one")
    be_refused(page)


def _make_address(page: Page) -> None:
    page.locator("main [name=do][value=make]").click()
    page.locator("#address").wait_for()


def guest(world: World) -> Iterator[Spot]:
    """Somebody who is asked into a class."""
    there = world.classes
    yield spot("progress:home")
    yield spot("progress:class-list")
    yield spot("progress:class-join")
    yield spot("progress:class-join", act=be_refused, note="empty")
    yield spot("progress:class-join", act=_mistype, note="wrong")
    yield spot("progress:class-join-code", there.code_text)
    yield spot("progress:class-invitation", token_of(there.invitation))


def _mistype(page: Page) -> None:
    page.locator("[name=code]").fill("0000-0000-0000")
    be_refused(page)


def beginner(_world: World) -> Iterator[Spot]:
    """An instructor without a class."""
    yield spot("progress:home")
    yield spot("progress:teach")
    yield spot("progress:class-list")
    yield spot("progress:class-new")
    yield spot("progress:class-new", act=_name_no_zone, note="refused")
    yield spot("admin:accounts_classroom_changelist")


def _name_no_zone(page: Page) -> None:
    page.locator("[name=name]").fill("Somewhere")
    page.locator("[name=time_zone]").fill("Nowhere")
    be_refused(page)


def assistant(world: World) -> Iterator[Spot]:
    """Looks at everything and changes nothing."""
    there = world.classes
    slug = there.classroom.slug
    yield spot("progress:class-list")
    yield spot("progress:teach")
    yield from _to_read(slug)
    yield spot("progress:class-student", slug, world.people["learner"].public_id)
    yield spot("progress:class-member", slug, there.members["learner"].public_id)
    for name in ("class-assignment", "class-assignment-terms"):
        yield spot(f"progress:{name}", slug, there.work["running"].public_id)
    yield spot("progress:class-assignment-new", slug, status=404)


def _to_read(slug: str, *, note: str = "") -> Iterator[Spot]:
    for page in ("dashboard", "assignments", "gradebook", "people", "codes", "labels", "settings"):
        yield spot(f"progress:class-{page}", slug, note=note)


def _sittings(classroom: Classroom) -> dict[str, Attempt]:
    """One that runs and one that is over, of those there are."""
    rows = Attempt.objects.filter(assignment__classroom=classroom).order_by("-pk")
    return {attempt.status: attempt for attempt in rows}


def instructor(world: World) -> Iterator[Spot]:
    there = world.classes
    slug = there.classroom.slug
    yield spot("progress:teach")
    yield spot("progress:class-list")
    yield from _to_read(there.classroom.slug)
    yield from _to_read(there.empty.slug, note="empty")
    yield from _to_read(there.archived.slug, note="archived")
    yield spot("progress:class-new")
    yield spot("progress:class-archive", there.classroom.slug)
    yield spot("progress:class-copy", there.classroom.slug)
    yield spot("progress:class-copy", there.classroom.slug, act=_copy_nameless, note="refused")
    yield from _students(world)
    yield from _people(world)
    yield from _assignments(world)
    yield from _exceptions(world)
    for note, sitting in _sittings(there.classroom).items():
        yield spot("progress:class-sitting", slug, sitting.public_id, note=note)


def _copy_nameless(page: Page) -> None:
    page.locator("main [name=name]").fill("")
    be_refused(page)


def _students(world: World) -> Iterator[Spot]:
    there = world.classes
    slug = there.classroom.slug
    evening = there.classroom.labels.get(name="Evening course").pk
    for query in ("?sort=seen", f"?label={evening}", "?q=no+such+name"):
        yield spot("progress:class-dashboard", slug, query=query)
    yield spot("progress:class-dashboard", slug, query="?needs=all")
    yield spot("progress:class-dashboard", slug, act=_filter, note="filtered")
    for note in ("learner", "student", "idle", "formula"):
        person = there.members[note].person
        yield spot("progress:class-student", slug, person.public_id, note=note)


def _filter(page: Page) -> None:
    page.locator(".sieve [name=q]").fill("hyperlink")
    page.locator(".sieve [name=q]").press("Enter")
    page.wait_for_url("**/*q=hyperlink*")


def _people(world: World) -> Iterator[Spot]:
    there = world.classes
    slug = there.classroom.slug
    yield spot("progress:class-people", slug, query="?role=assistant")
    yield spot("progress:class-people", slug, query="?role=instructor&label=1")
    yield spot("progress:class-people", slug, query="?q=nobody")
    yield spot("progress:class-invite", slug)
    yield spot("progress:class-invite", slug, act=be_refused, note="refused")
    for note in ("learner", "idle", "assistant"):
        yield spot("progress:class-member", slug, there.members[note].public_id, note=note)
    yield spot(
        "progress:class-member",
        slug,
        there.members["learner"].public_id,
        act=_give_no_reason,
        note="refused",
    )
    yield spot("progress:class-member-remove", slug, there.members["learner"].public_id)
    yield spot("progress:class-codes", slug, act=_make_code, note="just made")
    yield spot("progress:class-codes", slug, act=_make_code_for_nobody, note="refused")
    yield spot("progress:class-labels", slug, act=be_refused, note="refused")
    yield spot("progress:class-roster", slug)
    yield spot("progress:class-roster", slug, act=lambda page: _bring(page, ""), note="unusable")
    yield spot("progress:class-roster", slug, act=lambda page: _bring(page, ROSTER), note="looked")


def _give_no_reason(page: Page) -> None:
    page.locator("[name=extra_time]").fill("2")
    be_refused(page)


def _make_code(page: Page) -> None:
    send_in(page, "max_uses")
    page.locator(".big-code").wait_for()


def _make_code_for_nobody(page: Page) -> None:
    page.locator("[name=expires_at]").fill("2020-01-01T00:00")
    send_in(page, "max_uses")
    page.locator(".field-error").first.wait_for()


def send_in(page: Page, field: str) -> None:
    """Send the form that this field is in."""
    form = page.locator("main form").filter(has=page.locator(f"[name={field}]"))
    form.locator("button[type=submit]").last.click()


def _bring(page: Page, text: str) -> None:
    file = {"name": "roster.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("main [name=roster]").set_input_files(file)
    send(page)
    page.locator("[name=fingerprint], main [role=alert]").first.wait_for(state="attached")


def _assignments(world: World) -> Iterator[Spot]:
    there = world.classes
    slug = there.classroom.slug
    for note, assignment in there.work.items():
        yield spot("progress:class-assignment", slug, assignment.public_id, note=note)
    for note in ("running", "goal", "due"):
        args = (slug, there.work[note].public_id)
        yield spot("progress:class-assignment-edit", *args, note=note)
        yield spot("progress:class-assignment-withdraw", *args, note=note)
    old = Assignment.objects.get(classroom=there.archived).public_id
    yield spot("progress:class-assignment", there.archived.slug, old, note="archived")
    yield spot("progress:class-assignment-new", slug)
    yield spot("progress:class-assignment-new", slug, act=_choose_practice, note="practice")
    yield spot("progress:class-assignment-new", slug, act=_choose_nobody, note="refused")
    yield spot("progress:class-assignment-new", slug, act=_preview, note="previewed")
    yield spot("progress:class-assignment-new", there.empty.slug, note="of an empty class")


def _choose_practice(page: Page) -> None:
    page.locator("[name=kind][value=practice]").check()
    page.locator("[name=goal]").wait_for()


def _choose_nobody(page: Page) -> None:
    page.locator("[name=audience][value=some]").check()
    page.locator("[name=due_at]").fill("2020-01-01T00:00")
    page.locator("[name=late_policy]").select_option("deduct")
    page.locator("main .form-foot button").first.click()
    page.locator(".field-error").first.wait_for()


def _preview(page: Page) -> None:
    page.locator("[name=preview]").click()
    page.locator("main [role=status]").wait_for()


def _exceptions(world: World) -> Iterator[Spot]:
    there = world.classes
    running = (there.classroom.slug, there.work["running"].public_id)
    goal = (there.classroom.slug, there.work["goal"].public_id)
    yield spot("progress:class-assignment-terms", *running)
    yield spot("progress:class-assignment-terms", *running, query=f"?label={there.label}")
    yield spot("progress:class-assignment-terms", *goal, note="goal")
    yield spot("progress:class-override-new", *running)
    yield spot("progress:class-override-new", *goal, note="goal")
    yield spot("progress:class-override-new", *running, act=be_refused, note="refused")
    for name in ("edit", "remove"):
        yield spot(f"progress:class-override-{name}", *running, there.override.public_id)
