"""How text is folded before it is stored for the search and before it is searched for."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Small letters, full-width forms as plain ones, runs of blanks as one."""
    lines = unicodedata.normalize("NFKC", text).casefold().splitlines()
    return "\n".join(" ".join(line.split()) for line in lines)
