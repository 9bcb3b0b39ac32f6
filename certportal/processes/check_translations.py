"""Finds what is missing, doubtful or only copied in the Chinese catalogue."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

LANGUAGE = "zh_Hans"
DOMAINS = ("django", "djangojs")
# Names and patterns of dates that are the same in every language.
SAME_IN_BOTH = frozenset(
    {"Certportal", "English", "PostgreSQL", "%(n)s", "GIFT", "CSV", "JSON", "H:i"}
)
_SOURCES = ("manage.py", "certportal", "quizzes", "progress", "templates", "static", "locale")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
_LETTER = re.compile(r"[A-Za-z]")


def problems(root: Path) -> Iterator[str]:
    """Say in one line each what keeps the catalogue of `root` from being complete."""
    for domain in DOMAINS:
        path = Path("locale", LANGUAGE, "LC_MESSAGES", f"{domain}.po")
        if (root / path).exists():
            for entry in polib.pofile(str(root / path)):
                yield from (f"{path}:{entry.linenum}: {what}" for what in _doubts(entry))


def drift(root: Path) -> Iterator[str]:
    """Say which messages stand only in the code or only in the catalogue; needs gettext."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        _copy_sources(root, copy)
        for domain in DOMAINS:
            _make_messages(copy, domain)
            path = Path("locale", LANGUAGE, "LC_MESSAGES", f"{domain}.po")
            wanted, present = _messages(copy / path), _messages(root / path)
            yield from (f"{path}: missing: {text!r}" for text in sorted(wanted - present))
            yield from (f"{path}: no longer used: {text!r}" for text in sorted(present - wanted))


def _doubts(entry: polib.POEntry) -> Iterator[str]:
    if entry.obsolete:
        yield f"left over: {entry.msgid!r}"
        return
    if entry.fuzzy:
        yield f"fuzzy: {entry.msgid!r}"
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if not texts or not all(texts):
        yield f"not translated: {entry.msgid!r}"
        return
    if entry.msgid in texts and _LETTER.search(entry.msgid) and entry.msgid not in SAME_IN_BOTH:
        yield f"only copied: {entry.msgid!r}"
    wanted = _placeholders(entry.msgid) | _placeholders(entry.msgid_plural or "")
    for text in texts:
        if not _placeholders(text) <= wanted or (
            not entry.msgid_plural and _placeholders(text) != wanted
        ):
            yield f"other placeholders: {entry.msgid!r}"


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text.replace("%%", "")))


def _messages(path: Path) -> set[str]:
    if not path.exists():
        return set()
    return {entry.msgid for entry in polib.pofile(str(path)) if not entry.obsolete}


def _copy_sources(root: Path, copy: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.mo", "data")
    for name in _SOURCES:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=ignored)
        elif source.exists():
            shutil.copy2(source, copy / name)
    (copy / "locale").mkdir(exist_ok=True)


def _make_messages(copy: Path, domain: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own Python and command
        [
            *(sys.executable, "manage.py", "makemessages", "--locale", LANGUAGE),
            *("--domain", domain, "--no-obsolete", "--verbosity", "0"),
        ],
        cwd=copy,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"makemessages failed: {done.stderr.strip()}")
