"""Changes to a copy of the catalogue files, and what a load reports of them."""

from __future__ import annotations


def replace(folder, name, *changes):
    file = folder / name
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def written(difference):
    return {str(change) for change in difference.changes if change.wrote}
