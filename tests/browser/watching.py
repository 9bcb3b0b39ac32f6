"""Sees what a page does behind one's back: violations, faults, calls to others, barriers."""

from __future__ import annotations

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  tellViolation(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`));
"""
_SERVER_FAULT = 500
NARROW = {"width": 320, "height": 640}


@dataclass
class Watch:
    """Everything suspicious that happened in one browser context."""

    server: str
    violations: list[str] = field(default_factory=list)
    """What the Content-Security-Policy stopped."""
    faults: list[str] = field(default_factory=list)
    """Exceptions of scripts, and answers of the server that say it failed."""
    strangers: list[str] = field(default_factory=list)
    """Requests to other hosts."""
    console: list[str] = field(default_factory=list)
    """Errors in the console, those of the network among them."""

    def follow(self, context: BrowserContext) -> None:
        context.expose_binding("tellViolation", lambda _page, text: self.violations.append(text))
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("request", self._on_request)
        context.on("response", self._on_response)

    def findings(self) -> list[str]:
        """What no page may do, whatever a test is about."""
        return [
            *(f"violation: {text}" for text in self.violations),
            *(f"fault: {text}" for text in self.faults),
            *(f"request to another host: {url}" for url in self.strangers),
        ]

    def forget(self) -> None:
        for seen in (self.violations, self.faults, self.strangers, self.console):
            seen.clear()

    def _on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.violations.append(message.text)
        elif message.type in {"error", "warning"}:
            self.console.append(f"{message.text} ({message.location['url']})")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.server}/", "data:", "blob:")):
            self.strangers.append(request.url)

    def _on_response(self, response: Response) -> None:
        if response.status >= _SERVER_FAULT:
            self.faults.append(f"{response.status} {response.url}")


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    page.evaluate(Axe().axe_script)
    return page.evaluate(_FIND_BARRIERS)


_FIND_BARRIERS = """async () => {
  // Colours may still be on their way to those of the other theme.
  await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  // Its way of reading imported sheets is one that the policy stops.
  const { violations } = await axe.run({ preload: false, resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, impact, nodes }) => nodes.map(({ target, html }) =>
      `${impact} ${id}: ${target} ${html.slice(0, 160)}`));
}"""


def overflow(page: Page) -> list[str]:
    """Whether the page has to be moved sideways to be read, at its present width."""
    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{width} px wide at {room} px"] if width > room else []
