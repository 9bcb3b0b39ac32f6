"""Which certifications hold the words somebody typed, or words like them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q

from certportal.catalog.engine.folding import fold
from certportal.catalog.models import Certification

LONGEST_QUERY = 100
# Below this a word is another word; above it, a typing error.
_SIMILAR = 0.5
# Shorter words and Chinese ones share too few trigrams to be guessed at.
_SHORTEST_GUESS = 4


def search(query: str) -> tuple[frozenset[str] | None, bool]:
    """Codes that hold every word, or similar ones if none does; None without a query."""
    words = fold(query[:LONGEST_QUERY]).split()
    if not words:
        return None, False
    exact = _codes([Q(search_text__contains=word) for word in words])
    if exact or not any(_may_be_guessed(word) for word in words):
        return exact, False
    guesses = {
        f"like_{number}": TrigramWordSimilarity(word, "search_text")
        for number, word in enumerate(words)
        if _may_be_guessed(word)
    }
    conditions = [
        Q(search_text__contains=word) | Q(**({f"like_{number}__gte": _SIMILAR}))
        if f"like_{number}" in guesses
        else Q(search_text__contains=word)
        for number, word in enumerate(words)
    ]
    found = _codes(conditions, guesses)
    return found, bool(found)


def _may_be_guessed(word: str) -> bool:
    return len(word) >= _SHORTEST_GUESS and word.isascii()


def _codes(
    conditions: Iterable[Q], annotations: Mapping[str, TrigramWordSimilarity] | None = None
) -> frozenset[str]:
    every = reduce(lambda left, right: left & right, conditions)
    rows = Certification.objects.annotate(**(annotations or {})).filter(every)
    return frozenset(rows.values_list("code", flat=True))
