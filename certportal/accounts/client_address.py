"""Where a request really came from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address, or an empty string where there is none to be believed.

    Anybody can send X-Forwarded-For; only the entries that our own proxies appended count,
    and TRUSTED_PROXY_COUNT says how many of them there are.
    """
    remote = request.META.get("REMOTE_ADDR", "")
    trusted: int = settings.TRUSTED_PROXY_COUNT
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    if trusted and len(forwarded) >= trusted:
        return _clean(forwarded[-trusted]) or _clean(remote)
    return _clean(remote)


def _clean(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address.strip()))
    except ValueError:
        return ""
