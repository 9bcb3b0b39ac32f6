"""Why somebody needs attention, in sentences that cite the evidence."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language, gettext, ngettext

from progress.engine.attention import RECENT_WEEKS, Reasons, Tally

Low = Sequence[tuple[str, Tally]]
"""Domains by name, with their recent answers."""


def tags_of(why: Reasons, low: Low) -> tuple[str, ...]:
    """The short form, without what is overdue."""
    tags = []
    if low:
        tags.append(gettext("Low: %(domain)s") % {"domain": low[0][0]})
    if days := why.unseen_days:
        unseen = ngettext("Not seen for %(days)s day", "Not seen for %(days)s days", days)
        tags.append(unseen % {"days": days})
    return tuple(tags)


def why_of(why: Reasons, low: Low, *, overdue: Sequence[str], target: int, day: str) -> str:
    """The long form. `day` is that of the last answer, or of joining where there is none."""
    said = []
    if overdue:
        said.append(gettext("Overdue: %(titles)s.") % {"titles": ", ".join(overdue)})
    said += [_low(name, tally, target) for name, tally in low]
    if why.unseen_days:
        sentence = (
            gettext("Last answer on %(day)s.")
            if why.has_answered
            else gettext("No answer since joining on %(day)s.")
        )
        said.append(sentence % {"day": day})
    # A Chinese full stop brings its own space.
    return ("" if (get_language() or "").startswith("zh") else " ").join(said)


def _low(name: str, tally: Tally, target: int) -> str:
    sentence = ngettext(
        "%(domain)s: %(right)s of %(n)s first answers right in the last week, "
        "clearly below %(target)s%%.",
        "%(domain)s: %(right)s of %(n)s first answers right in the last %(weeks)s weeks, "
        "clearly below %(target)s%%.",
        RECENT_WEEKS,
    )
    figures = {"domain": name, "right": tally.right, "n": tally.n, "target": target}
    return sentence % {**figures, "weeks": RECENT_WEEKS}
