"""A student in a real browser, with everything that the page sends and is told."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error, Locator, Page, Request, expect

from tests.faults.portal import until
from tests.faults.students import TOKEN, Student

SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")
ON_DEVICE = re.compile(r"on this device, connection lost")
# Led there from an address with a fragment, a browser keeps that.
RESULT = re.compile(r"/result/(#|$)")
# The page spreads its retries and its close by chance; the tests need no patience for that.
NO_CHANCE = "Math.random = () => 0;"
# What the page itself receives, not what was on its way to it.
_LISTEN = """
{
  const ask = window.fetch;
  window.fetch = async (address, options) => {
    const response = await ask(address, options);
    if (String(address).endsWith("/answers/") && response.ok) {
      void window.tellReply(options.body, await response.clone().text());
    }
    return response;
  };
}
"""


@dataclass(eq=False)
class Device:
    """One browser, signed in as the student."""

    student: Student
    context: BrowserContext
    address: str
    has_script: bool = True

    def __post_init__(self) -> None:
        self.context.expose_binding("tellReply", lambda _page, *said: self._note_reply(*said))
        for script in (NO_CHANCE, _LISTEN):
            self.context.add_init_script(script)
        self.context.on("request", self._note_request)
        self.sign_in(self.student.session)

    def sign_in(self, session: str, *, token: str = TOKEN) -> None:
        """What signing in leaves in the browser."""
        cookies = {"sessionid": session, "csrftoken": token, "django_language": "en"}
        self.context.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in cookies.items()]
        )

    def open(self, place: str = "q/1/") -> Page:
        page = self.context.new_page()
        page.goto(f"{self.address}/attempts/{self.student.attempt}/{place}")
        if self.has_script:
            ready(page)
        return page

    def _note_request(self, request: Request) -> None:
        is_save = request.method == "POST" and urlsplit(request.url).path.endswith("/answers/")
        if is_save and self.student.attempt in request.url:
            with suppress(Error, ValueError):
                self._note_sent(json.loads(request.post_data or ""))

    def _note_sent(self, body: Any) -> None:
        for entry in body["entries"]:
            self.student.sent[body["epoch"], entry["seq"]] = entry

    def _note_reply(self, body: str, reply: str) -> None:
        sent = json.loads(body)
        self._note_sent(sent)
        for said in json.loads(reply)["entries"]:
            self.student.repeated += said["duplicate"]
            if said["outcome"] not in {"refused", "conflict"}:
                self.student.told[sent["epoch"], said["seq"]] = said["outcome"]


def ready(page: Page) -> None:
    """Wait until the script of a question runs."""
    expect(page.locator("#help-open")).not_to_have_attribute("hidden", re.compile(".*"))


def options(page: Page) -> Locator:
    return page.locator("form#answer .option > label > input")


def choose(page: Page, number: int) -> str:
    """Choose an option; its name in an answer."""
    option = options(page).nth(number - 1)
    option.check()
    value = option.get_attribute("value")
    assert value
    return value


def answer(page: Page, student: Student, number: int) -> None:
    """Choose an option and wait until the page is told that it was accepted."""
    item = int(page.url.rstrip("/").rsplit("/", 1)[1])
    chosen = {"choice": choose(page, number)}
    until(lambda: page.wait_for_timeout(20) or student.last_accepted.get(item) == chosen)
    expect(saved(page)).to_have_text(SAVED)


def saved(page: Page) -> Locator:
    """Where the page says how the saving stands."""
    return page.locator("#saved")


def notice(page: Page) -> Locator:
    return page.locator("#notice")


def go_on(page: Page, number: int) -> None:
    """To the next question, which is this one."""
    page.locator(".exam-foot [name=go][value=next]").click()
    expect(page).to_have_url(re.compile(rf"/q/{number}/$"))
    ready(page)


def end(page: Page) -> None:
    page.locator("[name=go][value=review]").first.click()
    page.locator("a[href='?end=1#end-h']").click()
    page.locator("form[action$='/submit/'] button").click()
    expect(page).to_have_url(RESULT)


def clock_seconds(page: Page) -> int:
    """What the clock shows, in seconds."""
    seconds = 0
    for part in page.locator("[role=timer]").inner_text().split(":"):
        seconds = 60 * seconds + int(re.sub(r"\D", "", part))
    return seconds
