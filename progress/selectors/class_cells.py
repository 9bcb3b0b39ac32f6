"""Figures as the cells of a class's tables: worded once, shaded only below the target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext

from progress.engine.attention import FEWEST_ANSWERS, Tally, interval

# How far below the target, in points of a hundred, each deeper shade begins, with its classes.
_DEPTHS = (0, 5, 12, 20)
_CELLS = ("", "d1", "d2", "d3", "d4")
_SWATCHES = ("sw-d1", "sw-d2", "sw-d3", "sw-d4")


class Cell(NamedTuple):
    """One student in one domain. Without `share` there is too little to say."""

    css: str
    share: str
    spread: str
    tally: str


@dataclass(frozen=True, slots=True)
class Shade:
    """One entry of the legend."""

    swatch: str
    text: str


@lru_cache(maxsize=8192)
def cell(tally: Tally, target: int) -> Cell:
    """`target` is in percent."""
    count = f"{tally.right}/{tally.n}" if tally.n else ""
    if tally.n < FEWEST_ANSWERS:
        return Cell("dt", "", "", count)
    share = round(100 * tally.right / tally.n)
    found = interval(tally.right, tally.n)
    half = round(100 * (found.high - found.low) / 2)
    return Cell(_depth(target - share), str(share), f"±{half}", count)


def _depth(below: int) -> str:
    return _CELLS[sum(below > edge for edge in _DEPTHS)]


def shades(target: int) -> tuple[Shade, ...]:
    """The legend: the shares of each shade, from the target downwards."""
    edges = [target - edge for edge in _DEPTHS]
    texts = [f"{low}–{high - 1}" for high, low in pairwise(edges)]
    texts.append(f"< {edges[-1]}")
    deeper = (Shade(*it) for it in zip(_SWATCHES, texts, strict=True))
    return (Shade("", f"≥ {target}"), *deeper)


def days_words(days: int | None) -> str:
    """How long ago in days of the calendar; None: never."""
    return _days_words(days, get_language())


@lru_cache(maxsize=4096)
def _days_words(days: int | None, _language: str | None) -> str:
    if days is None:
        return gettext("never")
    if days <= 0:
        return gettext("today")
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def day_words(day: date, style: str) -> str:
    """A day or a moment in one of the styles of the reader's language, such as DATE_FORMAT."""
    return _day_words(day, style, get_language())


@lru_cache(maxsize=4096)
def _day_words(day: date, style: str, _language: str | None) -> str:
    """The same few days stand on every page about a class."""
    return date_format(day, style)


def behind_words(students: int) -> str:
    """How many are behind with a piece of work; empty for none."""
    words = ngettext("%(number)s behind", "%(number)s behind", students)
    return words % {"number": students} if students else ""


def goal_words(questions: int) -> str:
    words = ngettext(
        "%(number)s question to practise", "%(number)s questions to practise", questions
    )
    return words % {"number": questions}


def dot_words(each: int) -> str:
    """What a dot stands for, where it is not one student."""
    words = gettext("a dot is up to %(number)s students") % {"number": each}
    return words if each > 1 else ""
