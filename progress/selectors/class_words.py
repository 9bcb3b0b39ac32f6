"""The sentences of the page of a class, worded here once: a template takes much longer."""

from __future__ import annotations

from django.utils.translation import get_language, gettext, ngettext


def facts_words(students: int, active: int, *, code: str, zone: str) -> str:
    """What the head of the page says; `code` is empty while there is no goal."""
    people = ngettext("%(number)s student", "%(number)s students", students) % {"number": students}
    if not code:
        words = gettext(
            "%(students)s. Nothing is chosen to learn for, so no answers are shown. "
            "Times in %(zone)s."
        )
        return words % {"students": people, "zone": zone}
    words = gettext(
        "%(code)s. %(students)s, %(active)s active in the last 7 days. Times in %(zone)s."
    )
    return words % {"code": code, "students": people, "active": active, "zone": zone}


def median_words(students: int) -> str:
    """What the last line of the table is."""
    return gettext("Class median, %(number)s") % {"number": students}


def chart_words(*, median: str, low: str, high: str) -> str:
    """The chart for those who do not see it."""
    words = gettext(
        "Share of first answers that were right, by week. In the last week the median is "
        "%(median)s, the middle half of the class from %(low)s to %(high)s."
    )
    return words % {"median": median, "low": low, "high": high}


def last_week_words(*, median: str, students: str, target: int) -> str:
    """The line under the chart."""
    week = gettext(
        "Last week with enough answers: median %(median)s of the %(number)s students with "
        "at least 5 first answers."
    ) % {"median": median, "number": students}
    line = gettext("The broken line is the target, %(target)s%%.") % {"target": target}
    # A Chinese full stop brings its own space.
    return ("" if (get_language() or "").startswith("zh") else " ").join((week, line))
