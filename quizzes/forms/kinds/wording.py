"""What is wrong with a question, in words for its author."""

from __future__ import annotations

from django.utils.translation import gettext as _

from quizzes.engine.kinds.base import Problem


def in_our_words(problem: Problem, *, main: str, many: bool) -> str:
    """A sentence for a problem of a question document.

    Args:
        problem: as the kind found it.
        main: the language that every text of this question must have.
        many: whether several options may be right.
    """
    if problem.where == "body.stem":
        return _("Write the question, in English or in Chinese.")
    if problem.where == "body.options":
        return _("Write at least two options.")
    if problem.where == "key.correct":
        return _("Mark the right options.") if many else _("Mark exactly one option as right.")
    if problem.code in {"missing_language", "missing_field"}:
        return _missing(main)
    return _plain(problem)


def _missing(main: str) -> str:
    if main == "en":
        return _("Write this in English: the question is in English.")
    return _("Write this in Chinese: the question is in Chinese.")


def _plain(problem: Problem) -> str:
    sentences = {
        "repeated_text": _("Another option says the same."),
        "too_long": _("This is too long."),
        "bad_character": _("This has a character that cannot be stored."),
        "bad_link": _("Give an address that begins with https://."),
        "wrong_count": _("The number of options marked right does not fit."),
        "bad_id": _("This option was lost on the way. Empty the row and write it again."),
        "repeated_id": _("This option was sent twice. Empty the row and write it again."),
    }
    return sentences.get(problem.code, problem.message)
