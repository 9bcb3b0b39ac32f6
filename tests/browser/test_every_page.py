"""Every page as everybody who sees it: nothing forbidden, no barrier, nothing too wide."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from playwright.sync_api import Page, ViewportSize

from tests.browser import moves
from tests.browser.pages import NO_PAGES, ROLES, spots
from tests.browser.watching import NARROW, Watch, barriers, overflow
from tests.browser.world import World, build

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
ACCESS_TABLE = Path(__file__).parents[1] / "security" / "access.txt"


@pytest.fixture(scope="module")
def world(server: str, django_db_blocker) -> World:
    with django_db_blocker.unblock():
        return build()


@pytest.fixture
def page_of(opened, world: World):
    """A page of somebody who is signed in, or of a stranger."""

    def open_page(role: str, **options) -> Page:
        cookies = options.pop("cookies", {})
        if role in world.people:
            cookies |= moves.session_of(world.people[role])
        return opened(cookies=cookies, viewport=DESKTOP, **options).new_page()

    return open_page


def suspicious(page: Page, watch: Watch) -> list[str]:
    """What happened since the last look; that an error page is one, the console says itself."""
    seen = [*watch.findings(), *(text for text in watch.console if page.url not in text)]
    watch.forget()
    return seen


def report(findings: dict[str, list[str]]) -> str:
    """One line a finding, so that one run shows all of them."""
    return "\n".join(f"{place}: {text}" for place, texts in findings.items() for text in texts)


def look(page: Page, watch: Watch) -> list[str]:
    """What is wrong with the page as it stands."""
    seen = suspicious(page, watch) + barriers(page)
    page.set_viewport_size(NARROW)
    seen += overflow(page)
    page.set_viewport_size(DESKTOP)
    return seen


@pytest.mark.parametrize("role", ROLES)
def test_no_page_has_a_fault(role, world: World, page_of, watch):
    page = page_of(role)
    findings = {}
    for spot in spots(role, world):
        blocked = spot.open(page)
        findings[str(spot)] = [blocked] if blocked else look(page, watch)

    assert report(findings) == ""


def test_the_page_between_deadline_and_close_has_no_fault(world: World, page_of, watch):
    page = page_of("latecomer")
    # Its script would lead on at once.
    page.route(
        "**/time-up.js", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    page.goto(f"/attempts/{world.time_up.public_id}/q/1/")

    assert page.locator("form#end button").is_visible()
    assert look(page, watch) == []


@pytest.mark.parametrize("name", ["400.html", "403.html", "500.html", "503.html"])
def test_pages_of_last_resort_have_no_fault(name, page_of, watch):
    page = page_of("stranger")
    text = get_template(name).render({"request_id": "0123456789ab"})
    show(page, text)

    assert page.locator("h1").is_visible()
    assert look(page, watch) == []


def test_every_page_is_walked(world: World):
    """The access table knows every address; what answers 200 to somebody's GET is a page."""
    rows = [row.split() for row in ACCESS_TABLE.read_text().splitlines() if row and row[0] != "#"]
    pages = {
        name
        for name, *cells in rows
        if any(cell.startswith("200/") for cell in cells) and name not in NO_PAGES
    }
    walked = {spot.name for role in ROLES for spot in spots(role, world)}

    assert pages - walked == set()


@pytest.mark.slow
@pytest.mark.parametrize(("language", "device"), [("en", DESKTOP), ("zh-hans", PHONE)])
@pytest.mark.parametrize("role", ROLES)
def test_every_page_in_other_dress(role, language, device, world: World, page_of, watch):
    page = page_of(role, cookies={settings.LANGUAGE_COOKIE_NAME: language})
    findings = {}
    for spot in spots(role, world):
        blocked = spot.open(page)
        if not blocked and page.get_attribute("html", "lang").lower() != language:
            blocked = f"speaks {page.get_attribute('html', 'lang')}"
        findings[str(spot)] = [blocked] if blocked else look_by_night(page, watch, device)

    assert report(findings) == ""


def look_by_night(page: Page, watch: Watch, device: ViewportSize) -> list[str]:
    """Too wide for any device, or with a barrier on this one; `look` has seen the day."""
    seen = suspicious(page, watch)
    page.emulate_media(color_scheme="dark")
    # The widest comes last: what is done on the next page needs all of it.
    for size in (NARROW, PHONE, DESKTOP):
        page.set_viewport_size(size)
        seen += [f"{size['width']} px: {found}" for found in overflow(page)]
        seen += barriers(page) if size == device else []
    return seen


# --- Whether the probe sees ---------------------------------------------------------------


def show(page: Page, text: str) -> None:
    """Show this document as if the portal had sent it, under the portal's own policy."""
    policy = page.request.get("/").headers["content-security-policy"]
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    page.route("**/shown/", lambda route: route.fulfill(body=text, headers=headers))
    page.goto("/shown/")


BAD = {
    "<script>document.title = 'changed'</script>": "violation: script-src-elem: inline",
    "<style>p { margin: 0 }</style>": "violation: style-src-elem: inline",
    "<p style='margin: 0'>Styled</p>": "violation: style-src-attr: inline",
    "<img alt='' src='x' onerror='document.title = 1'>": "violation: script-src-attr: inline",
    "<img alt='' src='https://elsewhere.invalid/1'>": "violation: img-src: https://elsewhere",
    "<a href='/'><img src='/static/img/favicon.svg'></a>": "critical image-alt",
    "<select><option>?</option></select>": "critical select-name",
    f"<pre>{'wide ' * 200}</pre>": " px wide at 320 px",
}


def test_the_probe_sees(page_of, watch):
    page = page_of("stranger")
    show(page, f"<!doctype html><html lang=en><title>Control</title><main>{''.join(BAD)}</main>")
    page.wait_for_load_state("networkidle")
    seen = look(page, watch)

    assert page.title() == "Control"
    assert [sign for sign in BAD.values() if not any(sign in found for found in seen)] == []


def test_the_probe_sees_faults_and_strangers(page_of, watch):
    page = page_of("stranger")
    page.route("https://elsewhere.invalid/**", lambda route: route.fulfill(body=""))
    page.goto("/")
    page.evaluate("setTimeout(() => { throw new Error('a fault') })")
    page.evaluate("fetch('/no/such/page/')")
    page.evaluate("location.href = 'https://elsewhere.invalid/'")
    page.wait_for_url("https://elsewhere.invalid/")
    seen = suspicious(page, watch)

    assert [found for found in seen if "a fault" in found]
    assert [found for found in seen if "status of 404" in found]
    assert [found for found in seen if found.startswith("request to another host")]
