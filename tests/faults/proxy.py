"""A network that fails on purpose: a TCP proxy on this machine, for HTTP and PostgreSQL alike."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

_CHUNK = 65_536
# Closing with this set sends a reset instead of a goodbye.
_RESET = struct.pack("ii", 1, 0)

Dial = Callable[[], socket.socket]


def to_port(port: int) -> Dial:
    return lambda: socket.create_connection(("127.0.0.1", port))


def to_socket(path: str) -> Dial:
    def dial() -> socket.socket:
        upstream = socket.socket(socket.AF_UNIX)
        upstream.connect(path)
        return upstream

    return dial


class Proxy:
    """Passes bytes on, late or not at all, as it is told."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial
        self._links: set[Link] = set()
        self._is_cut = False
        self._to_hold = 0
        self._open = threading.Event()
        self._open.set()
        self.is_silent = False
        self.delay = 0.0
        """Seconds that each piece is under way, in each direction."""
        self.loss = 0.0
        """The share of pieces that are lost, and their connection with them."""
        self.lost = 0
        self.swallow_after = b""
        """The responses to what has these bytes in it are lost, the next `to_swallow` of them."""
        self.to_swallow = 0
        self.swallowed = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that waits in accept() is not woken by close() alone.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._open.set()
        self._reset_all()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Nothing gets through, and everybody is told so at once."""
        self._is_cut = True
        self._reset_all()
        yield
        self._is_cut = False

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Half-open: connections are accepted, and nothing ever comes back."""
        self.is_silent = True
        yield
        self._reset_all()
        self.is_silent = False

    @contextmanager
    def holding(self, connections: int = 1) -> Iterator[None]:
        """The next connections wait, and what they carry arrives after the block."""
        self._open.clear()
        self._to_hold = connections
        try:
            yield
        finally:
            self._to_hold = 0
            self._open.set()

    @property
    def held(self) -> int:
        return sum(link.is_held for link in list(self._links))

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                _reset(client)
                continue
            link = Link(self, client, is_held=self._to_hold > 0)
            self._to_hold -= link.is_held
            self._links.add(link)
            threading.Thread(target=self._run, args=[link], daemon=True).start()

    def _run(self, link: Link) -> None:
        if link.is_held:
            self._open.wait()
            link.is_held = False
        try:
            link.run(self._dial())
        except OSError:
            link.reset()
        finally:
            self._links.discard(link)

    def _reset_all(self) -> None:
        for link in list(self._links):
            link.reset()

    def loses(self) -> bool:
        is_lost = random.random() < self.loss
        self.lost += is_lost
        return is_lost

    def swallows(self) -> bool:
        """Whether the response that is due now is lost."""
        is_lost = self.to_swallow > 0
        self.to_swallow -= is_lost
        self.swallowed += is_lost
        return is_lost


class Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket, *, is_held: bool) -> None:
        self.is_held = is_held
        self._proxy = proxy
        self._client = client
        self._upstream: socket.socket | None = None
        self._asked = b""

    def run(self, upstream: socket.socket) -> None:
        self._upstream = upstream
        back = threading.Thread(target=self._pump, args=[upstream, self._client], daemon=True)
        back.start()
        self._pump(self._client, upstream)
        back.join()
        self.reset()

    def _pump(self, source: socket.socket, goal: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(_CHUNK):
                time.sleep(self._proxy.delay)
                if self._proxy.loses():
                    break
                if source is self._client:
                    self._asked = chunk
                elif self._is_swallowed():
                    break
                if not self._proxy.is_silent:
                    goal.sendall(chunk)
            else:
                goal.shutdown(socket.SHUT_WR)
                return
        self.reset()

    def _is_swallowed(self) -> bool:
        return self._proxy.swallow_after in self._asked and self._proxy.swallows()

    def reset(self) -> None:
        for end in (self._client, self._upstream):
            if end is not None:
                _reset(end)


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        end.shutdown(socket.SHUT_RDWR)
    end.close()
