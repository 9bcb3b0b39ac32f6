from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("requirements", "requirements-local", "requirements-dev")
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^ ;\\]+)(.*)$")


def _wanted(name: str) -> list[Requirement]:
    lines = (ROOT / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def _pins(name: str) -> dict[str, str]:
    found = {}
    for line in (ROOT / f"{name}.txt").read_text().splitlines():
        match = PIN.match(line)
        if match:
            found[canonicalize_name(match[1])] = match[2]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_wish_is_pinned_within_its_limits(name: str):
    pins = _pins(name)
    assert pins
    for wish in _wanted(name):
        pinned = pins.get(canonicalize_name(wish.name))
        assert pinned is not None, f"{wish.name} is not locked: run `make lock`"
        assert wish.specifier.contains(Version(pinned)), f"{wish} is locked at {pinned}"


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_has_hashes_and_no_address(name: str):
    text = (ROOT / f"{name}.txt").read_text()
    for block in re.split(r"\n(?=[A-Za-z])", text.strip()):
        if PIN.match(block.splitlines()[0]):
            assert "--hash=sha256:" in block, block.splitlines()[0]
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    assert not re.search(r"via .*/", text)


def test_tools_do_not_move_what_the_portal_runs_on():
    running = _pins("requirements")
    for name in ("requirements-local", "requirements-dev"):
        for package, version in _pins(name).items():
            assert running.get(package, version) == version, package


def test_the_owner_named_these():
    named = {canonicalize_name(wish.name) for wish in _wanted("requirements")}
    assert {"django", "django-allauth", "psycopg2-binary", "whitenoise", "gunicorn"} <= named
    assert any(wish.name == "pytest-django" for wish in _wanted("requirements-dev"))
    assert _pins("requirements")["django"].startswith("5.2.")


def test_tools_of_the_scripts_are_pinned_with_hashes_and_no_address():
    wanted = json.loads((ROOT / "package.json").read_text())
    text = (ROOT / "package-lock.json").read_text()
    locked = json.loads(text)["packages"]

    assert wanted["private"] is True
    assert set(wanted) == {"name", "private", "devDependencies"}
    for name, version in wanted["devDependencies"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all(it.get("integrity") for place, it in locked.items() if place)
    assert "://" not in text
