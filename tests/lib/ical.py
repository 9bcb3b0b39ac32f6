"""A strict reader of iCalendar files: refuses what RFC 5545 does not allow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "SEQUENCE", "URL", "TRANSP"}
LINE = re.compile(r"(?P<name>[A-Z0-9-]+)(?P<parameters>(?:;[A-Z-]+=[^:;,\"]+)*):(?P<value>.*)")


@dataclass
class Read:
    properties: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, object]] = field(default_factory=list)


def read(data: bytes) -> Read:
    """Read one calendar, or fail with what is wrong in it."""
    assert data.endswith(b"\r\n")
    assert data.replace(b"\r\n", b"").count(b"\r") == data.replace(b"\r\n", b"").count(b"\n") == 0
    physical = data.removesuffix(b"\r\n").split(b"\r\n")
    assert all(0 < len(line) <= 75 for line in physical)
    # Each piece is whole in itself: a cut inside a character would fail here.
    lines: list[str] = []
    for piece in (line.decode("utf-8") for line in physical):
        if piece.startswith(" "):
            lines[-1] += piece[1:]
        else:
            lines.append(piece)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    found, event = Read(), None
    for line in lines[1:-1]:
        if line == "BEGIN:VEVENT":
            assert event is None
            event = {}
        elif line == "END:VEVENT":
            assert event is not None
            assert {"UID", "DTSTAMP", "DTSTART"} <= set(event)
            found.events.append(event)
            event = None
        else:
            match = LINE.fullmatch(line)
            assert match, line
            name, value = match["name"], match["value"]
            assert name not in ("BEGIN", "END")
            into = found.properties if event is None else event
            assert name not in into, f"{name} twice"
            into[name] = value_of(name, match["parameters"], value)
    assert event is None
    assert found.properties["VERSION"] == "2.0"
    assert found.properties["PRODID"]
    uids = [it["UID"] for it in found.events]
    assert len(uids) == len(set(uids))
    return found


def value_of(name: str, parameters: str, value: str) -> object:
    if parameters == ";VALUE=DATE":
        assert re.fullmatch(r"\d{8}", value)
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    assert parameters == ""
    if name in {"DTSTAMP", "DTSTART", "DTEND"}:
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if name == "STATUS":
        assert value in {"TENTATIVE", "CONFIRMED", "CANCELLED"}
    if name in {"URL", "STATUS", "SEQUENCE", "VERSION", "METHOD", "CALSCALE", "TRANSP"}:
        return value
    # TEXT: nothing special stands bare, and a backslash announces one of four signs.
    assert re.fullmatch(r"(?:[^\\;,\x00-\x1f\x7f]|\\[\\;,nN])*", value), value
    return re.sub(r"\\(.)", lambda it: "\n" if it[1] in "nN" else it[1], value)
