"""Every pair of text and ground holds 4.5 : 1 in both themes; borders of fields hold 3 : 1."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "static/css/tokens.css").read_text()
PAIRS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS
    )
}
PAIRS["accent"] = PAIRS["blue"]

TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("paper", "paper-2")),
    *(("ink", ground) for ground in ("paper-3", "raise", "accent-soft", "accent-band")),
    ("ink-3", "paper-3"),
    ("accent", "paper"),
    ("accent", "paper-2"),
    ("accent", "accent-soft"),
    ("accent-2", "paper"),
    ("on-accent", "accent"),
    ("on-accent", "accent-2"),
    *((colour, "paper") for colour in ("right", "wrong", "caution")),
    *((colour, "paper-2") for colour in ("right", "wrong", "caution")),
    *((colour, f"{colour}-soft") for colour in ("right", "wrong", "caution")),
    *(("ink-2", f"{colour}-soft") for colour in ("right", "wrong", "caution")),
    *(("ink", ground) for ground in ("depth-1", "depth-2")),
    *((f"on-{ground}", ground) for ground in ("depth-3", "depth-4")),
]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_readable(ink, ground, theme):
    assert contrast(PAIRS[ink][theme], PAIRS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_border_of_a_field_is_seen(theme):
    assert contrast(PAIRS["line-field"][theme], PAIRS["paper"][theme]) >= 3


def test_browsers_without_light_dark_get_the_same_light_sheet():
    fallback = TOKENS.split("@supports not")[1]
    plain = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", fallback))

    assert plain == {name: light for name, (light, _dark) in PAIRS.items() if name != "accent"}
