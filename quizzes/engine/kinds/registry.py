"""The kinds of questions by name; a new kind adds one line here."""

from __future__ import annotations

from quizzes.engine.kinds.base import Kind
from quizzes.engine.kinds.matching import Matching
from quizzes.engine.kinds.multiple import Multiple
from quizzes.engine.kinds.numeric import Numeric
from quizzes.engine.kinds.ordering import Ordering
from quizzes.engine.kinds.short_text import ShortText
from quizzes.engine.kinds.single import Single
from quizzes.engine.kinds.true_false import TrueFalse


class UnknownKindError(KeyError):
    """There is no kind of this name."""


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Single(),
        Multiple(),
        TrueFalse(),
        Ordering(),
        Matching(),
        Numeric(),
        ShortText(),
    )
}


def get_kind(name: str) -> Kind:
    """The kind of this name.

    Raises:
        UnknownKindError: there is none.
    """
    try:
        return KINDS[name]
    except KeyError:
        raise UnknownKindError(name) from None
