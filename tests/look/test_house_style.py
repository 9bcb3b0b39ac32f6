"""Rules of the look that no linter knows. Each failure names the file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static/css").rglob("*.css"))
SPRITE = (ROOT / "static/img/icons.svg").read_text()

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", re.IGNORECASE)


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_templates_carry_nothing_inline(path):
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_templates_begin_by_saying_what_they_need(path):
    first = path.read_text().splitlines()[0]

    assert first.startswith(("{#", "{% comment %}"))


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_every_icon_is_in_the_sprite(path):
    text = path.read_text()
    used = set(re.findall(r'{% icon "([^"]+)"', text)) | set(re.findall(r"svg' %}#([\w-]+)", text))

    assert used <= set(re.findall(r'id="([^"]+)"', SPRITE))


def test_colours_are_named_in_the_tokens_only():
    # A QR code is dark on light in both themes, or scanners fail.
    allowed = {"static/css/tokens.css", "static/css/pages/auth.css"}
    with_colours = [
        name
        for name, path in zip(names(STYLES), STYLES, strict=True)
        if COLOUR.search(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL))
    ]

    assert set(with_colours) <= allowed
    assert COLOUR.search((ROOT / "static/css/tokens.css").read_text())


def test_every_style_sheet_of_the_portal_is_in_a_layer():
    # Django's admin sheets are in none and would win, so ours for the admin are in none either.
    for name, path in zip(names(STYLES), STYLES, strict=True):
        assert ("@layer" in path.read_text()) is ("admin" not in path.name), name


def test_every_linked_static_file_exists():
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in TEMPLATES
        for name in re.findall(r"{% static ['\"]((?:css|js|img)/[^'\"]+)", path.read_text())
        if not (ROOT / "static" / name).exists()
    ]

    assert missing == []


def test_every_variable_in_use_is_defined():
    tokens = (ROOT / "static/css/tokens.css").read_text()
    defined = set(re.findall(r"(--[\w-]+)\s*:", tokens))
    unknown = {
        f"{name}: {variable}"
        for name, path in zip(names(STYLES), STYLES, strict=True)
        for variable in re.findall(r"var\((--[\w-]+)", path.read_text())
        if variable not in defined | set(re.findall(r"(--[\w-]+)\s*:", path.read_text()))
    }

    assert unknown == set()


def test_every_class_of_a_style_sheet_is_used_somewhere():
    # Pygments names the classes of code, Django those of the administration.
    own = [path for path in STYLES if path.name != "code.css" and "admin" not in path.name]
    sheets = re.sub(r"/\*.*?\*/", "", "".join(it.read_text() for it in own), flags=re.DOTALL)
    scripts, code = (ROOT / "static/js").rglob("*.js"), ROOT.glob("[cpq]*/**/*.py")
    users = "\n".join(it.read_text() for it in (*TEMPLATES, *scripts, *code))
    classes = set(re.findall(r"\.([a-zA-Z][\w-]+)", sheets))

    unused = {name for name in classes if not re.search(rf"(?<![\w-]){name}(?![\w-])", users)}
    assert unused == set()
