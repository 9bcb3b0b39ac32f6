"""A small keep-alive browser: cookies, forms, JSON."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

TOKEN = "t" * 32


@dataclass
class Reply:
    status: int
    body: bytes
    headers: http.client.HTTPMessage


@dataclass
class Browser:
    """One person on one connection; with a session, one who is signed in."""

    port: int
    session: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    received: int = 0
    """Bytes of all bodies so far."""

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.cookies = {"csrftoken": TOKEN, **self.cookies}
        if self.session:
            self.cookies["sessionid"] = self.session

    def _ask(self, method: str, path: str, body: str = "", **headers: str) -> Reply:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Cookie": cookie, "X-CSRFToken": self.cookies["csrftoken"], **headers}
        try:
            self.connection.request(method, path, body or None, sent)
            response = self.connection.getresponse()
        except ConnectionError:
            # The server ends connections that have been idle for some seconds.
            self.connection.close()
            self.connection.request(method, path, body or None, sent)
            response = self.connection.getresponse()
        reply = Reply(response.status, response.read(), response.headers)
        self.received += len(reply.body)
        for line in reply.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return reply

    def get(self, path: str, **headers: str) -> Reply:
        return self._ask("GET", path, **headers)

    def post_form(self, path: str, **fields: object) -> Reply:
        token = self.cookies["csrftoken"]
        body = urlencode({"csrfmiddlewaretoken": token, **fields}, doseq=True)
        return self._ask(
            "POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded"}
        )

    def post_json(self, path: str, data: object) -> Reply:
        return self._ask("POST", path, json.dumps(data), **{"Content-Type": "application/json"})

    def close(self) -> None:
        self.connection.close()
